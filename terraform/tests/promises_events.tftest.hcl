# What the event bus keeps.

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

run "nobody_else_publishes" {
  command = plan

  assert {
    condition = anytrue([for s in data.aws_iam_policy_document.bus[0].statement : s.effect == "Deny" && s.actions == toset(["events:PutEvents"]) && anytrue([
      for c in s.condition : c.test == "ArnNotEquals" && toset(c.values) == toset([for f in ["consumer", "operator"] : "arn:aws:iam::123456789012:role/shop-test-${f}"])
    ])])
    error_message = "The bus takes events of the publishing functions only."
  }

  assert {
    condition     = one([for s in data.aws_iam_policy_document.publish[0].statement : s.condition if contains(s.actions, "events:PutEvents")]) == toset([{ test = "StringEquals", variable = "events:source", values = tolist(["com.example.shop"]) }])
    error_message = "The functions publish under the model's source only."
  }
}

run "subscribers" {
  command = plan

  variables {
    events = {
      organization_id = "o-a1b2c3d4e5"
      account_ids     = ["111122223333"]
      schemas         = "./tests/schemas"
      subscribers = {
        shipping = { target_arn = "arn:aws:sqs:eu-west-1:123456789012:shipping", detail_types = ["OrderPlaced"] }
        prices   = { target_arn = "arn:aws:lambda:eu-west-1:123456789012:function:prices", function = true }
      }
    }
  }

  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.subscriber["shipping"].event_pattern) == { source = ["com.example.shop"], detail-type = ["OrderPlaced"] }
    error_message = "A rule matches the events that it names."
  }

  assert {
    condition     = aws_sqs_queue.dead_letters["shipping"].message_retention_seconds == 1209600 && length(aws_cloudwatch_event_target.subscriber["shipping"].dead_letter_config) == 1
    error_message = "What cannot be delivered is kept for 14 days."
  }

  assert {
    condition     = toset(keys(aws_lambda_permission.subscriber)) == toset(["prices"])
    error_message = "A function may be invoked by its rule."
  }

  assert {
    condition     = length([for s in data.aws_iam_policy_document.bus[0].statement : s if s.effect != "Deny" && anytrue([for c in s.condition : c.variable == "events:creatorAccount"])]) == 2
    error_message = "Other accounts make rules of their own only."
  }

  assert {
    condition     = toset(keys(aws_schemas_schema.this)) == toset(["OrderDeleted", "OrderPlaced", "OrderRepriced", "OrderShipped", "UserRegistered"]) && aws_schemas_schema.this["OrderPlaced"].name == "com.example.shop@OrderPlaced"
    error_message = "The registry has a schema for each event of the model."
  }

  assert {
    condition     = module.claims[0].expire_days == 60 && aws_cloudwatch_event_archive.this[0].retention_days == 30
    error_message = "Claims outlive the archive."
  }
}
