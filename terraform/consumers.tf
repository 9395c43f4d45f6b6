# The readers of the stream, and what each needs for the outlets that it hosts.

module "consumer" {
  source   = "./modules/consumer"
  for_each = local.consumers

  name                = "${local.name}-${each.key}"
  description         = "Outlets ${join(", ", each.value.outlets)} of ${local.name}"
  zip                 = "${var.package}/consumer.zip"
  outlets             = each.value.outlets
  settings            = each.value
  stream_arn          = local.stream_arn
  failures_bucket_arn = local.bucket_arns.failures
  filters             = each.value.filter && !contains(each.value.outlets, "audit") ? local.filters[each.key] : []
  environment = merge(local.environment, { OUTFLOW_OUTLETS = join(",", each.value.outlets) },
  [for outlet in each.value.outlets : local.outlet_environment[outlet]]...)
  policies = [for outlet in each.value.outlets : local.outlet_policies[outlet]]
  vpc      = contains(each.value.outlets, "search") ? local.function_vpc : null

  kms_key_arn          = local.kms_key_arn
  other_key_arns       = local.table_key
  logs                 = var.logs
  permissions_boundary = var.permissions_boundary
  tags                 = local.tags

  depends_on = [module.failures, module.audit, module.claims, aws_cloudwatch_event_bus_policy.this]
}

locals {
  environment = {
    OUTFLOW_STAGE           = var.stage
    OUTFLOW_MODEL_HASH      = local.model.hash # a function whose zip holds another model does not start
    OUTFLOW_FAILURES_BUCKET = local.buckets.failures
  }
  outlet_environment = {
    search = { OUTFLOW_OPENSEARCH_URL = local.opensearch_url }
    events = {
      OUTFLOW_BUS           = local.bus_name
      OUTFLOW_ENTRY_BYTES   = var.events == null ? null : tostring(var.events.entry_bytes)
      OUTFLOW_CLAIMS_BUCKET = local.buckets.claims
    }
    audit = {
      OUTFLOW_AUDIT_BUCKET    = local.buckets.audit
      OUTFLOW_AUDIT_RETENTION = local.audit_retention
    }
  }
  outlet_policies = {
    search = one(data.aws_iam_policy_document.search[*].json)
    events = one(data.aws_iam_policy_document.publish[*].json)
    audit  = one(data.aws_iam_policy_document.audit[*].json)
  }

  # Which entities an outlet looks at.
  wanted = {
    search = distinct(flatten([for i in values(local.model.indexes) : concat([i.root.entity], [for p in try(i.parts, []) : p.entity])]))
    events = [for name, e in local.model.entities : name if length(try(e.events, [])) > 0]
    audit  = keys(local.model.entities)
  }
  wanted_by = { for name, c in local.consumers : name => distinct(flatten([for outlet in c.outlets : local.wanted[outlet]])) }

  # Literal beginnings of the partition keys of those, and values of those that an attribute tells. An entity whose
  # key begins with a placeholder cannot be told by a filter, and then there is none.
  partition_key = local.model.table.key[0].name
  prefixes = { for name, entities in local.wanted_by : name => distinct([
    for e in entities : replace(try(local.model.entities[e].key[local.partition_key], ""), "/[{}].*$/", "") if try(local.model.entities[e].value, "") == ""
  ]) }
  told = { for name, entities in local.wanted_by : name => compact([for e in entities : try(local.model.entities[e].value, "")]) }

  filters = { for name, prefixes in local.prefixes : name => contains(prefixes, "") ? [] : [for pattern in concat(
    length(prefixes) == 0 ? [] : [{ dynamodb = { Keys = { (local.partition_key) = { S = [for p in prefixes : { prefix = p }] } } } }],
    length(local.told[name]) == 0 ? [] : [
      for image in ["NewImage", "OldImage"] : { dynamodb = { (image) = { (local.model.table.entityAttribute) = { S = local.told[name] } } } }
    ],
  ) : jsonencode(pattern)] }
}
