# The log's copy in a second account, whose people cannot write here and whose bucket we cannot write but by this role.

locals {
  copy     = var.audit == null ? null : var.audit.copy
  copy_arn = local.copy == null ? null : "arn:${local.partition}:s3:::${local.copy.bucket}"
}

resource "aws_s3_bucket_replication_configuration" "audit" {
  count = local.copy == null ? 0 : 1

  bucket = module.audit[0].name
  role   = aws_iam_role.copy[0].arn

  rule {
    id     = "audit"
    status = "Enabled"
    filter {}

    delete_marker_replication {
      status = "Disabled"
    }

    source_selection_criteria {
      sse_kms_encrypted_objects {
        status = "Enabled"
      }
    }

    destination {
      bucket  = local.copy_arn
      account = local.copy.owner

      access_control_translation {
        owner = "Destination"
      }

      encryption_configuration {
        replica_kms_key_id = local.copy.kms_key_arn
      }

      metrics {
        status = "Enabled"
      }
    }
  }
}

resource "aws_iam_role" "copy" {
  count = local.copy == null ? 0 : 1

  name                 = "${local.name}-copy"
  description          = "Copies the audit log to the account ${local.copy.owner}."
  assume_role_policy   = data.aws_iam_policy_document.copy_assume.json
  permissions_boundary = var.permissions_boundary
  tags                 = local.tags
}

data "aws_iam_policy_document" "copy_assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_iam_role_policy" "copy" {
  count = local.copy == null ? 0 : 1

  name   = "outflow"
  role   = aws_iam_role.copy[0].name
  policy = data.aws_iam_policy_document.copy[0].json
}

data "aws_iam_policy_document" "copy" {
  count = local.copy == null ? 0 : 1

  statement {
    sid       = "ReadConfiguration"
    actions   = ["s3:GetReplicationConfiguration", "s3:ListBucket"]
    resources = [local.bucket_arns.audit]
  }

  statement {
    sid = "ReadObjects"
    actions = [
      "s3:GetObjectLegalHold", "s3:GetObjectRetention", "s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging",
    ]
    resources = ["${local.bucket_arns.audit}/*"]
  }

  statement {
    sid       = "WriteReplicas"
    actions   = ["s3:ObjectOwnerOverrideToBucketOwner", "s3:ReplicateObject", "s3:ReplicateTags"]
    resources = ["${local.copy_arn}/*"]
  }

  statement {
    sid       = "ReadKey"
    actions   = ["kms:Decrypt"]
    resources = [local.kms_key_arn]
  }

  statement {
    sid       = "WriteKey"
    actions   = ["kms:Encrypt"]
    resources = [local.copy.kms_key_arn]
  }
}
