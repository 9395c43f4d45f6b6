terraform {
  required_version = ">= 1.9.0" # validations that look at more than their own variable

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.25.0" # the oldest that the module is checked with
    }
  }
}
