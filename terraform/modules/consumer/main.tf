# One reader of the table's stream: the function and its event source mapping.

module "function" {
  source = "../function"

  name                 = var.name
  description          = var.description
  zip                  = var.zip
  environment          = var.environment
  policies             = concat([data.aws_iam_policy_document.mapping.json], var.policies)
  memory_mib           = var.settings.memory_mib
  timeout_seconds      = var.settings.timeout_seconds
  reserved_concurrency = var.settings.reserved_concurrency
  vpc                  = var.vpc
  kms_key_arn          = var.kms_key_arn
  other_key_arns       = var.other_key_arns
  logs                 = var.logs
  permissions_boundary = var.permissions_boundary
  tags                 = var.tags
}

resource "aws_lambda_event_source_mapping" "this" {
  event_source_arn = var.stream_arn
  function_name    = module.function.arn

  starting_position                  = "TRIM_HORIZON" # LATEST loses what is written while the mapping is made or changed
  function_response_types            = ["ReportBatchItemFailures"]
  batch_size                         = var.settings.batch_size
  maximum_batching_window_in_seconds = var.settings.window_seconds
  parallelization_factor             = var.settings.parallelization

  # A batch that fails again and again is halved until its bad record is alone, and retried until its age sends it to
  # the failures bucket, whole. An age of -1 would let the stream trim it after 24 hours instead, without trace.
  bisect_batch_on_function_error = true
  maximum_retry_attempts         = -1
  maximum_record_age_in_seconds  = var.settings.maximum_record_age_seconds

  destination_config {
    on_failure {
      destination_arn = var.failures_bucket_arn # S3 takes the records themselves, queues and topics only pointers
    }
  }

  dynamic "filter_criteria" {
    for_each = length(var.filters) > 0 ? [var.filters] : []
    content {
      dynamic "filter" {
        for_each = filter_criteria.value
        content {
          pattern = filter.value
        }
      }
    }
  }

  metrics_config {
    metrics = ["EventCount"]
  }

  tags = var.tags

  lifecycle {
    precondition {
      condition     = length(var.filters) == 0 || !contains(var.outlets, "audit")
      error_message = "A consumer that hosts audit has no filters: what does not match one is gone for good."
    }
    precondition {
      condition     = length(var.filters) <= 5
      error_message = "A mapping has at most 5 filters (Lambda's quota)."
    }
  }

  depends_on = [module.function]
}

data "aws_iam_policy_document" "mapping" {
  statement {
    sid       = "ReadStream"
    actions   = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
    resources = [var.stream_arn]
  }

  statement {
    sid       = "ListStreams"
    actions   = ["dynamodb:ListStreams"]
    resources = ["*"] # the action takes no resource
  }

  # Lambda puts batches below aws/lambda/ and the function records below parked/, and nothing else is in this bucket. A
  # policy for these two prefixes would do, but when a mapping is made Lambda checks its role against the whole bucket.
  statement {
    sid       = "Failures"
    actions   = ["s3:PutObject"]
    resources = ["${var.failures_bucket_arn}/*"]
  }

  statement {
    sid       = "FailuresBucket"
    actions   = ["s3:ListBucket"] # Lambda checks with it that the destination is there
    resources = [var.failures_bucket_arn]
  }
}
