variable "exports" {
  type        = list(string)
  default     = []
  nullable    = false
  description = "ARNs of the buckets with exports of the table to S3 that a backfill may read."

  validation {
    condition     = alltrue([for arn in var.exports : can(regex("^arn:[a-z-]+:s3:::[a-z0-9.-]{3,63}$", arn))])
    error_message = "exports are ARNs of buckets: arn:aws:s3:::<name>, of at most 63 characters."
  }
}

# What people and schedules ask for rather than the stream: backfill, retry of what is parked, purge of tombstones. It
# runs beside the index, which may be where no laptop can reach.

module "operator" {
  source = "./modules/function"

  name            = "${local.name}-operator"
  description     = "Backfill, retries of what is parked and purge of ${local.name}"
  zip             = "${var.package}/operator.zip"
  memory_mib      = 1024
  timeout_seconds = 900
  environment = merge(local.environment, {
    OUTFLOW_OUTLETS = join(",", local.outlets)
    OUTFLOW_TABLE   = local.table_name
  }, [for outlet in local.outlets : local.outlet_environment[outlet]]...)
  policies = concat(
    [data.aws_iam_policy_document.operator.json],
    [for outlet in local.outlets : local.outlet_policies[outlet]],
    data.aws_iam_policy_document.purge[*].json,
  )
  vpc                  = local.function_vpc
  kms_key_arn          = local.kms_key_arn
  other_key_arns       = local.table_key
  logs                 = var.logs
  permissions_boundary = var.permissions_boundary
  tags                 = local.tags
}

data "aws_iam_policy_document" "operator" {
  statement {
    sid       = "ScanTable"
    actions   = ["dynamodb:DescribeTable", "dynamodb:Scan"]
    resources = [local.table_arn]
  }

  statement {
    sid       = "ListFailures"
    actions   = ["s3:ListBucket"]
    resources = [local.bucket_arns.failures]
  }

  statement {
    sid       = "ReadFailures"
    actions   = ["s3:GetObject"]
    resources = ["${local.bucket_arns.failures}/parked/*", "${local.bucket_arns.failures}/aws/lambda/*"]
  }

  dynamic "statement" {
    for_each = length(var.exports) == 0 ? [] : [1]
    content {
      sid       = "ReadExports"
      actions   = ["s3:GetObject"]
      resources = [for arn in var.exports : "${arn}/*"]
    }
  }

  statement {
    sid       = "ParkAndWriteOutcomes" # an outcome lies beside what was retried
    actions   = ["s3:PutObject"]
    resources = ["${local.bucket_arns.failures}/parked/*", "${local.bucket_arns.failures}/aws/lambda/*"]
  }
}

# Tombstones that no late change can need any more are purged daily.
resource "aws_cloudwatch_event_rule" "purge" {
  count = var.search == null ? 0 : 1

  name                = "${local.name}-purge"
  description         = "Purges tombstones of ${local.name} that are older than the horizon of 14 days"
  schedule_expression = "rate(1 day)"
  tags                = local.tags
}

resource "aws_cloudwatch_event_target" "purge" {
  count = var.search == null ? 0 : 1

  rule      = aws_cloudwatch_event_rule.purge[0].name
  target_id = "operator"
  arn       = module.operator.arn
  input     = jsonencode({ job = "purge" })
}

resource "aws_lambda_permission" "purge" {
  count = var.search == null ? 0 : 1

  statement_id  = "schedule"
  action        = "lambda:InvokeFunction"
  function_name = module.operator.name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.purge[0].arn
}
