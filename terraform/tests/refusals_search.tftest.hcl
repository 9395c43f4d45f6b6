# What search outlets are refused, a run for each; the messages are those of the validations.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  stage   = "test"
  package = "./tests/package"
  audit   = {}
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
