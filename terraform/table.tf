variable "table" {
  type = object({
    name                = optional(string)
    deletion_protection = optional(bool, true)
    recovery_days       = optional(number, 35)
    provisioned = optional(object({
      read_minimum        = optional(number, 5)
      read_maximum        = optional(number, 1000)
      write_minimum       = optional(number, 5)
      write_maximum       = optional(number, 1000)
      utilization_percent = optional(number, 70)
    }))
    existing = optional(object({
      name        = string
      stream_arn  = string
      kms_key_arn = optional(string)
    }))
  })
  default     = {}
  nullable    = false
  description = <<-EOT
    The table. It is made from the model (keys, indexes, time to live) unless `existing` names one and its stream,
    whose view type must be NEW_AND_OLD_IMAGES; docs/adopt.md says how to come to that. `name`: `<model>-<stage>` unless
    told. `recovery_days`: point in time recovery, 1 to 35. `provisioned`: capacity that scales between bounds, for
    the table and each index; on demand unless told. `existing.kms_key_arn`: the customer managed key of that table.
  EOT

  validation {
    condition     = var.table.existing == null || var.table.name == null
    error_message = "A table is made under `name`, or `existing` names one: give one of the two."
  }

  validation {
    condition     = var.table.name == null || can(regex("^[a-zA-Z0-9_.-]{3,255}$", var.table.name))
    error_message = "The name of a table has 3 to 255 letters, digits, underscores, dots and hyphens (DynamoDB's limit)."
  }

  validation {
    condition     = var.table.recovery_days >= 1 && var.table.recovery_days <= 35
    error_message = "Point in time recovery reaches back 1 to 35 days (DynamoDB's limit)."
  }

  validation {
    condition     = var.table.existing == null || can(regex(":table/${var.table.existing.name}/stream/", var.table.existing.stream_arn))
    error_message = "existing.stream_arn is the ARN of a stream of the table existing.name: arn:aws:dynamodb:<region>:<account>:table/<name>/stream/<label>."
  }

  validation {
    condition = var.table.provisioned == null || alltrue([
      for kind in ["read", "write"] : try(var.table.provisioned["${kind}_minimum"] >= 1 && var.table.provisioned["${kind}_minimum"] <= var.table.provisioned["${kind}_maximum"], false)
    ])
    error_message = "Provisioned capacity scales from a minimum of at least 1 unit to a maximum that is not below it."
  }

  validation {
    condition     = var.table.provisioned == null || try(var.table.provisioned.utilization_percent >= 20 && var.table.provisioned.utilization_percent <= 90, false)
    error_message = "DynamoDB's scaling aims at a utilization of 20 to 90 percent."
  }
}

locals {
  table_name = var.table.existing == null ? coalesce(var.table.name, local.name) : var.table.existing.name
  table_arn  = "arn:${local.partition}:dynamodb:${local.region}:${local.account}:table/${local.table_name}"
  stream_arn = var.table.existing == null ? aws_dynamodb_table.this[0].stream_arn : data.aws_dynamodb_table.existing[0].stream_arn
  table_key  = var.table.existing == null ? [local.kms_key_arn] : compact([var.table.existing.kms_key_arn])

  table_indexes    = try(local.model.table.indexes, {})
  table_attributes = { for a in concat(local.model.table.key, flatten(values(local.table_indexes))) : a.name => a.type... }

  # What scales, where capacity is provisioned: the table, each index, reads and writes.
  scaled = var.table.existing != null || var.table.provisioned == null ? {} : merge([
    for id, unit in merge(
      { table = { resource = "table/${local.table_name}", dimension = "table" } },
      { for index in keys(local.table_indexes) : index => { resource = "table/${local.table_name}/index/${index}", dimension = "index" } },
    ) : { for kind in ["Read", "Write"] : "${id}-${lower(kind)}" => merge(unit, { kind = kind }) }
  ]...)
}

resource "aws_dynamodb_table" "this" {
  count = var.table.existing == null ? 1 : 0

  name                        = local.table_name
  billing_mode                = var.table.provisioned == null ? "PAY_PER_REQUEST" : "PROVISIONED"
  read_capacity               = var.table.provisioned == null ? null : var.table.provisioned.read_minimum
  write_capacity              = var.table.provisioned == null ? null : var.table.provisioned.write_minimum
  hash_key                    = local.model.table.key[0].name
  range_key                   = try(local.model.table.key[1].name, null)
  stream_enabled              = true
  stream_view_type            = "NEW_AND_OLD_IMAGES" # audit needs both images; events and search compare them
  deletion_protection_enabled = var.table.deletion_protection
  tags                        = local.tags

  dynamic "attribute" {
    for_each = local.table_attributes
    content {
      name = attribute.key
      type = attribute.value[0]
    }
  }

  dynamic "global_secondary_index" {
    for_each = local.table_indexes
    content {
      name            = global_secondary_index.key
      hash_key        = global_secondary_index.value[0].name
      range_key       = try(global_secondary_index.value[1].name, null)
      projection_type = "ALL"
      read_capacity   = try(var.table.provisioned.read_minimum, null)
      write_capacity  = try(var.table.provisioned.write_minimum, null)
    }
  }

  dynamic "ttl" {
    for_each = compact([try(local.model.table.ttl, "")])
    content {
      enabled        = true
      attribute_name = ttl.value
    }
  }

  point_in_time_recovery {
    enabled                 = true
    recovery_period_in_days = var.table.recovery_days
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = local.kms_key_arn
  }

  lifecycle {
    # Autoscaling's to change. Those of an index cannot be told apart here: an apply sets them back to their minimum,
    # from where autoscaling raises them again.
    ignore_changes = [read_capacity, write_capacity]
  }
}

resource "aws_appautoscaling_target" "table" {
  for_each = local.scaled

  service_namespace  = "dynamodb"
  resource_id        = each.value.resource
  scalable_dimension = "dynamodb:${each.value.dimension}:${each.value.kind}CapacityUnits"
  min_capacity       = var.table.provisioned["${lower(each.value.kind)}_minimum"]
  max_capacity       = var.table.provisioned["${lower(each.value.kind)}_maximum"]
  tags               = local.tags

  depends_on = [aws_dynamodb_table.this]
}

resource "aws_appautoscaling_policy" "table" {
  for_each = local.scaled

  name               = "${local.name}-${each.key}"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.table[each.key].service_namespace
  resource_id        = aws_appautoscaling_target.table[each.key].resource_id
  scalable_dimension = aws_appautoscaling_target.table[each.key].scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value = var.table.provisioned.utilization_percent

    predefined_metric_specification {
      predefined_metric_type = "DynamoDB${each.value.kind}CapacityUtilization"
    }
  }
}

data "aws_dynamodb_table" "existing" {
  count = var.table.existing == null ? 0 : 1

  name = var.table.existing.name

  lifecycle {
    postcondition {
      condition     = self.stream_enabled && self.stream_view_type == "NEW_AND_OLD_IMAGES"
      error_message = "The stream of the table must be on with the view type NEW_AND_OLD_IMAGES; changing it makes a new stream with a new ARN. docs/adopt.md says how."
    }
    postcondition {
      condition     = self.stream_arn == var.table.existing.stream_arn
      error_message = "The table's current stream is not existing.stream_arn: it was made anew since. Give the ARN of the current one."
    }
    postcondition {
      condition     = self.hash_key == local.model.table.key[0].name && self.range_key == try(local.model.table.key[1].name, "")
      error_message = "The table's key is not the model's `table.key`: mend the model and build the package again."
    }
  }
}
