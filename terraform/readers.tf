# Policies for the three readers of what comes out. Nothing here attaches them: they are outputs.

data "aws_iam_policy_document" "search_reader" {
  count = var.search == null ? 0 : 1

  statement {
    sid     = "SearchAliases" # never by id: that would pass by the aliases' filters
    actions = ["es:ESHttpGet", "es:ESHttpPost"]
    resources = flatten([for alias in local.read_aliases : [
      "${local.domain_arn}/${alias}/_search", "${local.domain_arn}/${alias}/_count", "${local.domain_arn}/${alias}/_msearch",
    ]])
  }
}

data "aws_iam_policy_document" "subscriber" {
  count = var.events == null ? 0 : 1

  statement {
    sid = "MakeRules"
    actions = [
      "events:DeleteRule", "events:DescribeRule", "events:DisableRule", "events:EnableRule", "events:ListTargetsByRule",
      "events:PutRule", "events:PutTargets", "events:RemoveTargets",
    ]
    resources = ["arn:${local.partition}:events:${local.region}:${local.account}:rule/${local.bus_name}/*"]
    condition {
      test     = "StringEqualsIfExists"
      variable = "events:creatorAccount"
      values   = ["$${aws:PrincipalAccount}"]
    }
  }

  statement {
    sid       = "LookAtBus"
    actions   = ["events:DescribeEventBus"]
    resources = [local.bus_arn]
  }

  statement {
    sid       = "ReadClaims"
    actions   = ["s3:GetObject"]
    resources = ["${local.bucket_arns.claims}/claims/*"]
  }

  statement {
    sid       = "DecryptClaims"
    actions   = ["kms:Decrypt"]
    resources = [local.kms_key_arn]
    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:aws:s3:arn"
      values   = [local.bucket_arns.claims]
    }
  }
}

data "aws_iam_policy_document" "auditor" {
  count = var.audit == null ? 0 : 1

  statement {
    sid       = "ListLog"
    actions   = ["s3:GetBucketObjectLockConfiguration", "s3:GetBucketVersioning", "s3:ListBucket", "s3:ListBucketVersions"]
    resources = [local.bucket_arns.audit]
  }

  statement {
    sid       = "ReadLog"
    actions   = ["s3:GetObject", "s3:GetObjectRetention", "s3:GetObjectVersion"]
    resources = [local.audit_objects]
  }

  statement {
    sid       = "DecryptLog"
    actions   = ["kms:Decrypt"]
    resources = [local.kms_key_arn]
    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:aws:s3:arn"
      values   = [local.bucket_arns.audit]
    }
  }

  statement {
    sid       = "ReadPublicKey"
    actions   = ["kms:GetPublicKey"]
    resources = local.signing_key_arns
  }

  dynamic "statement" {
    for_each = local.athena ? [1] : []
    content {
      sid       = "Query"
      actions   = ["athena:GetQueryExecution", "athena:GetQueryResults", "athena:GetWorkGroup", "athena:StartQueryExecution", "athena:StopQueryExecution"]
      resources = ["arn:${local.partition}:athena:${local.region}:${local.account}:workgroup/${local.name}"]
    }
  }

  dynamic "statement" {
    for_each = local.athena ? [1] : []
    content {
      sid     = "FindTable"
      actions = ["glue:GetDatabase", "glue:GetPartitions", "glue:GetTable"]
      resources = [for part in ["catalog", "database/${replace(local.name, "-", "_")}", "table/${replace(local.name, "-", "_")}/audit"] :
      "arn:${local.partition}:glue:${local.region}:${local.account}:${part}"]
    }
  }

  dynamic "statement" {
    for_each = local.athena ? [1] : []
    content {
      sid       = "KeepResults"
      actions   = ["s3:GetBucketLocation", "s3:GetObject", "s3:PutObject"]
      resources = [local.bucket_arns.athena, "${local.bucket_arns.athena}/*"]
    }
  }

  dynamic "statement" {
    for_each = local.athena ? [1] : []
    content {
      sid       = "EncryptResults"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
      resources = [local.kms_key_arn]
      condition {
        test     = "StringEquals"
        variable = "kms:EncryptionContext:aws:s3:arn"
        values   = [local.bucket_arns.athena]
      }
    }
  }
}
