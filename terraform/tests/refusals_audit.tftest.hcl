# What audit outlets and alarms are refused, a run for each; the messages are those of the validations.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  stage   = "test"
  package = "./tests/package"
  audit   = {}
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

run "signing_keys" {
  command = plan

  variables {
    audit = { signing_keys = [] }
  }

  expect_failures = [var.audit]
}
