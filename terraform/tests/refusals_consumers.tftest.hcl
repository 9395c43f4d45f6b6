# What consumers are refused, a run for each; the messages are those of the validations.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  stage   = "test"
  package = "./tests/package"
  audit   = {}
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
