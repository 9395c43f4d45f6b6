# What tables are refused, a run for each; the messages are those of the validations.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  stage   = "test"
  package = "./tests/package"
  audit   = {}
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
