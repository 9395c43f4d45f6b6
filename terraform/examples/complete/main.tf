# Everything: two consumers, an OpenSearch domain in a VPC, subscribers, a copy of the audit log in a second account.

provider "aws" {
  region = var.region
}

module "outflow" {
  source = "../.."

  stage                = var.stage
  package              = var.package
  permissions_boundary = var.permissions_boundary
  tags                 = { owner = "shop-team" }

  table = {
    provisioned = { read_minimum = 10, write_minimum = 10, write_maximum = 2000 }
  }

  # Search has a reader of its own, so that a slow domain holds back neither events nor audit.
  consumers = {
    search = { outlets = ["search"], batch_size = 2000, parallelization = 2 }
    ledger = { outlets = ["events", "audit"], batch_size = 500, memory_mib = 1769 }
  }

  search = {
    domain  = { instance_type = "r7g.large.search", volume_gib = 200 }
    vpc     = var.vpc
    readers = [var.search_page_role_arn]
  }

  events = {
    archive_days    = 90
    claims_days     = 120
    organization_id = var.organization_id
    subscribers = {
      shipping = { target_arn = aws_sqs_queue.shipping.arn, detail_types = ["OrderPlaced"] }
      prices   = { target_arn = var.prices_function_arn, function = true, pattern = jsonencode({ detail = { changed = ["total"] } }) }
    }
  }

  audit = {
    days     = 30
    auditors = [var.auditor_role_arn]
    copy     = var.copy
  }

  alarms = { actions = [var.alarm_topic_arn] }
}

# A subscriber's own queue, and the rule that may put into it.
resource "aws_sqs_queue" "shipping" {
  name                    = "shop-${var.stage}-shipping"
  sqs_managed_sse_enabled = true
}

resource "aws_sqs_queue_policy" "shipping" {
  queue_url = aws_sqs_queue.shipping.id
  policy    = data.aws_iam_policy_document.shipping.json
}

data "aws_iam_policy_document" "shipping" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.shipping.arn]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:*:events:*:*:rule/*/*-shipping"]
    }
  }
}
