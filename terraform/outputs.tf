output "target" {
  description = "What `outflow --target FILE` reads: `terraform output -json target > target.json`."
  value = {
    stage          = var.stage
    region         = local.region
    table          = local.table_name
    streamArn      = local.stream_arn
    opensearch     = local.opensearch_url == null ? "" : local.opensearch_url
    indexPrefix    = local.index_prefix
    auditBucket    = var.audit == null ? "" : local.buckets.audit
    failuresBucket = local.buckets.failures
    bus            = local.bus_name == null ? "" : local.bus_name
  }
}

output "bus_arn" {
  description = "ARN of the event bus; null without the events outlet."
  value       = local.bus_arn
}

output "functions" {
  description = "Names of the functions; `operator` is what `outflow search backfill --function` takes."
  value = merge(
    { for name, consumer in module.consumer : name => consumer.name },
    { operator = module.operator.name },
    var.audit == null ? {} : { digester = module.digester[0].name },
  )
}

output "model" {
  description = "The deployed model: name and hash, whose first 16 digits documents, audit lines and logs carry."
  value       = { name = local.model.name, hash = local.model.hash }
}

output "kms_key_arn" {
  description = "Key of everything at rest."
  value       = local.kms_key_arn
}

output "signing_key_arns" {
  description = "Keys that sign digests, or signed: `aws kms get-public-key` gives what `outflow audit verify` needs."
  value       = local.signing_key_arns
}

output "audit_copy_role_arn" {
  description = "Role that the second account's bucket and key must let replicate; null without a copy."
  value       = local.copy == null ? null : "arn:${local.partition}:iam::${local.account}:role/${local.name}-copy"
}

output "security_group_id" {
  description = "Security group of the functions that call OpenSearch, which an existing domain must let in; null outside a VPC."
  value       = local.search_vpc == null ? null : aws_security_group.this["functions"].id
}

output "search_reader_policy" {
  description = "Policy (JSON) for who queries the readers' aliases; null without the search outlet."
  value       = var.search == null ? null : data.aws_iam_policy_document.search_reader[0].json
}

output "subscriber_policy" {
  description = "Policy (JSON) for who makes rules on the bus and reads claims; null without the events outlet."
  value       = var.events == null ? null : data.aws_iam_policy_document.subscriber[0].json
}

output "auditor_policy" {
  description = "Policy (JSON) for who reads, queries and verifies the audit log; null without the audit outlet."
  value       = var.audit == null ? null : data.aws_iam_policy_document.auditor[0].json
}
