# Seals the audit log into signed, chained digests. A function of its own, since it alone may sign.

locals {
  signing_keys     = var.audit == null ? [] : var.audit.signing_keys
  signing_key_arns = [for name in local.signing_keys : aws_kms_key.signing[name].arn]
}

module "digester" {
  source = "./modules/function"
  count  = var.audit == null ? 0 : 1

  name            = "${local.name}-digester"
  description     = "Seals the audit log of ${local.name} into signed digests"
  zip             = "${var.package}/digester.zip"
  memory_mib      = 1024
  timeout_seconds = 900
  environment = {
    OUTFLOW_STAGE           = var.stage
    OUTFLOW_MODEL_HASH      = local.model.hash
    OUTFLOW_AUDIT_BUCKET    = local.buckets.audit
    OUTFLOW_AUDIT_RETENTION = local.audit_retention
    OUTFLOW_FAILURES_BUCKET = local.buckets.failures
    OUTFLOW_SIGNING_KEY     = join(",", local.signing_key_arns)
  }
  policies             = [data.aws_iam_policy_document.audit[0].json, data.aws_iam_policy_document.digester[0].json]
  kms_key_arn          = local.kms_key_arn
  logs                 = var.logs
  permissions_boundary = var.permissions_boundary
  tags                 = local.tags
}

data "aws_iam_policy_document" "digester" {
  count = var.audit == null ? 0 : 1

  statement {
    sid       = "ListLog"
    actions   = ["s3:ListBucket"]
    resources = [local.bucket_arns.audit]
    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["${local.audit_prefix}/*"]
    }
  }

  statement {
    sid       = "ListFailures" # what is unresolved is named in the digest
    actions   = ["s3:ListBucket"]
    resources = [local.bucket_arns.failures]
    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["parked/*", "aws/lambda/*"]
    }
  }

  statement {
    sid       = "Sign"
    actions   = ["kms:GetPublicKey", "kms:Sign"]
    resources = local.signing_key_arns
  }
}

resource "aws_kms_key" "signing" {
  for_each = toset(local.signing_keys)

  description              = "${local.name}: signs the audit log's digests"
  customer_master_key_spec = "ECC_NIST_P256"
  key_usage                = "SIGN_VERIFY"
  deletion_window_in_days  = 30
  policy                   = data.aws_iam_policy_document.signing_key[0].json
  tags                     = local.tags
}

resource "aws_kms_alias" "signing" {
  for_each = toset(local.signing_keys)

  name          = "alias/${local.name}-signing-${each.key}"
  target_key_id = aws_kms_key.signing[each.key].key_id
}

data "aws_iam_policy_document" "signing_key" {
  count = var.audit == null ? 0 : 1

  source_policy_documents = [data.aws_iam_policy_document.key.json]

  statement {
    sid       = "OnlyDigesterSigns"
    effect    = "Deny"
    actions   = ["kms:Sign"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
    condition {
      test     = "ArnNotEquals"
      variable = "aws:PrincipalArn"
      values   = [local.role_arns.digester]
    }
  }

  dynamic "statement" {
    for_each = length(local.auditors) == 0 ? [] : [local.auditors]
    content {
      sid       = "AuditorsReadPublicKey"
      actions   = ["kms:GetPublicKey"]
      resources = ["*"]
      principals {
        type        = "AWS"
        identifiers = statement.value
      }
    }
  }
}

resource "aws_cloudwatch_event_rule" "digester" {
  count = var.audit == null ? 0 : 1

  name                = "${local.name}-digester"
  description         = "Seals the audit log of ${local.name}"
  schedule_expression = var.audit.digest_schedule
  tags                = local.tags
}

resource "aws_cloudwatch_event_target" "digester" {
  count = var.audit == null ? 0 : 1

  rule      = aws_cloudwatch_event_rule.digester[0].name
  target_id = "digester"
  arn       = module.digester[0].arn
  input     = "{}"
}

resource "aws_lambda_permission" "digester" {
  count = var.audit == null ? 0 : 1

  statement_id  = "schedule"
  action        = "lambda:InvokeFunction"
  function_name = module.digester[0].name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.digester[0].arn
}
