# What the deployment keeps on the way from the table to the outlets.

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

  assert {
    condition = alltrue([for environment in [
      module.consumer["search"].environment, module.consumer["ledger"].environment, module.operator.environment, module.digester[0].environment,
    ] : environment.OUTFLOW_MODEL_HASH == jsondecode(file("tests/package/model.json")).hash])
    error_message = "Every function is told which model it was deployed with."
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

run "entities_that_an_attribute_tells_are_told_by_it" {
  command = plan

  variables {
    package   = "./tests/package_told"
    search    = null
    consumers = { events = { outlets = ["events"] }, audit = { outlets = ["audit"] } }
  }

  assert {
    condition = toset([for f in module.consumer["events"].mapping.filter_criteria[0].filter : f.pattern]) == toset([
      jsonencode({ dynamodb = { NewImage = { "__edb_e__" = { S = ["order"] } } } }),
      jsonencode({ dynamodb = { OldImage = { "__edb_e__" = { S = ["order"] } } } }),
    ])
    error_message = "Items are found by their new image, and removed ones by their old."
  }

  assert {
    condition     = length(module.consumer["audit"].mapping.filter_criteria) == 0
    error_message = "Audit sees every item."
  }
}

run "filters_can_be_left_out" {
  command = plan

  variables {
    consumers = { search = { outlets = ["search"], filter = false }, ledger = { outlets = ["events", "audit"] } }
  }

  assert {
    condition     = length(module.consumer["search"].mapping.filter_criteria) == 0
    error_message = "A consumer can see every record though its outlets do not want it."
  }
}
