# Every way in which the module is meant to be used can be planned, and has what it should and nothing else.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  stage   = "test"
  package = "./tests/package"
}

run "minimal" {
  command = plan

  module {
    source = "./examples/minimal"
  }

  assert {
    condition     = output.target.bus == "shop-test" && output.target.auditBucket == "shop-test-audit-123456789012"
    error_message = "The target names bus and audit bucket."
  }

  assert {
    condition     = output.target.opensearch == "" && output.target.indexPrefix == "shop-test-"
    error_message = "The target has no OpenSearch without the search outlet."
  }
}

run "complete" {
  command = plan

  module {
    source = "./examples/complete"
  }

  assert {
    condition     = output.target.table == "shop-test" && output.target.region == "eu-west-1" && output.target.failuresBucket == "shop-test-failures-123456789012"
    error_message = "The target names table, region and failures bucket."
  }
}

run "existing_table" {
  command = plan

  variables {
    table = { existing = { name = "orders", stream_arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-01-02T03:04:05.678" } }
    audit = {}
  }

  assert {
    condition     = length(aws_dynamodb_table.this) == 0 && output.target.table == "orders"
    error_message = "An existing table is used, not made."
  }

  assert {
    condition     = module.consumer["consumer"].mapping.event_source_arn == "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2026-01-02T03:04:05.678"
    error_message = "The mapping reads the existing table's stream."
  }
}

run "existing_domain" {
  command = plan

  variables {
    search = {
      endpoint = { url = "https://search.example.com", domain_arn = "arn:aws:es:eu-west-1:123456789012:domain/site" }
      vpc      = { vpc_id = "vpc-0a1b2c3d", subnet_ids = ["subnet-0a1b2c3d"] }
    }
  }

  assert {
    condition     = length(aws_opensearch_domain.this) == 0 && output.target.opensearch == "https://search.example.com"
    error_message = "An existing domain is used, not made."
  }

  assert {
    condition     = toset(keys(aws_security_group.this)) == toset(["functions"])
    error_message = "In a VPC the functions get a security group, an existing domain none."
  }

  assert {
    condition     = contains(flatten([for s in data.aws_iam_policy_document.search[0].statement : s.resources]), "arn:aws:es:eu-west-1:123456789012:domain/site/_bulk")
    error_message = "The functions may write to the existing domain."
  }
}

run "audit_only" {
  command = plan

  variables {
    audit = {}
  }

  assert {
    condition     = module.consumer["consumer"].environment.OUTFLOW_OUTLETS == "audit" && length(module.digester) == 1
    error_message = "Audit alone has a consumer with audit and the digester."
  }

  assert {
    condition     = length(aws_cloudwatch_event_bus.this) == 0 && length(aws_opensearch_domain.this) == 0 && output.bus_arn == null
    error_message = "Audit alone has neither bus nor domain."
  }
}

run "search_only" {
  command = plan

  variables {
    search = { domain = {} }
  }

  assert {
    condition     = module.consumer["consumer"].environment.OUTFLOW_OUTLETS == "search" && length(module.audit) == 0 && length(module.claims) == 0
    error_message = "Search alone has neither audit log nor claims."
  }

  assert {
    condition     = length(aws_cloudwatch_event_rule.purge) == 1
    error_message = "Tombstones are purged where there is search."
  }
}

run "events_only" {
  command = plan

  variables {
    events = {}
  }

  assert {
    condition     = module.consumer["consumer"].environment.OUTFLOW_BUS == "shop-test" && length(module.digester) == 0 && length(aws_cloudwatch_event_rule.purge) == 0
    error_message = "Events alone have neither digester nor purge."
  }
}

run "single_consumer" {
  command = plan

  variables {
    search    = { domain = {} }
    events    = {}
    audit     = {}
    consumers = { all = { outlets = ["search", "events", "audit"], window_seconds = 5, parallelization = 4, batch_size = 2500 } }
  }

  assert {
    condition     = toset(keys(module.consumer)) == toset(["all"]) && module.consumer["all"].name == "shop-test-all"
    error_message = "One consumer hosts all outlets."
  }

  assert {
    condition = (
      module.consumer["all"].mapping.maximum_batching_window_in_seconds == 5 &&
      module.consumer["all"].mapping.parallelization_factor == 4 && module.consumer["all"].mapping.batch_size == 2500
    )
    error_message = "A consumer's settings reach its mapping."
  }
}

run "global_table_with_one_consumer" {
  command = plan

  variables {
    audit        = {}
    global_table = true
  }

  assert {
    condition     = length(module.consumer) == 1
    error_message = "A global table can have one consumer."
  }
}

run "everything_at_its_limit" {
  command = plan

  variables {
    audit  = { days = 36500 }
    events = { entry_bytes = 1048576, archive_days = 45, claims_days = 61, archive_name = "a-name-of-eight-and-forty-characters-which-is-it" }
    search = { domain = { name = "a-name-of-28-characters-long" } }
    consumers = {
      a-consumer12 = {
        outlets                    = ["audit", "events", "search"]
        batch_size                 = 10000
        window_seconds             = 300
        parallelization            = 10
        maximum_record_age_seconds = 86399
        memory_mib                 = 10240
        timeout_seconds            = 900
      }
    }
    existing_readers = ["export"]
    bucket_prefix    = "a-prefix-of-one-and-forty-characters-long"
    alarms           = { record_age_minutes = 720, digest_minutes = 1440 }
  }

  assert {
    condition     = module.consumer["a-consumer12"].mapping.maximum_batching_window_in_seconds == 300 && length(local.buckets.failures) == 63
    error_message = "What the limits allow is not refused."
  }
}
