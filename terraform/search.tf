variable "search" {
  type = object({
    endpoint = optional(object({
      url        = string
      domain_arn = string
    }))
    domain = optional(object({
      name              = optional(string)
      engine_version    = optional(string, "OpenSearch_3.5")
      instance_type     = optional(string, "m7g.large.search")
      instance_count    = optional(number, 3)
      zones             = optional(number, 3)
      dedicated_masters = optional(number, 3)
      master_type       = optional(string, "m7g.large.search")
      volume_gib        = optional(number, 100)
    }))
    vpc = optional(object({
      vpc_id     = string
      subnet_ids = list(string)
    }))
    readers = optional(list(string), [])
  })
  default     = null
  description = <<-EOT
    The search outlet; null: off. `endpoint`: an OpenSearch domain that is there, by URL and ARN; `domain`: one that is
    made, with as many instances in as many zones; exactly one of the two. `vpc`: where the domain is, or is to be, and
    with it the functions that call it. They reach S3, DynamoDB and EventBridge from its subnets by NAT or endpoints,
    and the outputs name their security group, which an existing domain must let in. `readers`: ARNs of roles that a
    made domain lets search the readers' aliases.
  EOT

  validation {
    condition     = var.search == null || (try(var.search.endpoint, null) == null) != (try(var.search.domain, null) == null)
    error_message = "The search outlet has either an existing `endpoint` or a `domain` to make (`domain = {}` for one with defaults)."
  }

  validation {
    condition     = try(var.search.endpoint, null) == null || can(regex("^https://[^/]+$", var.search.endpoint.url))
    error_message = "search.endpoint.url is https:// and a host, without a path."
  }

  validation {
    condition     = try(var.search.endpoint, null) == null || can(regex("^arn:[a-z-]+:es:[a-z0-9-]+:[0-9]{12}:domain/", var.search.endpoint.domain_arn))
    error_message = "search.endpoint.domain_arn is the ARN of an OpenSearch domain; serverless collections cannot do what the outlet needs."
  }

  validation {
    condition = try(var.search.domain, null) == null || can(regex("^[a-z][a-z0-9-]{2,27}$",
    coalesce(try(var.search.domain.name, null), try("${jsondecode(file("${var.package}/model.json")).name}-${var.stage}", ""), "?")))
    error_message = "The name of an OpenSearch domain has 3 to 28 lower-case letters, digits and hyphens (the service's limit), and <model>-<stage> is longer: give search.domain.name."
  }

  validation {
    condition     = try(var.search.domain, null) == null || can(regex("^OpenSearch_(2\\.19|3\\.[0-9]+)$", var.search.domain.engine_version))
    error_message = "The engine is OpenSearch_2.19 or OpenSearch_3.x."
  }

  validation {
    condition     = try(var.search.domain, null) == null || try(contains([1, 2, 3], var.search.domain.zones) && var.search.domain.instance_count % var.search.domain.zones == 0, false)
    error_message = "A domain is in 1, 2 or 3 zones (the service's limit), and its instances are a multiple of them."
  }

  validation {
    condition     = try(var.search.domain, null) == null || try(contains([0, 3, 5], var.search.domain.dedicated_masters), false)
    error_message = "A domain has 3 or 5 dedicated master nodes (the service's limits), or 0 for none."
  }

  validation {
    condition     = try(var.search.vpc, null) == null || try(var.search.domain, null) == null || try(length(var.search.vpc.subnet_ids) == var.search.domain.zones, false)
    error_message = "A domain in a VPC needs one subnet for each of its zones."
  }
}

locals {
  index_prefix = "${local.name}-"
  endpoint     = var.search == null ? null : var.search.endpoint
  domain       = var.search == null ? null : var.search.domain
  domain_name  = local.domain == null ? null : coalesce(local.domain.name, local.name)
  domain_arn = local.domain == null ? (local.endpoint == null ? null : local.endpoint.domain_arn) : (
    "arn:${local.partition}:es:${local.region}:${local.account}:domain/${local.domain_name}"
  )
  opensearch_url = local.domain == null ? (local.endpoint == null ? null : local.endpoint.url) : "https://${aws_opensearch_domain.this[0].endpoint}"

  # The readers' aliases, which are filtered: an index of the model is searched by no other name.
  read_aliases = [for index in keys(local.model.indexes) : "${local.index_prefix}${index}"]
  domain_logs  = local.domain == null ? {} : { INDEX_SLOW_LOGS = "index-slow", SEARCH_SLOW_LOGS = "search-slow", ES_APPLICATION_LOGS = "application" }
  search_vpc   = var.search == null ? null : var.search.vpc
  function_vpc = local.search_vpc == null ? null : {
    subnet_ids         = local.search_vpc.subnet_ids
    security_group_ids = [aws_security_group.this["functions"].id]
  }
}

resource "aws_opensearch_domain" "this" {
  #checkov:skip=CKV_AWS_317:audit logs need fine-grained access control
  #checkov:skip=CKV2_AWS_52:access is by IAM alone, path by path; fine-grained access control keeps roles in the domain, where Terraform cannot see them
  #checkov:skip=CKV_AWS_318:three dedicated masters are the default, which the check does not see; a small domain may do without
  #checkov:skip=CKV2_AWS_59:the same
  count = local.domain == null ? 0 : 1

  domain_name     = local.domain_name
  engine_version  = local.domain.engine_version
  access_policies = length(var.search.readers) == 0 ? null : data.aws_iam_policy_document.domain[0].json
  tags            = local.tags

  cluster_config {
    instance_type            = local.domain.instance_type
    instance_count           = local.domain.instance_count
    zone_awareness_enabled   = local.domain.zones > 1
    dedicated_master_enabled = local.domain.dedicated_masters > 0
    dedicated_master_count   = local.domain.dedicated_masters > 0 ? local.domain.dedicated_masters : null
    dedicated_master_type    = local.domain.dedicated_masters > 0 ? local.domain.master_type : null

    dynamic "zone_awareness_config" {
      for_each = local.domain.zones > 1 ? [local.domain.zones] : []
      content {
        availability_zone_count = zone_awareness_config.value
      }
    }
  }

  ebs_options {
    ebs_enabled = true
    volume_type = "gp3"
    volume_size = local.domain.volume_gib
  }

  encrypt_at_rest {
    enabled    = true
    kms_key_id = local.kms_key_arn
  }

  node_to_node_encryption {
    enabled = true
  }

  domain_endpoint_options {
    enforce_https       = true
    tls_security_policy = "Policy-Min-TLS-1-2-PFS-2023-10"
  }

  auto_tune_options {
    desired_state = "DISABLED" # not to be had on all instance types
  }

  dynamic "vpc_options" {
    for_each = local.search_vpc[*]
    content {
      subnet_ids         = vpc_options.value.subnet_ids
      security_group_ids = [aws_security_group.this["domain"].id]
    }
  }

  dynamic "log_publishing_options" {
    for_each = local.domain_logs
    content {
      log_type                 = log_publishing_options.key
      cloudwatch_log_group_arn = aws_cloudwatch_log_group.domain[log_publishing_options.key].arn
    }
  }

  depends_on = [aws_cloudwatch_log_resource_policy.domain]
}

resource "aws_cloudwatch_log_group" "domain" {
  for_each = local.domain_logs

  name              = "/aws/opensearch/${local.name}-${each.value}"
  retention_in_days = var.logs.days
  kms_key_id        = local.kms_key_arn
  tags              = local.tags
}

resource "aws_cloudwatch_log_resource_policy" "domain" {
  count = local.domain == null ? 0 : 1

  policy_name     = "${local.name}-opensearch"
  policy_document = data.aws_iam_policy_document.domain_logs[0].json
}

data "aws_iam_policy_document" "domain_logs" {
  count = local.domain == null ? 0 : 1

  statement {
    sid       = "DomainWritesLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["arn:${local.partition}:logs:${local.region}:${local.account}:log-group:/aws/opensearch/${local.name}-*"]
    principals {
      type        = "Service"
      identifiers = ["es.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

# The functions' own roles say what they may; the domain's policy is for readers alone.
data "aws_iam_policy_document" "domain" {
  count = local.domain == null ? 0 : 1

  statement {
    sid       = "ReadersSearch"
    actions   = ["es:ESHttpGet", "es:ESHttpPost"]
    resources = [for alias in local.read_aliases : "${local.domain_arn}/${alias}/_search"]
    principals {
      type        = "AWS"
      identifiers = var.search.readers
    }
  }
}
