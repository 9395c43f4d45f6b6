# Who publishes, who subscribes.

resource "aws_cloudwatch_event_bus_policy" "this" {
  count = var.events == null ? 0 : 1

  event_bus_name = aws_cloudwatch_event_bus.this[0].name
  policy         = data.aws_iam_policy_document.bus[0].json
}

data "aws_iam_policy_document" "bus" {
  count = var.events == null ? 0 : 1

  # Nothing is announced that is not recorded: nobody else speaks on this bus.
  statement {
    sid       = "OnlyPublishersPublish"
    effect    = "Deny"
    actions   = ["events:PutEvents"]
    resources = [local.bus_arn]
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
    condition {
      test     = "ArnNotEquals"
      variable = "aws:PrincipalArn"
      values   = local.publishers
    }
    condition {
      test     = "Bool"
      variable = "aws:PrincipalIsAWSService" # EventBridge itself replays
      values   = ["false"]
    }
  }

  dynamic "statement" {
    for_each = local.outside
    content {
      sid = "Subscribe${statement.key}"
      actions = [
        "events:DeleteRule", "events:DescribeRule", "events:DisableRule", "events:EnableRule", "events:ListTagsForResource",
        "events:ListTargetsByRule", "events:PutRule", "events:PutTargets", "events:RemoveTargets", "events:TagResource", "events:UntagResource",
      ]
      resources = ["arn:${local.partition}:events:${local.region}:${local.account}:rule/${local.bus_name}/*"]
      principals {
        type        = "AWS"
        identifiers = statement.value.principals
      }
      condition {
        test     = "StringEqualsIfExists"
        variable = "events:creatorAccount"
        values   = ["$${aws:PrincipalAccount}"] # each its own rules only
      }
      dynamic "condition" {
        for_each = statement.value.organization[*]
        content {
          test     = "StringEquals"
          variable = "aws:PrincipalOrgID"
          values   = [condition.value]
        }
      }
    }
  }
}

data "aws_iam_policy_document" "claims_readers" {
  dynamic "statement" {
    for_each = local.outside
    content {
      sid       = "Read${statement.key}"
      actions   = ["s3:GetObject"]
      resources = ["${local.bucket_arns.claims}/claims/*"]
      principals {
        type        = "AWS"
        identifiers = statement.value.principals
      }
      dynamic "condition" {
        for_each = statement.value.organization[*]
        content {
          test     = "StringEquals"
          variable = "aws:PrincipalOrgID"
          values   = [condition.value]
        }
      }
    }
  }
}

# What a function calls for the events outlet.
data "aws_iam_policy_document" "publish" {
  count = var.events == null ? 0 : 1

  statement {
    sid       = "Publish"
    actions   = ["events:PutEvents"]
    resources = [local.bus_arn]
    condition {
      test     = "StringEquals"
      variable = "events:source"
      values   = [try(local.model.eventSource, "")]
    }
  }

  statement {
    sid       = "WriteClaims"
    actions   = ["s3:PutObject"]
    resources = ["${local.bucket_arns.claims}/claims/*"]
  }
}
