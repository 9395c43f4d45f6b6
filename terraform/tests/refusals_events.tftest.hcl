# What events outlets are refused, a run for each; the messages are those of the validations.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  stage   = "test"
  package = "./tests/package"
  audit   = {}
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
