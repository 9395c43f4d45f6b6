variable "region" {
  type        = string
  default     = "eu-west-1"
  description = "Region of everything."
}

variable "stage" {
  type        = string
  default     = "prod"
  description = "Name of this deployment."
}

variable "package" {
  type        = string
  default     = "package"
  description = "Folder that `outflow build` wrote."
}

variable "vpc" {
  type        = object({ vpc_id = string, subnet_ids = list(string) })
  default     = { vpc_id = "vpc-0a1b2c3d", subnet_ids = ["subnet-0a1b2c3d", "subnet-1a1b2c3d", "subnet-2a1b2c3d"] }
  description = "VPC of the domain: private subnets in three zones, from which S3, DynamoDB, EventBridge and KMS can be reached."
}

variable "search_page_role_arn" {
  type        = string
  default     = "arn:aws:iam::111122223333:role/search-page"
  description = "Role of what serves the search page."
}

variable "prices_function_arn" {
  type        = string
  default     = "arn:aws:lambda:eu-west-1:111122223333:function:prices"
  description = "Function that hears of new prices."
}

variable "organization_id" {
  type        = string
  default     = "o-a1b2c3d4e5"
  description = "Organisation whose accounts may subscribe."
}

variable "auditor_role_arn" {
  type        = string
  default     = "arn:aws:iam::444455556666:role/auditor"
  description = "Role of the auditors, in an account of theirs."
}

variable "alarm_topic_arn" {
  type        = string
  default     = "arn:aws:sns:eu-west-1:111122223333:alarms"
  description = "Topic that tells people of alarms."
}

variable "permissions_boundary" {
  type        = string
  default     = "arn:aws:iam::111122223333:policy/boundary"
  description = "Policy that bounds all roles."
}

variable "copy" {
  type        = object({ bucket = string, owner = string, kms_key_arn = string })
  default     = { bucket = "audit-copies", owner = "444455556666", kms_key_arn = "arn:aws:kms:eu-west-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab" }
  description = "Bucket with object lock, versions and a key, in an account of the auditors."
}
