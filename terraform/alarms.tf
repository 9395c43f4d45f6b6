variable "alarms" {
  type = object({
    actions            = optional(list(string), [])
    record_age_minutes = optional(number, 15)
    digest_minutes     = optional(number, 45)
    free_storage_mib   = optional(number, 10240)
  })
  default     = {}
  nullable    = false
  description = <<-EOT
    The alarms, which are always made. `actions`: ARNs of what an alarm tells, such as a topic. `record_age_minutes`:
    how far a consumer may be behind its stream, which is trimmed after 24 hours. `digest_minutes`: for how long no
    digest may be made. `free_storage_mib`: below how much an OpenSearch node is short of space.
  EOT

  validation {
    condition     = var.alarms.record_age_minutes >= 1 && var.alarms.record_age_minutes <= 720
    error_message = "alarms.record_age_minutes is 1 to 720: after 12 hours records leave for the failures bucket, and after 24 the stream is trimmed."
  }

  validation {
    condition     = var.alarms.digest_minutes >= 15 && var.alarms.digest_minutes <= 1440
    error_message = "alarms.digest_minutes is 15 to 1,440: an alarm looks back at most a day (CloudWatch's limit)."
  }
}

# Every alarm by name: what it watches, and what to do. `runbook` is a page of docs/runbooks.
locals {
  functions = concat([for name in keys(local.consumers) : name], ["operator"], var.audit == null ? [] : ["digester"])

  alarms = merge(local.function_alarms, local.consumer_alarms, local.outlet_alarms, local.search_alarms, local.event_alarms, local.audit_alarms, local.table_alarms)

  # Metrics of AWS have no Stage; Outflow's own have Stage and Function, those of an outlet Outlet besides
  # (pkg/consume/metrics.go).
  function_alarms = merge([for f in local.functions : {
    "${f}-errors" = {
      namespace = "AWS/Lambda", metric = "Errors", dimensions = { FunctionName = "${local.name}-${f}" }
      statistic = "Sum", threshold = 0, minutes = 5, periods = 3
      says      = "Invocations of ${local.name}-${f} fail for 15 minutes. Read its log for the error", runbook = "function-errors"
    }
    "${f}-throttles" = {
      namespace = "AWS/Lambda", metric = "Throttles", dimensions = { FunctionName = "${local.name}-${f}" }
      statistic = "Sum", threshold = 0, minutes = 5, periods = 3
      says      = "Lambda throttles ${local.name}-${f} for 15 minutes. Raise the account's or the function's concurrency", runbook = "function-throttles"
    }
  }]...)

  consumer_alarms = merge([for f in keys(local.consumers) : {
    "${f}-age" = {
      namespace = "AWS/Lambda", metric = "IteratorAge", dimensions = { FunctionName = "${local.name}-${f}" }
      statistic = "Maximum", threshold = var.alarms.record_age_minutes * 60000, minutes = 5, periods = 3
      says      = "${local.name}-${f} is more than ${var.alarms.record_age_minutes} minutes behind its stream, which keeps 24 hours. Find what holds it back", runbook = "record-age"
    }
    "${f}-given-up" = {
      namespace = "AWS/Lambda", metric = "OnFailureDestinationDeliveredEventCount", dimensions = { EventSourceMappingUUID = module.consumer[f].mapping.uuid }
      statistic = "Sum", threshold = 0, minutes = 5, periods = 1
      says      = "Lambda gave up batches of ${local.name}-${f} and put them into the failures bucket. Retry them with outflow parked", runbook = "given-up"
    }
    "${f}-dropped" = {
      namespace = "AWS/Lambda", metric = "DroppedEventCount", dimensions = { EventSourceMappingUUID = module.consumer[f].mapping.uuid }
      statistic = "Sum", threshold = 0, minutes = 5, periods = 1
      says      = "Lambda dropped records of ${local.name}-${f}. See that the failures bucket took them; what it did not is missing downstream", runbook = "given-up"
    }
    "${f}-destination" = {
      namespace = "AWS/Lambda", metric = "DestinationDeliveryFailures", dimensions = { FunctionName = "${local.name}-${f}" }
      statistic = "Sum", threshold = 0, minutes = 5, periods = 1
      says      = "Lambda could not put what it gave up into the failures bucket. See that bucket, key and role let it", runbook = "given-up"
    }
    "${f}-undecoded" = {
      namespace = "Outflow", metric = "DecodeFaults", dimensions = { Stage = var.stage, Function = "${local.name}-${f}" }
      statistic = "Sum", threshold = 0, minutes = 5, periods = 1
      says      = "Records did not decode in ${local.name}-${f}; audit keeps them raw, the others park them. Look at them with outflow parked", runbook = "parked"
    }
    "${f}-unmatched" = {
      namespace = "Outflow", metric = "Unmatched", dimensions = { Stage = var.stage, Function = "${local.name}-${f}" }
      statistic = "Sum", threshold = 0, minutes = 60, periods = 24
      says      = "For a day every hour had items that no entity of the model matches: they are audited and nothing else. Look for a typo in a key template", runbook = "unmatched"
    }
  }]...)

  outlet_alarms = merge([for f, c in local.consumers : merge([for outlet in c.outlets : {
    "${f}-${outlet}-parked" = {
      namespace = "Outflow", metric = "Parked", dimensions = { Stage = var.stage, Function = "${local.name}-${f}", Outlet = outlet }
      statistic = "Sum", threshold = 0, minutes = 5, periods = 1
      says      = "The ${outlet} outlet parked records. See why with outflow parked list, mend that, retry them", runbook = "parked"
    }
    "${f}-${outlet}-rejected" = {
      namespace = "Outflow", metric = "Rejected", dimensions = { Stage = var.stage, Function = "${local.name}-${f}", Outlet = outlet }
      statistic = "Sum", threshold = 0, minutes = 5, periods = 6
      says      = "What the ${outlet} outlet writes has been refused and tried again for half an hour. Look at the service behind it", runbook = "rejected"
    }
  }]...)]...)

  audit_alarms = { for name, alarm in {
    digest-missing = {
      namespace = "Outflow", metric = "Digests", dimensions = { Stage = var.stage, Function = "${local.name}-digester" }
      statistic = "Sum", threshold = 1, minutes = var.alarms.digest_minutes, periods = 1, below = true, missing = "breaching"
      says      = "No digest of the audit log was made for ${var.alarms.digest_minutes} minutes. Read the digester's log and run outflow audit verify", runbook = "digest-missing"
    }
    batches-unresolved = {
      namespace = "Outflow", metric = "UnresolvedBatches", dimensions = { Stage = var.stage, Function = "${local.name}-digester" }
      statistic = "Maximum", threshold = 0, minutes = 60, periods = 1
      says      = "Batches that Lambda gave up wait in the failures bucket: the log may lack their changes. Retry them with outflow parked", runbook = "given-up"
    }
    records-unresolved = {
      namespace = "Outflow", metric = "UnresolvedRecords", dimensions = { Stage = var.stage, Function = "${local.name}-digester" }
      statistic = "Minimum", threshold = 0, minutes = 60, periods = 24
      says      = "Parked records have waited for a day. See why with outflow parked list, mend that, retry them", runbook = "parked"
    }
    audit-faults = {
      namespace = "Outflow", metric = "SealFaults", dimensions = { Stage = var.stage, Function = "${local.name}-digester" }
      statistic = "Sum", threshold = 0, minutes = 15, periods = 1
      says      = "The digester met objects in the audit log that are not valid segments. Find out who wrote them before anything else", runbook = "audit-faults"
    }
  } : name => alarm if var.audit != null }

  table_alarms = {
    table-throttled = {
      namespace = "AWS/DynamoDB", metric = "WriteThrottleEvents", dimensions = { TableName = local.table_name }
      statistic = "Sum", threshold = 0, minutes = 5, periods = 3
      says      = "Writes to ${local.table_name} are throttled for 15 minutes. Look for a hot key, then at the capacity", runbook = "table-throttled"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${local.name}-${each.key}"
  alarm_description   = "${each.value.says} (docs/runbooks/${each.value.runbook}.md)."
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  comparison_operator = try(each.value.below, false) ? "LessThanThreshold" : "GreaterThanThreshold"
  threshold           = each.value.threshold
  period              = each.value.minutes * 60
  evaluation_periods  = each.value.periods
  treat_missing_data  = try(each.value.missing, "notBreaching")
  alarm_actions       = var.alarms.actions
  ok_actions          = var.alarms.actions
  tags                = local.tags
}
