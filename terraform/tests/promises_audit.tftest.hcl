# What the audit log keeps.

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

run "the_log_is_written_once" {
  command = plan

  assert {
    condition     = module.audit[0].lock.mode == "GOVERNANCE" && module.audit[0].lock.days == 1
    error_message = "The audit bucket is locked, in governance mode and for a day unless told."
  }

  assert {
    condition     = module.consumer["consumer"].environment.OUTFLOW_AUDIT_RETENTION == "governance:1" && module.digester[0].environment.OUTFLOW_AUDIT_RETENTION == "governance:1"
    error_message = "Writers state the same retention."
  }

  assert {
    condition = anytrue([for s in data.aws_iam_policy_document.audit_bucket[0].statement :
    s.effect == "Deny" && contains(s.actions, "s3:DeleteObjectVersion") && contains(s.actions, "s3:BypassGovernanceRetention") && length(s.condition) == 0])
    error_message = "Nobody deletes, and nobody passes by the lock."
  }

  assert {
    condition = anytrue([for s in data.aws_iam_policy_document.audit_bucket[0].statement :
    s.effect == "Deny" && contains(s.actions, "s3:PutObject") && anytrue([for c in s.condition : c.variable == "s3:if-none-match" && c.test == "Null" && tolist(c.values) == tolist(["true"])])])
    error_message = "The bucket refuses a put without If-None-Match."
  }

  assert {
    condition = anytrue([for s in data.aws_iam_policy_document.audit_bucket[0].statement :
      s.effect == "Deny" && contains(s.actions, "s3:PutObject") && anytrue([for c in s.condition : c.variable == "aws:PrincipalArn" && toset(c.values) == toset([
        for f in ["consumer", "digester", "operator"] : "arn:aws:iam::123456789012:role/shop-test-${f}"
    ])])])
    error_message = "Only the functions write to the log."
  }

  assert {
    condition     = aws_kms_key.signing["1"].customer_master_key_spec == "ECC_NIST_P256" && aws_kms_key.signing["1"].key_usage == "SIGN_VERIFY"
    error_message = "Digests are signed by a P-256 key."
  }

  assert {
    condition     = aws_cloudwatch_event_rule.digester[0].schedule_expression == "rate(15 minutes)"
    error_message = "The log is sealed every 15 minutes."
  }
}

run "auditors_elsewhere_read_and_nothing_else" {
  command = plan

  variables {
    audit = { auditors = ["arn:aws:iam::444455556666:role/auditor"] }
  }

  assert {
    condition = flatten([for d in [data.aws_iam_policy_document.audit_bucket[0], data.aws_iam_policy_document.data_key, data.aws_iam_policy_document.signing_key[0]] : [
      for s in d.statement : sort(s.actions) if s.effect != "Deny" && anytrue([for p in s.principals : contains(p.identifiers, "arn:aws:iam::444455556666:role/auditor")])
      ]]) == [
      "s3:GetBucketVersioning", "s3:GetObject", "s3:GetObjectRetention", "s3:GetObjectVersion", "s3:ListBucket", "s3:ListBucketVersions", "kms:Decrypt", "kms:GetPublicKey",
    ]
    error_message = "An auditor in another account reads objects and versions, decrypts them, and gets the public key."
  }
}

run "keys_are_rotated" {
  command = apply # ARNs of keys are known then only

  variables {
    audit = { signing_keys = ["2027", "2026"] }
  }

  assert {
    condition     = module.digester[0].environment.OUTFLOW_SIGNING_KEY == "${aws_kms_key.signing["2027"].arn},${aws_kms_key.signing["2026"].arn}"
    error_message = "The new key comes first, and the one that signed before it stays."
  }
}

run "a_region_without_the_condition" {
  command = plan

  variables {
    audit = { write_once_condition = false, mode = "compliance", days = 365 }
  }

  assert {
    condition     = !anytrue(flatten([for s in data.aws_iam_policy_document.audit_bucket[0].statement : [for c in s.condition : c.variable == "s3:if-none-match"]]))
    error_message = "The write-once condition can be left out."
  }

  assert {
    condition     = module.audit[0].lock.mode == "COMPLIANCE" && module.digester[0].environment.OUTFLOW_AUDIT_RETENTION == "compliance:365"
    error_message = "Compliance mode is used where it is asked for."
  }
}

run "a_copy_in_another_account" {
  command = plan

  variables {
    audit = { copy = { bucket = "copies", owner = "444455556666", kms_key_arn = "arn:aws:kms:eu-west-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab" } }
  }

  assert {
    condition     = one(aws_s3_bucket_replication_configuration.audit[0].rule[0].destination).account == "444455556666" && aws_s3_bucket_replication_configuration.audit[0].rule[0].delete_marker_replication[0].status == "Disabled"
    error_message = "The copy takes objects and no deletions."
  }

  assert {
    condition     = output.audit_copy_role_arn == "arn:aws:iam::123456789012:role/shop-test-copy"
    error_message = "The other account learns whom to let in."
  }
}

run "the_log_can_be_queried" {
  command = plan

  assert {
    condition     = aws_glue_catalog_table.audit[0].parameters["storage.location.template"] == "s3://shop-test-audit-123456789012/audit/v1/shop-test/dt=$${dt}/hour=$${hour}/"
    error_message = "Partitions are projected from the keys of segments."
  }

  assert {
    condition     = aws_athena_workgroup.audit[0].configuration[0].enforce_workgroup_configuration
    error_message = "Results go where the workgroup says."
  }
}
