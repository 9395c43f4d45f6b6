variable "region" {
  type        = string
  default     = "eu-west-1"
  description = "Region of everything."
}

variable "stage" {
  type        = string
  default     = "dev"
  description = "Name of this deployment: part of every name, PROJECT-<stage>."
}

variable "package" {
  type        = string
  default     = "package"
  description = "Folder that `outflow build` wrote."
}
