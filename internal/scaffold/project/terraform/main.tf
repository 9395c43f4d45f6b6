# PROJECT in AWS: the table, its events and its audit log, and the queue of a first subscriber.
#
#   outflow build model.yaml -o terraform/package
#   cd terraform && terraform init && terraform apply
#   terraform output -json target > ../target.json

provider "aws" {
  region = var.region
}

module "outflow" {
  # A copy of the module, of the release of outflow that made this project: they belong together. For another release:
  # delete the folder, then `outflow init --module-only terraform/outflow`.
  source = "./outflow"

  stage   = var.stage
  package = var.package
  events  = { subscribers = { tasks = { target_arn = aws_sqs_queue.tasks.arn, detail_types = ["TaskCreated", "TaskDone"] } } }
  audit   = {}

  # An OpenSearch domain costs more than all else together, so that search is off until it is wanted:
  # search = { domain = { instance_type = "t3.small.search", instance_count = 1, zones = 1, dedicated_masters = 0, volume_gib = 10 } }
}

resource "aws_sqs_queue" "tasks" {
  name                    = "PROJECT-${var.stage}-tasks"
  sqs_managed_sse_enabled = true
}

resource "aws_sqs_queue_policy" "tasks" {
  queue_url = aws_sqs_queue.tasks.id
  policy    = data.aws_iam_policy_document.tasks.json
}

data "aws_iam_policy_document" "tasks" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.tasks.arn]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["arn:*:events:*:*:rule/*/*-tasks"]
    }
  }
}
