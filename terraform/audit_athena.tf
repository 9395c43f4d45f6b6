# A table over the log for Athena. Its partitions are projected from the keys, so that nobody has to add any.

locals {
  athena = var.audit == null ? false : var.audit.athena

  # keys and the images are text of DynamoDB's typed JSON: json_extract(new, '$.status.S').
  audit_columns = {
    v       = "int"
    id      = "string"
    stream  = "string"
    seq     = "string"
    at      = "string"
    op      = "string"
    cause   = "string"
    keys    = "string"
    old     = "string"
    new     = "string"
    oldhash = "string"
    newhash = "string"
    view    = "string"
  }
}

resource "aws_glue_catalog_database" "audit" {
  count = local.athena ? 1 : 0

  name        = replace(local.name, "-", "_")
  description = "Audit log of ${local.name}"
  tags        = local.tags
}

resource "aws_glue_catalog_table" "audit" {
  count = local.athena ? 1 : 0

  name          = "audit"
  database_name = aws_glue_catalog_database.audit[0].name
  description   = "One row a line; a record that was delivered twice has two: count distinct id"
  table_type    = "EXTERNAL_TABLE"

  parameters = {
    "EXTERNAL"                  = "TRUE"
    "projection.enabled"        = "true"
    "projection.dt.type"        = "date"
    "projection.dt.format"      = "yyyy-MM-dd"
    "projection.dt.range"       = "2020-01-01,NOW"
    "projection.hour.type"      = "integer"
    "projection.hour.range"     = "0,23"
    "projection.hour.digits"    = "2"
    "storage.location.template" = "s3://${local.buckets.audit}/${local.audit_prefix}/dt=$${dt}/hour=$${hour}/"
  }

  partition_keys {
    name = "dt"
    type = "string"
  }

  partition_keys {
    name = "hour"
    type = "string"
  }

  storage_descriptor {
    location      = "s3://${local.buckets.audit}/${local.audit_prefix}/"
    input_format  = "org.apache.hadoop.mapred.TextInputFormat"
    output_format = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
    compressed    = true

    ser_de_info {
      serialization_library = "org.openx.data.jsonserde.JsonSerDe"
      parameters            = { "case.insensitive" = "true" }
    }

    dynamic "columns" {
      for_each = local.audit_columns
      content {
        name = columns.key
        type = columns.value
      }
    }
  }
}

resource "aws_athena_workgroup" "audit" {
  count = local.athena ? 1 : 0

  name        = local.name
  description = "Queries of the audit log of ${local.name}"
  tags        = local.tags

  configuration {
    enforce_workgroup_configuration    = true
    publish_cloudwatch_metrics_enabled = true

    result_configuration {
      output_location = "s3://${local.buckets.athena}/"

      encryption_configuration {
        encryption_option = "SSE_KMS"
        kms_key_arn       = local.kms_key_arn
      }
    }
  }
}

module "athena" {
  source = "./modules/bucket"
  count  = local.athena ? 1 : 0

  name        = local.buckets.athena
  kms_key_arn = local.kms_key_arn
  expire_days = var.audit.athena_result_days
  tags        = local.tags
}
