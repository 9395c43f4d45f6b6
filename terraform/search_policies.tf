# What the functions call for the search outlet, path by path.

data "aws_iam_policy_document" "search" {
  count = var.search == null ? 0 : 1

  statement {
    sid     = "WriteDocuments"
    actions = ["es:ESHttpPost"]
    resources = [
      "${local.domain_arn}/_bulk",
      "${local.domain_arn}/_mget",
      "${local.domain_arn}/_aliases",
    ]
  }

  statement {
    sid     = "MakeIndexes"
    actions = ["es:ESHttpPut"]
    resources = [
      "${local.domain_arn}/_scripts/outflow-*", # named by its own hash
      "${local.domain_arn}/${local.index_prefix}*",
    ]
  }

  statement {
    sid       = "LookAtIndexes"
    actions   = ["es:ESHttpGet"]
    resources = ["${local.domain_arn}/${local.index_prefix}*"]
  }

  statement {
    sid       = "ReadItems"
    actions   = ["dynamodb:GetItem"]
    resources = [local.table_arn]
  }
}

# The operator's, besides: it finds tombstones to purge.
data "aws_iam_policy_document" "purge" {
  count = var.search == null ? 0 : 1

  statement {
    sid       = "FindTombstones"
    actions   = ["es:ESHttpPost"]
    resources = ["${local.domain_arn}/${local.index_prefix}*/_search"]
  }
}
