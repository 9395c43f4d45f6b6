# Alarms on what stands behind the outlets.

locals {
  domain_dimensions = { DomainName = try(element(split("/", local.domain_arn), 1), ""), ClientId = try(split(":", local.domain_arn)[4], "") }

  search_alarms = { for name, alarm in {
    search-red = {
      namespace = "AWS/ES", metric = "ClusterStatus.red", dimensions = local.domain_dimensions
      statistic = "Maximum", threshold = 0, minutes = 1, periods = 5
      says      = "The OpenSearch domain is red: shards are missing, and what is written to them waits in the stream", runbook = "search-domain"
    }
    search-blocked = {
      namespace = "AWS/ES", metric = "ClusterIndexWritesBlocked", dimensions = local.domain_dimensions
      statistic = "Maximum", threshold = 0, minutes = 5, periods = 1
      says      = "The OpenSearch domain takes no writes, for want of space or memory. They wait in the stream: give it room", runbook = "search-domain"
    }
    search-space = {
      namespace = "AWS/ES", metric = "FreeStorageSpace", dimensions = local.domain_dimensions
      statistic = "Minimum", threshold = var.alarms.free_storage_mib, minutes = 5, periods = 3, below = true
      says      = "An OpenSearch node has less than ${var.alarms.free_storage_mib} MiB left. Give the domain room before it blocks writes", runbook = "search-domain"
    }
    search-memory = {
      namespace = "AWS/ES", metric = "JVMMemoryPressure", dimensions = local.domain_dimensions
      statistic = "Maximum", threshold = 92, minutes = 5, periods = 3
      says      = "The OpenSearch nodes' memory is above 92 percent for 15 minutes; at 95 they refuse requests. Take larger instances", runbook = "search-domain"
    }
  } : name => alarm if var.search != null }

  event_alarms = merge([for name, s in local.subscribers : {
    "${name}-undelivered" = {
      namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", dimensions = { QueueName = "${local.name}-${name}-dead-letters" }
      statistic = "Maximum", threshold = 0, minutes = 5, periods = 1
      says      = "Events for ${name} could not be delivered and wait in its dead letter queue for ${var.events.dead_letter_days} days. Mend the target, then send them again", runbook = "undelivered"
    }
    "${name}-failing" = {
      namespace = "AWS/Events", metric = "FailedInvocations", dimensions = { EventBusName = local.bus_name, RuleName = "${local.name}-${name}" }
      statistic = "Sum", threshold = 0, minutes = 5, periods = 3
      says      = "EventBridge fails for 15 minutes to deliver to ${name}. Look at the target and at who may call it", runbook = "undelivered"
    }
  }]...)
}
