# What packages, names and other settings are refused, a run for each; the messages are those of the validations.

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

run "exports" {
  command = plan

  variables {
    exports = ["bucket"]
  }

  expect_failures = [var.exports]
}
