# The shop in AWS: one consumer with all three outlets, and an OpenSearch domain as small as one can be.
#
#   bin/outflow build examples/shop/model.yaml -o examples/shop/terraform/package
#   cd examples/shop/terraform && terraform init && terraform apply

provider "aws" {
  region = var.region
}

module "outflow" {
  source = "../../../terraform"

  stage   = var.stage
  package = var.package
  table   = { deletion_protection = false } # it is an example: it must go again
  search = {
    domain = { instance_type = "t3.small.search", instance_count = 1, zones = 1, dedicated_masters = 0, volume_gib = 10 }
  }
  events = { subscribers = { orders = { target_arn = aws_sqs_queue.orders.arn, detail_types = ["OrderPlaced", "OrderShipped"] } } }
  audit  = {}
}

# Where a subscriber of the shop's orders would begin.
resource "aws_sqs_queue" "orders" {
  name                    = "shop-${var.stage}-orders"
  sqs_managed_sse_enabled = true
}

resource "aws_sqs_queue_policy" "orders" {
  queue_url = aws_sqs_queue.orders.id
  policy    = data.aws_iam_policy_document.orders.json
}

data "aws_iam_policy_document" "orders" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.orders.arn]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:*:events:*:*:rule/*/*-orders"]
    }
  }
}
