# One key for everything at rest. The key that signs digests is another, in digester.tf.

locals {
  kms_key_arn = var.kms_key == null ? aws_kms_key.data[0].arn : var.kms_key.arn
}

resource "aws_kms_key" "data" {
  count = var.kms_key == null ? 1 : 0

  description             = "${local.name}: table, buckets, queues, logs and environments"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.data_key.json
  tags                    = local.tags
}

resource "aws_kms_alias" "data" {
  count = var.kms_key == null ? 1 : 0

  name          = "alias/${local.name}"
  target_key_id = aws_kms_key.data[0].key_id
}

# In a key's policy the resource "*" is the key itself.
data "aws_iam_policy_document" "key" {
  statement {
    sid       = "AccountManages"
    actions   = ["kms:*"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account}:root"]
    }
    condition {
      test     = "StringEquals"
      variable = "kms:CallerAccount"
      values   = [local.account]
    }
  }
}

data "aws_iam_policy_document" "data_key" {
  source_policy_documents = [data.aws_iam_policy_document.key.json]

  statement {
    sid       = "LogGroups"
    actions   = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:DescribeKey"]
    resources = ["*"]
    principals {
      type        = "Service"
      identifiers = ["logs.${local.region}.amazonaws.com"]
    }
    condition {
      test     = "ArnLike"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values   = ["arn:${local.partition}:logs:${local.region}:${local.account}:log-group:/aws/*/${local.name}*"]
    }
  }

  dynamic "statement" {
    for_each = length(local.rule_arns) == 0 ? [] : [values(local.rule_arns)]
    content {
      sid       = "DeadLetters"
      actions   = ["kms:GenerateDataKey", "kms:Decrypt"]
      resources = ["*"]
      principals {
        type        = "Service"
        identifiers = ["events.amazonaws.com"]
      }
      condition {
        test     = "ArnEquals"
        variable = "aws:SourceArn"
        values   = statement.value
      }
    }
  }

  dynamic "statement" {
    for_each = length(local.auditors) == 0 ? [] : [local.auditors]
    content {
      sid       = "Auditors"
      actions   = ["kms:Decrypt"]
      resources = ["*"]
      principals {
        type        = "AWS"
        identifiers = statement.value
      }
      condition {
        test     = "StringEquals"
        variable = "kms:EncryptionContext:aws:s3:arn"
        values   = [local.bucket_arns.audit]
      }
    }
  }

  dynamic "statement" {
    for_each = local.outside # subscribers in other accounts read claims
    content {
      sid       = "Claims${statement.key}"
      actions   = ["kms:Decrypt"]
      resources = ["*"]
      principals {
        type        = "AWS"
        identifiers = statement.value.principals
      }
      condition {
        test     = "StringEquals"
        variable = "kms:EncryptionContext:aws:s3:arn"
        values   = [local.bucket_arns.claims]
      }
      dynamic "condition" {
        for_each = statement.value.organization[*]
        content {
          test     = "StringEquals"
          variable = "aws:PrincipalOrgID"
          values   = [condition.value]
        }
      }
    }
  }
}
