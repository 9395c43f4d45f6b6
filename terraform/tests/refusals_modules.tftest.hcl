# What the inner modules refuse, should the root module ever let it through.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  description         = "Test"
  zip                 = "./tests/package/consumer.zip"
  environment         = {}
  policies            = []
  memory_mib          = 1024
  timeout_seconds     = 300
  kms_key_arn         = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
  logs                = { level = "info", days = 365 }
  stream_arn          = "arn:aws:dynamodb:eu-west-1:123456789012:table/shop/stream/2026-01-02T03:04:05.678"
  failures_bucket_arn = "arn:aws:s3:::failures"
  settings = {
    batch_size                 = 1000
    window_seconds             = 1
    parallelization            = 1
    maximum_record_age_seconds = 43200
    memory_mib                 = 1024
    timeout_seconds            = 300
    reserved_concurrency       = -1
  }
}

run "function_name_over_64" {
  command = plan

  module {
    source = "./modules/function"
  }

  variables {
    name = "a-name-of-five-and-sixty-characters-which-is-one-more-than-can-be"
  }

  expect_failures = [var.name]
}

run "bucket_name_over_63" {
  command = plan

  module {
    source = "./modules/bucket"
  }

  variables {
    name = "a-name-of-four-and-sixty-characters-which-is-one-more-than-can-b"
  }

  expect_failures = [var.name]
}

run "filters_with_audit" {
  command = plan

  module {
    source = "./modules/consumer"
  }

  variables {
    name    = "shop-test-consumer"
    outlets = ["audit"]
    filters = ["{}"]
  }

  expect_failures = [aws_lambda_event_source_mapping.this]
}

run "more_than_5_filters" {
  command = plan

  module {
    source = "./modules/consumer"
  }

  variables {
    name    = "shop-test-consumer"
    outlets = ["search"]
    filters = ["{}", "{}", "{}", "{}", "{}", "{}"]
  }

  expect_failures = [aws_lambda_event_source_mapping.this]
}
