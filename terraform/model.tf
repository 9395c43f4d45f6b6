# The one place that reads the compiled model, and the names that follow from it.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  model = jsondecode(file("${var.package}/model.json"))
  name  = "${local.model.name}-${var.stage}"

  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.region

  # ARNs are made of names wherever a service lets them be, so that policies can be read in the plan.
  buckets     = { for use in ["audit", "claims", "failures", "athena"] : use => "${coalesce(var.bucket_prefix, local.name)}-${use}-${local.account}" }
  bucket_arns = { for use, bucket in local.buckets : use => "arn:${local.partition}:s3:::${bucket}" }
  role_arns = {
    for function in concat(keys(local.consumers), ["digester", "operator"]) :
    function => "arn:${local.partition}:iam::${local.account}:role/${local.name}-${function}"
  }

  tags = merge(var.tags, {
    "outflow:deployment" = local.name
    "outflow:model"      = substr(local.model.hash, 0, 16) # as documents, audit lines and logs name it
  })

  outlets = compact([
    var.search == null ? "" : "search", var.events == null ? "" : "events", var.audit == null ? "" : "audit",
  ])

  # An empty var.consumers is one that hosts every outlet; its other settings are those of an object without them.
  consumers = length(var.consumers) > 0 ? var.consumers : { consumer = merge(local.default_consumer, { outlets = local.outlets }) }
  default_consumer = {
    outlets                    = []
    batch_size                 = 1000
    window_seconds             = 1
    parallelization            = 1
    maximum_record_age_seconds = 43200
    filter                     = true
    memory_mib                 = 1024
    timeout_seconds            = 300
    reserved_concurrency       = -1
  }
}
