variable "name" {
  type        = string
  description = "Name of function, role and log group."

  validation {
    condition     = length(var.name) <= 64
    error_message = "Functions and roles have names of at most 64 characters (Lambda's and IAM's limit)."
  }
}

variable "description" {
  type        = string
  description = "What the function does."
}

variable "zip" {
  type        = string
  description = "The function's zip, as `outflow build` wrote it: bootstrap and model.json."
}

variable "environment" {
  type        = map(string)
  description = "Environment of the function, without OUTFLOW_LOG_LEVEL."
}

variable "policies" {
  type        = list(string)
  description = "Policies (JSON) of what the function calls, besides logs, key and network interfaces. Their statements' sids must differ."
}

variable "memory_mib" {
  type        = number
  description = "Memory, 128 to 10,240 MiB."
}

variable "timeout_seconds" {
  type        = number
  description = "Time of one invocation, at most 900 seconds."
}

variable "reserved_concurrency" {
  type        = number
  default     = -1
  description = "Reserved concurrent executions; -1 for none."
}

variable "vpc" {
  type        = object({ subnet_ids = list(string), security_group_ids = list(string) })
  default     = null
  description = "Where the function is in a VPC."
}

variable "kms_key_arn" {
  type        = string
  description = "Key of the environment, the logs and the data that the function writes."
}

variable "other_key_arns" {
  type        = list(string)
  default     = []
  description = "Keys of what the function reads besides, such as an existing table's."
}

variable "logs" {
  type        = object({ level = string, days = number })
  description = "Level of the logs, and for how many days they are kept."
}

variable "permissions_boundary" {
  type        = string
  default     = null
  description = "ARN of the policy that bounds the role."
}

variable "tags" {
  type        = map(string)
  default     = {}
  description = "Tags of all resources."
}
