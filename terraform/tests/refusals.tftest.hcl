# One run for each refusal. What is refused is refused by name: see the messages of the variables.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  stage   = "test"
  package = "./tests/package"
  audit   = {}
}

run "stage_form" {
  command = plan

  variables {
    stage = "Prod"
  }

  expect_failures = [var.stage]
}

run "package_without_zips" {
  command = plan

  variables {
    package = "./tests"
  }

  expect_failures = [var.package]
}

run "package_of_another_format" {
  command = plan

  variables {
    package = "./tests/package_format_2"
  }

  expect_failures = [var.package]
}

run "package_without_hash" {
  command = plan

  variables {
    package = "./tests/package_no_hash"
  }

  expect_failures = [var.package]
}

run "third_consumer" {
  command = plan

  variables {
    search    = { domain = {} }
    events    = {}
    consumers = { a = { outlets = ["search"] }, b = { outlets = ["events"] }, c = { outlets = ["audit"] } }
  }

  expect_failures = [var.consumers]
}

run "third_reader" {
  command = plan

  variables {
    events           = {}
    consumers        = { a = { outlets = ["events"] }, b = { outlets = ["audit"] } }
    existing_readers = ["export"]
  }

  expect_failures = [var.consumers]
}

run "default_consumer_as_third_reader" {
  command = plan

  variables {
    existing_readers = ["export", "cache"]
  }

  expect_failures = [var.consumers]
}

run "second_on_a_global_table" {
  command = plan

  variables {
    events       = {}
    consumers    = { a = { outlets = ["events"] }, b = { outlets = ["audit"] } }
    global_table = true
  }

  expect_failures = [var.consumers]
}

run "reader_beside_on_a_global_table" {
  command = plan

  variables {
    existing_readers = ["export"]
    global_table     = true
  }

  expect_failures = [var.consumers]
}

run "consumer_name" {
  command = plan

  variables {
    consumers = { a-name-too-long-for-roles = { outlets = ["audit"] } }
  }

  expect_failures = [var.consumers]
}

run "consumer_reserved_name" {
  command = plan

  variables {
    consumers = { digester = { outlets = ["audit"] } }
  }

  expect_failures = [var.consumers]
}

run "outlet_unknown" {
  command = plan

  variables {
    consumers = { a = { outlets = ["audit", "mail"] } }
  }

  expect_failures = [var.consumers]
}

run "outlet_twice" {
  command = plan

  variables {
    consumers = { a = { outlets = ["audit"] }, b = { outlets = ["audit"] } }
  }

  expect_failures = [var.consumers]
}

run "outlet_nowhere" {
  command = plan

  variables {
    events    = {}
    consumers = { a = { outlets = ["audit"] } }
  }

  expect_failures = [var.consumers]
}

run "batch_too_large" {
  command = plan

  variables {
    consumers = { a = { outlets = ["audit"], batch_size = 10001 } }
  }

  expect_failures = [var.consumers]
}

run "window_over_300_s" {
  command = plan

  variables {
    consumers = { a = { outlets = ["audit"], window_seconds = 301 } }
  }

  expect_failures = [var.consumers]
}

run "parallelization" {
  command = plan

  variables {
    consumers = { a = { outlets = ["audit"], parallelization = 11 } }
  }

  expect_failures = [var.consumers]
}

run "age_over_24_h" {
  command = plan

  variables {
    consumers = { a = { outlets = ["audit"], maximum_record_age_seconds = 86400 } }
  }

  expect_failures = [var.consumers]
}

run "age_without_end" {
  command = plan

  variables {
    consumers = { a = { outlets = ["audit"], maximum_record_age_seconds = -1 } }
  }

  expect_failures = [var.consumers]
}

run "memory" {
  command = plan

  variables {
    consumers = { a = { outlets = ["audit"], memory_mib = 64 } }
  }

  expect_failures = [var.consumers]
}

run "timeout" {
  command = plan

  variables {
    consumers = { a = { outlets = ["audit"], timeout_seconds = 901 } }
  }

  expect_failures = [var.consumers]
}

run "bucket_name_over_63" {
  command = plan

  variables {
    bucket_prefix = "a-prefix-of-two-and-forty-characters-in-all"
  }

  expect_failures = [var.bucket_prefix]
}

run "key_alias" {
  command = plan

  variables {
    kms_key = { arn = "arn:aws:kms:eu-west-1:123456789012:alias/shop" }
  }

  expect_failures = [var.kms_key]
}

run "boundary" {
  command = plan

  variables {
    permissions_boundary = "boundary"
  }

  expect_failures = [var.permissions_boundary]
}

run "log_level" {
  command = plan

  variables {
    logs = { level = "loud" }
  }

  expect_failures = [var.logs]
}

run "log_days" {
  command = plan

  variables {
    logs = { days = 8 }
  }

  expect_failures = [var.logs]
}

run "table_name_over_255" {
  command = plan

  variables {
    table = { name = "no spaces" }
  }

  expect_failures = [var.table]
}

run "table_both" {
  command = plan

  variables {
    table = { name = "a-table", existing = { name = "orders", stream_arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/x" } }
  }

  expect_failures = [var.table]
}

run "table_recovery" {
  command = plan

  variables {
    table = { recovery_days = 36 }
  }

  expect_failures = [var.table]
}

run "table_stream_of_another" {
  command = plan

  variables {
    table = { existing = { name = "orders", stream_arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/users/stream/x" } }
  }

  expect_failures = [var.table]
}

run "table_capacity" {
  command = plan

  variables {
    table = { provisioned = { read_minimum = 10, read_maximum = 5 } }
  }

  expect_failures = [var.table]
}

run "table_utilization" {
  command = plan

  variables {
    table = { provisioned = { utilization_percent = 95 } }
  }

  expect_failures = [var.table]
}

run "stream_view_type" {
  command = plan

  variables {
    table = { existing = { name = "orders", stream_arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-01-02T03:04:05.678" } }
  }

  override_data {
    target = data.aws_dynamodb_table.existing[0]
    values = {
      stream_enabled   = true
      stream_view_type = "KEYS_ONLY"
      stream_arn       = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-01-02T03:04:05.678"
      hash_key         = "PK"
      range_key        = "SK"
    }
  }

  expect_failures = [data.aws_dynamodb_table.existing]
}

run "stream_made_anew" {
  command = plan

  variables {
    table = { existing = { name = "orders", stream_arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-01-02T03:04:05.678" } }
  }

  override_data {
    target = data.aws_dynamodb_table.existing[0]
    values = {
      stream_enabled   = true
      stream_view_type = "NEW_AND_OLD_IMAGES"
      stream_arn       = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-09-09T00:00:00.000"
      hash_key         = "PK"
      range_key        = "SK"
    }
  }

  expect_failures = [data.aws_dynamodb_table.existing]
}

run "table_key_of_another_model" {
  command = plan

  variables {
    table = { existing = { name = "orders", stream_arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-01-02T03:04:05.678" } }
  }

  override_data {
    target = data.aws_dynamodb_table.existing[0]
    values = {
      stream_enabled   = true
      stream_view_type = "NEW_AND_OLD_IMAGES"
      stream_arn       = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-01-02T03:04:05.678"
      hash_key         = "PK"
      range_key        = "sort"
    }
  }

  expect_failures = [data.aws_dynamodb_table.existing]
}

run "search_neither" {
  command = plan

  variables {
    search = {}
  }

  expect_failures = [var.search]
}

run "search_both" {
  command = plan

  variables {
    search = { domain = {}, endpoint = { url = "https://search.example.com", domain_arn = "arn:aws:es:eu-west-1:123456789012:domain/site" } }
  }

  expect_failures = [var.search]
}

run "search_url" {
  command = plan

  variables {
    search = { endpoint = { url = "http://search.example.com", domain_arn = "arn:aws:es:eu-west-1:123456789012:domain/site" } }
  }

  expect_failures = [var.search]
}

run "search_serverless" {
  command = plan

  variables {
    search = { endpoint = { url = "https://search.example.com", domain_arn = "arn:aws:aoss:eu-west-1:123456789012:collection/site" } }
  }

  expect_failures = [var.search]
}

run "domain_name_over_28" {
  command = plan

  variables {
    search = { domain = { name = "a-name-of-nine-and-twenty-cha" } }
  }

  expect_failures = [var.search]
}

run "domain_name_over_28_by_stage" {
  command = plan

  variables {
    stage         = "a-stage-of-20-letter"
    search        = { domain = { name = null } }
    bucket_prefix = "short"
    package       = "./tests/package_long_name"
  }

  expect_failures = [var.search]
}

run "domain_engine" {
  command = plan

  variables {
    search = { domain = { engine_version = "Elasticsearch_7.10" } }
  }

  expect_failures = [var.search]
}

run "domain_zones" {
  command = plan

  variables {
    search = { domain = { zones = 3, instance_count = 4 } }
  }

  expect_failures = [var.search]
}

run "domain_masters" {
  command = plan

  variables {
    search = { domain = { dedicated_masters = 2 } }
  }

  expect_failures = [var.search]
}

run "domain_subnets" {
  command = plan

  variables {
    search = { domain = { zones = 3 }, vpc = { vpc_id = "vpc-0a1b2c3d", subnet_ids = ["subnet-0a1b2c3d"] } }
  }

  expect_failures = [var.search]
}

run "bus_name_over_256" {
  command = plan

  variables {
    events = { bus = "a bus" }
  }

  expect_failures = [var.events]
}

run "bus_default" {
  command = plan

  variables {
    events = { bus = "default" }
  }

  expect_failures = [var.events]
}

run "entry_over_1_mib" {
  command = plan

  variables {
    events = { entry_bytes = 1048577 }
  }

  expect_failures = [var.events]
}

run "dead_letters_over_14_days" {
  command = plan

  variables {
    events = { dead_letter_days = 15 }
  }

  expect_failures = [var.events]
}

run "claims_too_short" {
  command = plan

  variables {
    events = { archive_days = 46, claims_days = 60 }
  }

  expect_failures = [var.events]
}

run "claims_of_an_archive_for_ever" {
  command = plan

  variables {
    events = { archive_days = 0, claims_days = 3650 }
  }

  expect_failures = [var.events]
}

run "archive_name_over_48" {
  command = plan

  variables {
    events = { archive_name = "a-name-of-nine-and-forty-characters-which-is-one-too" }
  }

  expect_failures = [var.events]
}

run "subscriber_name" {
  command = plan

  variables {
    events = { subscribers = { a-name-too-long = { target_arn = "arn:aws:sqs:eu-west-1:123456789012:q" } } }
  }

  expect_failures = [var.events]
}

run "subscriber_to_no_event" {
  command = plan

  variables {
    events = { subscribers = { a = { target_arn = "arn:aws:sqs:eu-west-1:123456789012:q", detail_types = ["OrderShiped"] } } }
  }

  expect_failures = [var.events]
}

run "subscriber_retries" {
  command = plan

  variables {
    events = { subscribers = { a = { target_arn = "arn:aws:sqs:eu-west-1:123456789012:q", retries = 186 } } }
  }

  expect_failures = [var.events]
}

run "account_id" {
  command = plan

  variables {
    events = { account_ids = ["1234"] }
  }

  expect_failures = [var.events]
}

run "events_without_source" {
  command = plan

  variables {
    package = "./tests/package_no_source"
    events  = {}
  }

  expect_failures = [aws_cloudwatch_event_bus.this]
}

run "audit_mode" {
  command = plan

  variables {
    audit = { mode = "strict" }
  }

  expect_failures = [var.audit]
}

run "audit_days" {
  command = plan

  variables {
    audit = { days = 36501 }
  }

  expect_failures = [var.audit]
}

run "audit_copy" {
  command = plan

  variables {
    audit = { copy = { bucket = "B", owner = "1", kms_key_arn = "k" } }
  }

  expect_failures = [var.audit]
}

run "audit_schedule" {
  command = plan

  variables {
    audit = { digest_schedule = "hourly" }
  }

  expect_failures = [var.audit]
}

run "alarm_age" {
  command = plan

  variables {
    alarms = { record_age_minutes = 721 }
  }

  expect_failures = [var.alarms]
}

run "alarm_digest" {
  command = plan

  variables {
    alarms = { digest_minutes = 5 }
  }

  expect_failures = [var.alarms]
}

run "exports" {
  command = plan

  variables {
    exports = ["bucket"]
  }

  expect_failures = [var.exports]
}

run "signing_keys" {
  command = plan

  variables {
    audit = { signing_keys = [] }
  }

  expect_failures = [var.audit]
}
