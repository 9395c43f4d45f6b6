# One page: is it up to date, what does it do, what waits.

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = local.name
  dashboard_body = jsonencode({ widgets = [
    for i, w in local.widgets : {
      type       = "metric"
      x          = i % 2 * 12
      y          = floor(i / 2) * 6
      width      = 12
      height     = 6
      properties = merge({ view = "timeSeries", stacked = false, region = local.region, period = 60 }, w)
    }
  ] })
}

locals {
  own = { for f in local.functions : f => ["Stage", var.stage, "Function", "${local.name}-${f}"] }
  hosted = flatten([for f, c in local.consumers : [for outlet in c.outlets : {
    function = f, outlet = outlet, dimensions = concat(local.own[f], ["Outlet", outlet])
  }]])

  widgets = concat([
    { title = "Behind the stream (ms)", stat = "Maximum", metrics = [for f in keys(local.consumers) : ["AWS/Lambda", "IteratorAge", "FunctionName", "${local.name}-${f}"]] },
    { title = "Change to outlet (ms, p99)", stat = "p99", metrics = [for f in keys(local.consumers) : concat(["Outflow", "RecordAge"], local.own[f])] },
    { title = "Records", stat = "Sum", metrics = concat([for f in keys(local.consumers) : [for m in ["Records", "Pending", "Unmatched", "DecodeFaults"] : concat(["Outflow", m], local.own[f])]]...) },
    { title = "Written", stat = "Sum", metrics = [for h in local.hosted : concat(["Outflow", "Written"], h.dimensions)] },
    { title = "Refused and tried again", stat = "Sum", metrics = [for h in local.hosted : concat(["Outflow", "Rejected"], h.dimensions)] },
    { title = "Parked", stat = "Sum", metrics = [for h in local.hosted : concat(["Outflow", "Parked"], h.dimensions)] },
    { title = "Errors and throttles", stat = "Sum", metrics = concat([for f in local.functions : [for m in ["Errors", "Throttles"] : ["AWS/Lambda", m, "FunctionName", "${local.name}-${f}"]]]...) },
    { title = "Batch (ms)", stat = "p99", metrics = [for f in keys(local.consumers) : concat(["Outflow", "BatchDuration"], local.own[f])] },
    ],
    var.search == null ? [] : [
      { title = "OpenSearch: CPU and memory (%)", stat = "Maximum", metrics = [for m in ["CPUUtilization", "JVMMemoryPressure"] : ["AWS/ES", m, "DomainName", local.domain_dimensions.DomainName, "ClientId", local.domain_dimensions.ClientId]] },
    ],
    length(local.subscribers) == 0 ? [] : [
      { title = "Dead letters", stat = "Maximum", metrics = [for name in keys(local.subscribers) : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "${local.name}-${name}-dead-letters"]] },
    ],
  )
}
