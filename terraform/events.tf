variable "events" {
  type = object({
    bus              = optional(string)
    entry_bytes      = optional(number, 262144)
    archive_days     = optional(number, 30)
    archive_name     = optional(string)
    claims_days      = optional(number, 60)
    schemas          = optional(string)
    organization_id  = optional(string)
    account_ids      = optional(list(string), [])
    other_publishers = optional(list(string), [])
    dead_letter_days = optional(number, 14)
    subscribers = optional(map(object({
      target_arn      = string
      detail_types    = optional(list(string), [])
      pattern         = optional(string)
      role_arn        = optional(string)
      function        = optional(bool, false)
      retries         = optional(number, 185)
      max_age_seconds = optional(number, 86400)
    })), {})
  })
  default     = null
  description = <<-EOT
    The events outlet; null: off. `bus`: its name, `<model>-<stage>` unless told. `entry_bytes`: the limit of one event
    and of one call; larger ones become claims. `archive_days`: for how long events can be replayed, 0 for ever, null
    for no archive. `claims_days`: for how long the bodies of large events stay, 0 for ever: longer than archive and
    dead letters can bring an event back. `schemas`: folder with one JSON Schema draft 4 for each event, <Event>.json,
    for the schema registry. `organization_id`, `account_ids`: who besides this account may make rules on the bus.
    `other_publishers`: ARNs of roles that may publish too, as those of people who retry what is parked.
    `subscribers`: rules by name, for these `detail_types` of the model (all of them unless told) or by a `pattern`
    of your own, each with its dead letter queue; `role_arn` where the target needs one, as another bus does;
    `function` where it is a Lambda function, which the rule then may invoke.
  EOT

  validation {
    condition     = can(regex("^[a-zA-Z0-9._-]{1,256}$", coalesce(try(var.events.bus, null), "x"))) && try(var.events.bus, null) != "default"
    error_message = "The name of a bus has 1 to 256 letters, digits, dots, hyphens and underscores (EventBridge's limit), and is not `default`: events get a bus of their own."
  }

  validation {
    condition     = var.events == null || try(var.events.entry_bytes >= 1024 && var.events.entry_bytes <= 1048576, false)
    error_message = "An event has at most 262,144 bytes, or 1,048,576 where the region has raised EventBridge's limit; entry_bytes is 1,024 to 1,048,576."
  }

  validation {
    condition     = var.events == null || try(var.events.dead_letter_days >= 1 && var.events.dead_letter_days <= 14, false)
    error_message = "SQS keeps messages for at most 14 days; dead_letter_days is 1 to 14."
  }

  validation {
    condition = var.events == null || try(var.events.claims_days == 0 || (
      var.events.archive_days != 0 && var.events.claims_days > coalesce(var.events.archive_days, 0) + var.events.dead_letter_days + 1
    ), false)
    error_message = "Claims must outlive whatever can still bring their event: claims_days is more than archive_days + dead_letter_days + 1 (the day that EventBridge retries), or 0 for ever, which an archive for ever needs."
  }

  validation {
    condition = var.events == null || can(regex("^[.a-zA-Z0-9_-]{1,48}$",
    coalesce(try(var.events.archive_name, null), try("${jsondecode(file("${var.package}/model.json")).name}-${var.stage}", ""), "?")))
    error_message = "The name of an archive has at most 48 letters, digits, dots, hyphens and underscores (EventBridge's limit), and <model>-<stage> is longer: give events.archive_name."
  }

  validation {
    condition     = alltrue([for name in keys(try(var.events.subscribers, {})) : can(regex("^[a-z][a-z0-9-]{0,11}$", name))])
    error_message = "A subscriber's name is 1 to 12 lower-case letters, digits and hyphens, a letter first: its rule is called <model>-<stage>-<name>, of at most 64 characters (EventBridge's limit)."
  }

  validation {
    condition = alltrue([for s in values(try(var.events.subscribers, {})) : length(setsubtract(s.detail_types, try(flatten([
      for e in values(jsondecode(file("${var.package}/model.json")).entities) : [for event in try(e.events, []) : event.name]
    ]), []))) == 0])
    error_message = "A subscriber's detail_types are events of the model: a rule for any other never matches."
  }

  validation {
    condition = alltrue([for s in values(try(var.events.subscribers, {})) :
    s.retries >= 0 && s.retries <= 185 && s.max_age_seconds >= 60 && s.max_age_seconds <= 86400])
    error_message = "EventBridge delivers again at most 185 times and for 60 to 86,400 seconds."
  }

  validation {
    condition     = alltrue([for id in try(var.events.account_ids, []) : can(regex("^[0-9]{12}$", id))])
    error_message = "account_ids are the 12 digits of AWS accounts."
  }
}

locals {
  bus_name    = var.events == null ? null : coalesce(var.events.bus, local.name)
  bus_arn     = var.events == null ? null : "arn:${local.partition}:events:${local.region}:${local.account}:event-bus/${local.bus_name}"
  event_names = sort(distinct(flatten([for e in values(local.model.entities) : [for event in try(e.events, []) : event.name]])))
  subscribers = var.events == null ? {} : var.events.subscribers
  rule_arns   = { for name in keys(local.subscribers) : name => "arn:${local.partition}:events:${local.region}:${local.account}:rule/${local.bus_name}/${local.name}-${name}" }
  publishers  = concat([for name, c in local.consumers : local.role_arns[name] if contains(c.outlets, "events")], [local.role_arns.operator], var.events == null ? [] : var.events.other_publishers)

  schemas = var.events == null ? null : var.events.schemas

  # Who besides this account may subscribe.
  outside = merge(
    length(var.events == null ? [] : var.events.account_ids) == 0 ? {} : { Accounts = {
      principals   = [for id in var.events.account_ids : "arn:${local.partition}:iam::${id}:root"]
      organization = null
    } },
    (var.events == null ? null : var.events.organization_id) == null ? {} : { Organization = {
      principals   = ["*"]
      organization = var.events.organization_id
    } },
  )
}

resource "aws_cloudwatch_event_bus" "this" {
  count = var.events == null ? 0 : 1

  name        = local.bus_name
  description = "Events of ${local.name}"
  tags        = local.tags

  lifecycle {
    precondition {
      condition     = try(local.model.eventSource, "") != ""
      error_message = "The model names no event_source, so it has no events: leave the events outlet out (events = null)."
    }
  }
}

resource "aws_cloudwatch_event_archive" "this" {
  count = (var.events == null ? null : var.events.archive_days) == null ? 0 : 1

  name             = coalesce(var.events.archive_name, local.name)
  description      = "Events of ${local.name}, to be replayed"
  event_source_arn = aws_cloudwatch_event_bus.this[0].arn
  event_pattern    = jsonencode({ source = [local.model.eventSource] })
  retention_days   = var.events.archive_days
}

resource "aws_schemas_registry" "this" {
  count = local.schemas == null ? 0 : 1

  name        = local.name
  description = "Events of ${local.name}"
  tags        = local.tags
}

resource "aws_schemas_schema" "this" {
  for_each = local.schemas == null ? toset([]) : toset(local.event_names)

  name          = "${local.model.eventSource}@${each.key}"
  registry_name = aws_schemas_registry.this[0].name
  type          = "JSONSchemaDraft4"
  description   = "${each.key} of ${local.name}"
  content       = file("${local.schemas}/${each.key}.json")
  tags          = local.tags
}

module "claims" {
  source = "./modules/bucket"
  count  = var.events == null ? 0 : 1

  name        = local.buckets.claims
  kms_key_arn = local.kms_key_arn
  expire_days = var.events.claims_days == 0 ? null : var.events.claims_days
  policies    = length(local.outside) == 0 ? [] : [data.aws_iam_policy_document.claims_readers.json]
  tags        = local.tags
}
