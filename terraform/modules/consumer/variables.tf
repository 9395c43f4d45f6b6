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
  description = "Policies (JSON) of what the function calls, besides logs, key, network interfaces, the stream and the failures bucket. Their statements' sids must differ."
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

variable "outlets" {
  type        = list(string)
  description = "The outlets that the function hosts."
}

variable "settings" {
  type = object({
    batch_size                 = number
    window_seconds             = number
    parallelization            = number
    maximum_record_age_seconds = number
    memory_mib                 = number
    timeout_seconds            = number
    reserved_concurrency       = number
  })
  description = "How fast and how much, as the root module's `consumers` says."
}

variable "stream_arn" {
  type        = string
  description = "ARN of the table's stream."
}

variable "failures_bucket_arn" {
  type        = string
  description = "ARN of the bucket of what could not be processed."
}

variable "filters" {
  type        = list(string)
  default     = []
  description = "EventBridge patterns (JSON), of which a record must match one; empty for all records."
}
