# One run for each promise that the deployment has to keep.

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

run "nothing_is_lost_on_the_way" {
  command = plan

  assert {
    condition     = module.consumer["consumer"].mapping.starting_position == "TRIM_HORIZON"
    error_message = "The mapping begins at the stream's oldest record."
  }

  assert {
    condition     = module.consumer["consumer"].mapping.function_response_types == toset(["ReportBatchItemFailures"])
    error_message = "The function's answer says from where a batch comes again."
  }

  assert {
    condition = (
      module.consumer["consumer"].mapping.bisect_batch_on_function_error && module.consumer["consumer"].mapping.maximum_retry_attempts == -1 &&
      module.consumer["consumer"].mapping.maximum_record_age_in_seconds == 43200
    )
    error_message = "A batch is halved, and retried until it is 12 hours old."
  }

  assert {
    condition     = module.consumer["consumer"].mapping.destination_config[0].on_failure[0].destination_arn == "arn:aws:s3:::shop-test-failures-123456789012"
    error_message = "What is given up goes to S3, whole."
  }

  assert {
    condition     = module.failures.expire_days == null
    error_message = "What could not be processed never expires."
  }

  assert {
    condition     = module.consumer["consumer"].mapping.metrics_config[0].metrics == toset(["EventCount"])
    error_message = "The mapping counts what it drops."
  }
}

run "audit_sees_every_record" {
  command = plan

  assert {
    condition     = length(module.consumer["consumer"].mapping.filter_criteria) == 0
    error_message = "A consumer that hosts audit has no filters."
  }
}

run "others_see_what_the_model_wants" {
  command = plan

  variables {
    consumers = { search = { outlets = ["search"] }, ledger = { outlets = ["events", "audit"] } }
  }

  assert {
    condition = [for f in module.consumer["search"].mapping.filter_criteria[0].filter : jsondecode(f.pattern)] == [
      { dynamodb = { Keys = { PK = { S = [{ prefix = "ORDER#" }, { prefix = "PRODUCT#" }, { prefix = "USER#" }] } } } },
    ]
    error_message = "The filter has the beginnings of the keys that the indexes take."
  }

  assert {
    condition     = length(module.consumer["ledger"].mapping.filter_criteria) == 0
    error_message = "The other consumer hosts audit and has none."
  }

  assert {
    condition     = module.consumer["ledger"].environment.OUTFLOW_OUTLETS == "events,audit" && !can(module.consumer["ledger"].environment.OUTFLOW_OPENSEARCH_URL)
    error_message = "A consumer knows of its own outlets only."
  }
}

run "the_table_is_the_models" {
  command = plan

  assert {
    condition     = aws_dynamodb_table.this[0].hash_key == "PK" && aws_dynamodb_table.this[0].range_key == "SK"
    error_message = "The key is the model's."
  }

  assert {
    condition     = [for i in aws_dynamodb_table.this[0].global_secondary_index : "${i.name} ${i.hash_key} ${i.range_key}"] == ["GSI1 GSI1PK GSI1SK"]
    error_message = "The indexes are the model's."
  }

  assert {
    condition     = aws_dynamodb_table.this[0].ttl[0].attribute_name == "expires_at" && aws_dynamodb_table.this[0].ttl[0].enabled
    error_message = "The time to live is the model's."
  }

  assert {
    condition     = aws_dynamodb_table.this[0].stream_enabled && aws_dynamodb_table.this[0].stream_view_type == "NEW_AND_OLD_IMAGES"
    error_message = "The stream holds both images."
  }

  assert {
    condition = (
      aws_dynamodb_table.this[0].deletion_protection_enabled && aws_dynamodb_table.this[0].point_in_time_recovery[0].enabled &&
      aws_dynamodb_table.this[0].point_in_time_recovery[0].recovery_period_in_days == 35 && aws_dynamodb_table.this[0].server_side_encryption[0].enabled
    )
    error_message = "The table is protected from deletion, recoverable for 35 days, and encrypted."
  }

  assert {
    condition     = aws_dynamodb_table.this[0].billing_mode == "PAY_PER_REQUEST" && length(aws_appautoscaling_target.table) == 0
    error_message = "The table is on demand unless told."
  }
}

run "capacity_scales_with_its_indexes" {
  command = plan

  variables {
    table = { provisioned = { write_minimum = 7, write_maximum = 70 } }
  }

  assert {
    condition     = toset(keys(aws_appautoscaling_policy.table)) == toset(["GSI1-read", "GSI1-write", "table-read", "table-write"])
    error_message = "The table and its index scale, reads and writes."
  }

  assert {
    condition     = aws_appautoscaling_target.table["GSI1-write"].min_capacity == 7 && aws_appautoscaling_target.table["GSI1-write"].scalable_dimension == "dynamodb:index:WriteCapacityUnits"
    error_message = "An index scales between the table's bounds."
  }
}

run "the_log_is_written_once" {
  command = plan

  assert {
    condition     = module.audit[0].lock.mode == "GOVERNANCE" && module.audit[0].lock.days == 1
    error_message = "The audit bucket is locked, in governance mode and for a day unless told."
  }

  assert {
    condition     = module.consumer["consumer"].environment.OUTFLOW_AUDIT_RETENTION == "governance:1" && module.digester[0].environment.OUTFLOW_AUDIT_RETENTION == "governance:1"
    error_message = "Writers state the same retention."
  }

  assert {
    condition = anytrue([for s in data.aws_iam_policy_document.audit_bucket[0].statement :
    s.effect == "Deny" && contains(s.actions, "s3:DeleteObjectVersion") && contains(s.actions, "s3:BypassGovernanceRetention") && length(s.condition) == 0])
    error_message = "Nobody deletes, and nobody passes by the lock."
  }

  assert {
    condition = anytrue([for s in data.aws_iam_policy_document.audit_bucket[0].statement :
    s.effect == "Deny" && contains(s.actions, "s3:PutObject") && anytrue([for c in s.condition : c.variable == "s3:if-none-match" && c.test == "Null" && tolist(c.values) == tolist(["true"])])])
    error_message = "The bucket refuses a put without If-None-Match."
  }

  assert {
    condition = anytrue([for s in data.aws_iam_policy_document.audit_bucket[0].statement :
      s.effect == "Deny" && contains(s.actions, "s3:PutObject") && anytrue([for c in s.condition : c.variable == "aws:PrincipalArn" && toset(c.values) == toset([
        for f in ["consumer", "digester", "operator"] : "arn:aws:iam::123456789012:role/shop-test-${f}"
    ])])])
    error_message = "Only the functions write to the log."
  }

  assert {
    condition     = aws_kms_key.signing["1"].customer_master_key_spec == "ECC_NIST_P256" && aws_kms_key.signing["1"].key_usage == "SIGN_VERIFY"
    error_message = "Digests are signed by a P-256 key."
  }

  assert {
    condition     = aws_cloudwatch_event_rule.digester[0].schedule_expression == "rate(15 minutes)"
    error_message = "The log is sealed every 15 minutes."
  }
}

run "auditors_elsewhere_read_and_nothing_else" {
  command = plan

  variables {
    audit = { auditors = ["arn:aws:iam::444455556666:role/auditor"] }
  }

  assert {
    condition = flatten([for d in [data.aws_iam_policy_document.audit_bucket[0], data.aws_iam_policy_document.data_key, data.aws_iam_policy_document.signing_key[0]] : [
      for s in d.statement : sort(s.actions) if s.effect != "Deny" && anytrue([for p in s.principals : contains(p.identifiers, "arn:aws:iam::444455556666:role/auditor")])
      ]]) == [
      "s3:GetBucketVersioning", "s3:GetObject", "s3:GetObjectRetention", "s3:GetObjectVersion", "s3:ListBucket", "s3:ListBucketVersions", "kms:Decrypt", "kms:GetPublicKey",
    ]
    error_message = "An auditor in another account reads objects and versions, decrypts them, and gets the public key."
  }
}

run "keys_are_rotated" {
  command = apply # ARNs of keys are known then only

  variables {
    audit = { signing_keys = ["2027", "2026"] }
  }

  assert {
    condition     = module.digester[0].environment.OUTFLOW_SIGNING_KEY == "${aws_kms_key.signing["2027"].arn},${aws_kms_key.signing["2026"].arn}"
    error_message = "The new key comes first, and the one that signed before it stays."
  }
}

run "a_region_without_the_condition" {
  command = plan

  variables {
    audit = { write_once_condition = false, mode = "compliance", days = 365 }
  }

  assert {
    condition     = !anytrue(flatten([for s in data.aws_iam_policy_document.audit_bucket[0].statement : [for c in s.condition : c.variable == "s3:if-none-match"]]))
    error_message = "The write-once condition can be left out."
  }

  assert {
    condition     = module.audit[0].lock.mode == "COMPLIANCE" && module.digester[0].environment.OUTFLOW_AUDIT_RETENTION == "compliance:365"
    error_message = "Compliance mode is used where it is asked for."
  }
}

run "nobody_else_publishes" {
  command = plan

  assert {
    condition = anytrue([for s in data.aws_iam_policy_document.bus[0].statement : s.effect == "Deny" && s.actions == toset(["events:PutEvents"]) && anytrue([
      for c in s.condition : c.test == "ArnNotEquals" && toset(c.values) == toset([for f in ["consumer", "operator"] : "arn:aws:iam::123456789012:role/shop-test-${f}"])
    ])])
    error_message = "The bus takes events of the publishing functions only."
  }

  assert {
    condition     = one([for s in data.aws_iam_policy_document.publish[0].statement : s.condition if contains(s.actions, "events:PutEvents")]) == toset([{ test = "StringEquals", variable = "events:source", values = tolist(["com.example.shop"]) }])
    error_message = "The functions publish under the model's source only."
  }
}

run "subscribers" {
  command = plan

  variables {
    events = {
      organization_id = "o-a1b2c3d4e5"
      account_ids     = ["111122223333"]
      schemas         = "./tests/schemas"
      subscribers = {
        shipping = { target_arn = "arn:aws:sqs:eu-west-1:123456789012:shipping", detail_types = ["OrderPlaced"] }
        prices   = { target_arn = "arn:aws:lambda:eu-west-1:123456789012:function:prices", function = true }
      }
    }
  }

  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.subscriber["shipping"].event_pattern) == { source = ["com.example.shop"], detail-type = ["OrderPlaced"] }
    error_message = "A rule matches the events that it names."
  }

  assert {
    condition     = aws_sqs_queue.dead_letters["shipping"].message_retention_seconds == 1209600 && length(aws_cloudwatch_event_target.subscriber["shipping"].dead_letter_config) == 1
    error_message = "What cannot be delivered is kept for 14 days."
  }

  assert {
    condition     = toset(keys(aws_lambda_permission.subscriber)) == toset(["prices"])
    error_message = "A function may be invoked by its rule."
  }

  assert {
    condition     = length([for s in data.aws_iam_policy_document.bus[0].statement : s if s.effect != "Deny" && anytrue([for c in s.condition : c.variable == "events:creatorAccount"])]) == 2
    error_message = "Other accounts make rules of their own only."
  }

  assert {
    condition     = toset(keys(aws_schemas_schema.this)) == toset(["OrderDeleted", "OrderPlaced", "OrderRepriced", "OrderShipped", "UserRegistered"]) && aws_schemas_schema.this["OrderPlaced"].name == "com.example.shop@OrderPlaced"
    error_message = "The registry has a schema for each event of the model."
  }

  assert {
    condition     = module.claims[0].expire_days == 60 && aws_cloudwatch_event_archive.this[0].retention_days == 30
    error_message = "Claims outlive the archive."
  }
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

run "a_copy_in_another_account" {
  command = plan

  variables {
    audit = { copy = { bucket = "copies", owner = "444455556666", kms_key_arn = "arn:aws:kms:eu-west-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab" } }
  }

  assert {
    condition     = one(aws_s3_bucket_replication_configuration.audit[0].rule[0].destination).account == "444455556666" && aws_s3_bucket_replication_configuration.audit[0].rule[0].delete_marker_replication[0].status == "Disabled"
    error_message = "The copy takes objects and no deletions."
  }

  assert {
    condition     = output.audit_copy_role_arn == "arn:aws:iam::123456789012:role/shop-test-copy"
    error_message = "The other account learns whom to let in."
  }
}

run "the_log_can_be_queried" {
  command = plan

  assert {
    condition     = aws_glue_catalog_table.audit[0].parameters["storage.location.template"] == "s3://shop-test-audit-123456789012/audit/v1/shop-test/dt=$${dt}/hour=$${hour}/"
    error_message = "Partitions are projected from the keys of segments."
  }

  assert {
    condition     = aws_athena_workgroup.audit[0].configuration[0].enforce_workgroup_configuration
    error_message = "Results go where the workgroup says."
  }
}
