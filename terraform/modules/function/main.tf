# One function with what belongs to it alone: its log group and its role.

locals {
  arn     = "arn:${data.aws_partition.current.partition}:lambda:${local.place}:function:${var.name}"
  log_arn = "arn:${data.aws_partition.current.partition}:logs:${local.place}:log-group:/aws/lambda/${var.name}"
  place   = "${data.aws_region.current.region}:${data.aws_caller_identity.current.account_id}"
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.logs.days
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_115:reserved concurrency is a setting: a limit by default would hold back an account's other functions, and a stream its shards
  #checkov:skip=CKV_AWS_116:a dead letter queue takes asynchronous invocations; a stream's records go to the mapping's failures bucket, and schedules come again
  #checkov:skip=CKV_AWS_117:in a VPC only where the search endpoint is in one; everything else has no address in a VPC
  #checkov:skip=CKV_AWS_272:signing is the account's choice; the zips are reproducible, and their hash is part of the plan
  function_name                  = var.name
  description                    = var.description
  role                           = aws_iam_role.this.arn
  filename                       = var.zip
  source_code_hash               = filebase64sha256(var.zip)
  handler                        = "bootstrap"
  runtime                        = "provided.al2023"
  architectures                  = ["arm64"]
  memory_size                    = var.memory_mib
  timeout                        = var.timeout_seconds
  reserved_concurrent_executions = var.reserved_concurrency
  kms_key_arn                    = var.kms_key_arn
  tags                           = var.tags

  environment {
    variables = merge(var.environment, { OUTFLOW_LOG_LEVEL = var.logs.level })
  }

  logging_config {
    log_format = "Text" # as the functions write it: JSON lines of their own, metrics among them
    log_group  = aws_cloudwatch_log_group.this.name
  }

  tracing_config {
    mode = "PassThrough" # traces go by OpenTelemetry
  }

  dynamic "vpc_config" {
    for_each = var.vpc[*]
    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }

  depends_on = [aws_iam_role_policy.this]
}

resource "aws_iam_role" "this" {
  name                 = var.name
  description          = "What the function ${var.name} may do."
  assume_role_policy   = data.aws_iam_policy_document.assume.json
  permissions_boundary = var.permissions_boundary
  tags                 = var.tags
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "this" {
  name   = "outflow"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.this.json
}

data "aws_iam_policy_document" "this" {
  #checkov:skip=CKV_AWS_356:network interfaces have no ARN before they are made (Lambda Developer Guide, VPC permissions)
  source_policy_documents = var.policies

  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${local.log_arn}:*"]
  }

  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = distinct(concat([var.kms_key_arn], var.other_key_arns))
  }

  dynamic "statement" {
    for_each = var.vpc[*]
    content {
      sid = "NetworkInterfaces"
      actions = [
        "ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses",
      ]
      resources = ["*"] # they have no ARN before they are made, and describing has none at all
    }
  }
}
