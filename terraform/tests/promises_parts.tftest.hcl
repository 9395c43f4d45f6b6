# What functions, buckets, the domain and alarms keep.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  stage   = "test"
  package = "./tests/package"
  search  = { domain = {} }
  events  = {}
  audit   = {}
}

run "functions_are_small_and_known" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    name                 = "shop-test-consumer"
    description          = "Test"
    zip                  = "./tests/package/consumer.zip"
    environment          = { OUTFLOW_STAGE = "test" }
    policies             = []
    memory_mib           = 1024
    timeout_seconds      = 300
    kms_key_arn          = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    logs                 = { level = "warn", days = 365 }
    permissions_boundary = "arn:aws:iam::123456789012:policy/boundary"
  }

  assert {
    condition     = aws_lambda_function.this.runtime == "provided.al2023" && aws_lambda_function.this.architectures == tolist(["arm64"]) && aws_lambda_function.this.reserved_concurrent_executions == -1
    error_message = "A function is arm64 on provided.al2023, and reserves no concurrency unless told."
  }

  assert {
    condition     = aws_lambda_function.this.source_code_hash == filebase64sha256("./tests/package/consumer.zip")
    error_message = "Another zip is another plan."
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.retention_in_days == 365 && aws_cloudwatch_log_group.this.kms_key_id == aws_lambda_function.this.kms_key_arn
    error_message = "Logs are encrypted and end."
  }

  assert {
    condition     = aws_iam_role.this.permissions_boundary == "arn:aws:iam::123456789012:policy/boundary" && aws_lambda_function.this.environment[0].variables.OUTFLOW_LOG_LEVEL == "warn"
    error_message = "Boundary and log level reach the function."
  }
}

run "buckets_are_private" {
  command = plan

  module {
    source = "./modules/bucket"
  }

  variables {
    name        = "shop-test-claims-123456789012"
    kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    lock        = { mode = "compliance", days = 7 }
  }

  assert {
    condition     = aws_s3_bucket.this.object_lock_enabled && aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Enabled" && !aws_s3_bucket.this.force_destroy
    error_message = "A locked bucket has versions and is not destroyed with its objects."
  }

  assert {
    condition = anytrue([for s in data.aws_iam_policy_document.this.statement :
    s.effect == "Deny" && s.actions == toset(["s3:*"]) && anytrue([for c in s.condition : c.variable == "aws:SecureTransport"])])
    error_message = "A bucket is reached by TLS only."
  }

  assert {
    condition     = aws_s3_bucket_public_access_block.this.block_public_policy && aws_s3_bucket_public_access_block.this.restrict_public_buckets && aws_s3_bucket_public_access_block.this.block_public_acls
    error_message = "A bucket is not public."
  }
}

run "the_domain_is_guarded" {
  command = plan

  variables {
    search = { domain = {}, readers = ["arn:aws:iam::123456789012:role/page"] }
  }

  assert {
    condition = (
      aws_opensearch_domain.this[0].encrypt_at_rest[0].enabled && aws_opensearch_domain.this[0].node_to_node_encryption[0].enabled &&
      aws_opensearch_domain.this[0].domain_endpoint_options[0].enforce_https && aws_opensearch_domain.this[0].cluster_config[0].zone_awareness_config[0].availability_zone_count == 3
    )
    error_message = "The domain is encrypted, in three zones, and HTTPS only."
  }

  assert {
    condition = one(data.aws_iam_policy_document.domain[0].statement).resources == toset([
      for index in ["orders", "products", "users"] : "arn:aws:es:eu-west-1:123456789012:domain/shop-test/shop-test-${index}/_search"
    ])
    error_message = "Readers search the readers' aliases and nothing else."
  }
}

run "alarms_say_what_to_do" {
  command = plan

  variables {
    alarms = { actions = ["arn:aws:sns:eu-west-1:123456789012:alarms"] }
    events = { subscribers = { shipping = { target_arn = "arn:aws:sqs:eu-west-1:123456789012:shipping" } } }
  }

  assert {
    condition = alltrue([for a in aws_cloudwatch_metric_alarm.this :
    fileexists("../${regex("\\((docs/runbooks/[a-z-]+\\.md)\\)", a.alarm_description)[0]}") && a.alarm_actions == toset(["arn:aws:sns:eu-west-1:123456789012:alarms"])])
    error_message = "Each alarm names a page that is there, and tells somebody."
  }

  assert {
    condition = length(setsubtract([
      "consumer-age", "consumer-errors", "consumer-given-up", "consumer-audit-parked", "consumer-search-rejected", "digest-missing", "audit-faults",
      "digester-errors", "operator-errors", "search-red", "search-space", "shipping-undelivered", "table-throttled",
    ], keys(aws_cloudwatch_metric_alarm.this))) == 0
    error_message = "There is an alarm for each thing that can go wrong."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["consumer-age"].threshold == 900000 && aws_cloudwatch_metric_alarm.this["digest-missing"].treat_missing_data == "breaching"
    error_message = "An alarm is raised at 15 minutes of lag, and where no digest is heard of."
  }
}
