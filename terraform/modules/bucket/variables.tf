variable "name" {
  type        = string
  description = "Name of the bucket, unique in all of S3."

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.name))
    error_message = "A bucket's name has 3 to 63 lower-case letters, digits, dots and hyphens (S3's limit)."
  }
}

variable "kms_key_arn" {
  type        = string
  description = "Key that encrypts the objects."
}

variable "lock" {
  type        = object({ mode = string, days = number })
  default     = null
  description = "Object lock, which only a new bucket can have: governance or compliance, and for how many days objects that state nothing are kept."
}

variable "expire_days" {
  type        = number
  default     = null
  description = "Days after which objects are deleted; null for never."
}

variable "policies" {
  type        = list(string)
  default     = []
  description = "Policies (JSON) of the bucket besides TLS only. Their statements' sids must differ."
}

variable "tags" {
  type        = map(string)
  default     = {}
  description = "Tags of the bucket."
}
