variable "audit" {
  type = object({
    mode                 = optional(string, "governance")
    days                 = optional(number, 1)
    write_once_condition = optional(bool, true)
    digest_schedule      = optional(string, "rate(15 minutes)")
    signing_keys         = optional(list(string), ["1"])
    athena               = optional(bool, true)
    athena_result_days   = optional(number, 30)
    auditors             = optional(list(string), [])
    copy = optional(object({
      bucket      = string
      owner       = string
      kms_key_arn = string
    }))
  })
  default     = null
  description = <<-EOT
    The audit outlet; null: off. `mode` and `days`: for how long S3 refuses to delete what is written, and to whom:
    governance can be lifted by who has s3:BypassGovernanceRetention, compliance by nobody, not by the account's root
    and not by AWS, and nothing undoes it; so start with the defaults. `write_once_condition`: the bucket refuses a put
    without If-None-Match; false where the region's S3 does not know the condition. `digest_schedule`: how often
    what is new is sealed. `signing_keys`: names of keys that are made, the one that signs first, and behind it those that
    signed before; to rotate, put a new name in front, and leave the old until a digest has announced the new. `athena`: a table and a workgroup to query the log. `auditors`: ARNs of roles in other
    accounts that may read. `copy`: a bucket with object lock, versions and a key in a second account (`owner`), which takes
    every object; its policies must let the role of output `audit_copy_role_arn` replicate.
  EOT

  validation {
    condition     = contains(["governance", "compliance"], try(var.audit.mode, "governance"))
    error_message = "audit.mode is governance or compliance (S3's modes of object lock)."
  }

  validation {
    condition     = try(var.audit.days >= 1 && var.audit.days <= 36500 && floor(var.audit.days) == var.audit.days, var.audit == null)
    error_message = "audit.days is a whole number from 1 to 36,500 (S3's limit on retention)."
  }

  validation {
    condition     = try(var.audit.copy, null) == null || try(can(regex("^[0-9]{12}$", var.audit.copy.owner)) && can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.audit.copy.bucket)), false)
    error_message = "audit.copy has the name of a bucket (3 to 63 characters, S3's limit) and as its owner the 12 digits of an account."
  }

  validation {
    condition     = var.audit == null || try(length(var.audit.signing_keys) > 0 && length(distinct(var.audit.signing_keys)) == length(var.audit.signing_keys) && alltrue([for k in var.audit.signing_keys : can(regex("^[a-z0-9-]{1,32}$", k))]), false)
    error_message = "audit.signing_keys names at least one key, none twice, each with 1 to 32 lower-case letters, digits and hyphens."
  }

  validation {
    condition     = can(regex("^(rate|cron)\\(.+\\)$", try(var.audit.digest_schedule, "rate(15 minutes)")))
    error_message = "audit.digest_schedule is rate(...) or cron(...), as EventBridge takes it."
  }
}

locals {
  audit_retention = var.audit == null ? null : "${var.audit.mode}:${var.audit.days}"
  auditors        = var.audit == null ? [] : var.audit.auditors
  audit_prefix    = "audit/v1/${local.name}"
  audit_objects   = "${local.bucket_arns.audit}/${local.audit_prefix}/*"
  audit_writers   = concat([for name, c in local.consumers : local.role_arns[name] if contains(c.outlets, "audit")], [local.role_arns.digester, local.role_arns.operator])
}

module "audit" {
  source = "./modules/bucket"
  count  = var.audit == null ? 0 : 1

  name        = local.buckets.audit
  kms_key_arn = local.kms_key_arn
  lock        = { mode = var.audit.mode, days = var.audit.days }
  policies    = [data.aws_iam_policy_document.audit_bucket[0].json]
  tags        = local.tags
}

data "aws_iam_policy_document" "audit_bucket" {
  count = var.audit == null ? 0 : 1

  # A lifted lock, a deleted version or a marker on top of one is not how a log ends.
  statement {
    sid    = "NobodyDeletes"
    effect = "Deny"
    actions = [
      "s3:BypassGovernanceRetention", "s3:DeleteObject", "s3:DeleteObjectTagging", "s3:DeleteObjectVersion",
      "s3:DeleteObjectVersionTagging", "s3:PutObjectLegalHold",
    ]
    resources = ["${local.bucket_arns.audit}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }

  statement {
    sid       = "OnlyWritersWrite"
    effect    = "Deny"
    actions   = ["s3:PutObject", "s3:PutObjectRetention"]
    resources = ["${local.bucket_arns.audit}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "ArnNotEquals"
      variable = "aws:PrincipalArn"
      values   = local.audit_writers
    }
  }

  # "Enforce conditional writes on Amazon S3 buckets", Amazon S3 User Guide.
  dynamic "statement" {
    for_each = var.audit.write_once_condition ? [1] : []
    content {
      sid       = "WriteOnce"
      effect    = "Deny"
      actions   = ["s3:PutObject"]
      resources = ["${local.bucket_arns.audit}/*"]
      principals {
        type        = "*"
        identifiers = ["*"]
      }
      condition {
        test     = "Null"
        variable = "s3:if-none-match"
        values   = ["true"]
      }
      condition {
        test     = "Bool"
        variable = "s3:ObjectCreationOperation"
        values   = ["true"]
      }
    }
  }

  dynamic "statement" {
    for_each = length(local.auditors) == 0 ? [] : [local.auditors]
    content {
      sid = "AuditorsRead"
      actions = [
        "s3:GetBucketVersioning", "s3:GetObject", "s3:GetObjectRetention", "s3:GetObjectVersion", "s3:ListBucket", "s3:ListBucketVersions",
      ]
      resources = [local.bucket_arns.audit, "${local.bucket_arns.audit}/*"]
      principals {
        type        = "AWS"
        identifiers = statement.value
      }
    }
  }
}

# What a function calls for the audit outlet.
data "aws_iam_policy_document" "audit" {
  count = var.audit == null ? 0 : 1

  statement {
    sid       = "WriteLog"
    actions   = ["s3:PutObject", "s3:PutObjectRetention"]
    resources = [local.audit_objects]
  }

  statement {
    sid       = "ReadBack" # what is there already must be the same
    actions   = ["s3:GetObject"]
    resources = [local.audit_objects]
  }
}
