# A rule for each subscriber, with a queue of what could not be delivered: without one EventBridge drops it after a day.

resource "aws_cloudwatch_event_rule" "subscriber" {
  for_each = local.subscribers

  name           = "${local.name}-${each.key}"
  description    = "Events of ${local.name} for ${each.key}"
  event_bus_name = aws_cloudwatch_event_bus.this[0].name
  event_pattern = coalesce(each.value.pattern, jsonencode(merge(
    { source = [local.model.eventSource] },
    length(each.value.detail_types) == 0 ? {} : { detail-type = each.value.detail_types },
  )))
  tags = local.tags
}

resource "aws_cloudwatch_event_target" "subscriber" {
  for_each = local.subscribers

  rule           = aws_cloudwatch_event_rule.subscriber[each.key].name
  event_bus_name = aws_cloudwatch_event_bus.this[0].name
  target_id      = "subscriber"
  arn            = each.value.target_arn
  role_arn       = each.value.role_arn

  retry_policy {
    maximum_retry_attempts       = each.value.retries
    maximum_event_age_in_seconds = each.value.max_age_seconds
  }

  dead_letter_config {
    arn = aws_sqs_queue.dead_letters[each.key].arn
  }
}

resource "aws_lambda_permission" "subscriber" {
  for_each = { for name, s in local.subscribers : name => s if s.function }

  statement_id  = "${local.name}-${each.key}"
  action        = "lambda:InvokeFunction"
  function_name = each.value.target_arn
  principal     = "events.amazonaws.com"
  source_arn    = local.rule_arns[each.key]
}

resource "aws_sqs_queue" "dead_letters" {
  for_each = local.subscribers

  name                      = "${local.name}-${each.key}-dead-letters"
  message_retention_seconds = var.events.dead_letter_days * 86400
  kms_master_key_id         = local.kms_key_arn
  tags                      = local.tags
}

resource "aws_sqs_queue_policy" "dead_letters" {
  for_each = local.subscribers

  queue_url = aws_sqs_queue.dead_letters[each.key].id
  policy    = data.aws_iam_policy_document.dead_letters[each.key].json
}

data "aws_iam_policy_document" "dead_letters" {
  for_each = local.subscribers

  statement {
    sid       = "RulePutsDeadLetters"
    actions   = ["sqs:SendMessage"]
    resources = ["arn:${local.partition}:sqs:${local.region}:${local.account}:${local.name}-${each.key}-dead-letters"]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [local.rule_arns[each.key]]
    }
  }
}
