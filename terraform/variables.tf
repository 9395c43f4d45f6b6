variable "stage" {
  type        = string
  description = "Name of this deployment, such as `prod`: part of every name (`<model>-<stage>`), and OUTFLOW_STAGE of the functions."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,19}$", var.stage))
    error_message = "A stage is 1 to 20 lower-case letters, digits and hyphens, a letter first: the functions refuse any other."
  }
}

variable "package" {
  type        = string
  description = "Folder that `outflow build MODEL -o FOLDER` wrote: model.json, consumer.zip, digester.zip, operator.zip."

  validation {
    condition = alltrue([
      for name in ["model.json", "consumer.zip", "digester.zip", "operator.zip"] : fileexists("${var.package}/${name}")
    ])
    error_message = "The package lacks model.json, consumer.zip, digester.zip or operator.zip: make it with `outflow build MODEL -o FOLDER`."
  }

  validation {
    condition     = try(jsondecode(file("${var.package}/model.json")).outflow, 0) == 1
    error_message = "This module knows compiled models of format 1 (member `outflow` of model.json) and the package has another: use the module and the `outflow` of one release, and build the package again."
  }

  validation {
    condition     = can(regex("^[0-9a-f]{64}$", jsondecode(file("${var.package}/model.json")).hash))
    error_message = "The package's model.json has no hash of 64 hexadecimal digits, so that `outflow build` did not write it: build the package again."
  }
}

variable "consumers" {
  type = map(object({
    outlets                    = list(string)
    batch_size                 = optional(number, 1000)
    window_seconds             = optional(number, 1)
    parallelization            = optional(number, 1)
    maximum_record_age_seconds = optional(number, 43200)
    filter                     = optional(bool, true)
    memory_mib                 = optional(number, 1024)
    timeout_seconds            = optional(number, 300)
    reserved_concurrency       = optional(number, -1)
  }))
  default     = {}
  description = <<-EOT
    The functions that read the table's stream, by name; empty: one, named `consumer`, with every outlet that is on.
    `outlets`: of search, events, audit; audit runs before events where one consumer has both. `window_seconds`: how
    long a batch is gathered, 0 to 300. `parallelization`: batches of one shard at once, 1 to 10, in order for each
    item. `maximum_record_age_seconds`: records older than that go to the failures bucket; below the stream's 24
    hours. `filter`: where audit is not hosted, records of entities that no outlet here wants are left out by Lambda.
    `reserved_concurrency`: -1 for none.
  EOT
  nullable    = false

  validation {
    condition     = var.global_table || length(var.consumers) + length(var.existing_readers) <= 2
    error_message = "A DynamoDB stream serves at most 2 readers at once per shard, counting existing_readers: put the outlets into fewer consumers."
  }

  validation {
    condition     = !var.global_table || length(var.consumers) + length(var.existing_readers) <= 1
    error_message = "The stream of a global table serves only 1 reader besides its replication, counting existing_readers: put all outlets into one consumer."
  }

  validation {
    condition     = length(var.consumers) > 0 || length(var.existing_readers) < (var.global_table ? 1 : 2)
    error_message = "The existing_readers leave no room for a consumer: a DynamoDB stream serves at most 2 readers, that of a global table 1."
  }

  validation {
    condition     = alltrue([for name, c in var.consumers : can(regex("^[a-z][a-z0-9-]{0,11}$", name)) && !contains(["digester", "operator"], name)])
    error_message = "A consumer's name is 1 to 12 lower-case letters, digits and hyphens, a letter first, and neither digester nor operator: function and role are called <model>-<stage>-<consumer>, of at most 64 characters."
  }

  validation {
    condition = alltrue([for c in values(var.consumers) : length(c.outlets) > 0 && alltrue([
      for outlet in c.outlets : contains(["search", "events", "audit"], outlet)
    ])])
    error_message = "A consumer hosts at least one outlet of search, events and audit."
  }

  validation {
    condition = length(var.consumers) == 0 || sort(flatten([for c in values(var.consumers) : c.outlets])) == sort(compact([
      var.search == null ? "" : "search", var.events == null ? "" : "events", var.audit == null ? "" : "audit",
    ]))
    error_message = "Each outlet that is on (search, events, audit not null) is hosted by exactly one consumer, and no other outlet is."
  }

  validation {
    condition     = alltrue([for c in values(var.consumers) : c.batch_size >= 1 && c.batch_size <= 10000])
    error_message = "A batch has 1 to 10,000 records (Lambda's limit for DynamoDB streams)."
  }

  validation {
    condition     = alltrue([for c in values(var.consumers) : c.window_seconds >= 0 && c.window_seconds <= 300])
    error_message = "Lambda gathers a batch for at most 300 seconds (MaximumBatchingWindowInSeconds: 0 to 300)."
  }

  validation {
    condition     = alltrue([for c in values(var.consumers) : c.parallelization >= 1 && c.parallelization <= 10])
    error_message = "Lambda processes 1 to 10 batches of one shard at once (ParallelizationFactor)."
  }

  validation {
    condition     = alltrue([for c in values(var.consumers) : c.maximum_record_age_seconds >= 60 && c.maximum_record_age_seconds < 86400])
    error_message = "A record's age is at least 60 seconds (Lambda's limit) and below 86,400: DynamoDB trims its stream after 24 hours, and what is stuck until then is lost without reaching the failures bucket."
  }

  validation {
    condition     = alltrue([for c in values(var.consumers) : c.memory_mib >= 128 && c.memory_mib <= 10240])
    error_message = "A function has 128 to 10,240 MiB of memory (Lambda's limits)."
  }

  validation {
    condition     = alltrue([for c in values(var.consumers) : c.timeout_seconds >= 30 && c.timeout_seconds <= 900])
    error_message = "A consumer has 30 seconds at least, since it stops short of its deadline, and 900 at most (Lambda's limit)."
  }
}

variable "existing_readers" {
  type        = list(string)
  default     = []
  nullable    = false
  description = "Names of whatever else reads the table's stream already (functions, Kinesis adapters): they count to the stream's limit of readers."
}

variable "global_table" {
  type        = bool
  default     = false
  nullable    = false
  description = "Whether the table has replicas in other regions: its stream then serves one reader only. Use Outflow in one region, where index, bus and log are."
}

variable "bucket_prefix" {
  type        = string
  default     = null
  description = "What the names of the buckets begin with, `<prefix>-audit-<account>` and so on; `<model>-<stage>` unless told. The same stage in a second region needs one of its own."

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,40}$", coalesce(var.bucket_prefix, try("${jsondecode(file("${var.package}/model.json")).name}-${var.stage}", ""))))
    error_message = "The names of buckets begin with 2 to 41 lower-case letters, digits and hyphens: with `-failures-<account>` they have at most S3's 63 characters. Give a shorter bucket_prefix."
  }
}

variable "kms_key" {
  type        = object({ arn = string })
  default     = null
  description = "Key that encrypts table, buckets, queues, logs and environments; one is made unless told. Its policy must then allow what kms.tf grants."

  validation {
    condition     = var.kms_key == null || can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/", var.kms_key.arn))
    error_message = "kms_key.arn is the ARN of a key (arn:aws:kms:<region>:<account>:key/<id>); an alias is not followed in policies."
  }
}

variable "permissions_boundary" {
  type        = string
  default     = null
  description = "ARN of the policy that bounds every role that the module makes."

  validation {
    condition     = var.permissions_boundary == null || can(regex("^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/", var.permissions_boundary))
    error_message = "permissions_boundary is the ARN of an IAM policy."
  }
}

variable "logs" {
  type = object({
    level = optional(string, "info")
    days  = optional(number, 365)
  })
  default     = {}
  nullable    = false
  description = "The functions' logs, which hold no item data: level (debug, info, warn, error) and how many days CloudWatch keeps them."

  validation {
    condition     = contains(["debug", "info", "warn", "error"], var.logs.level)
    error_message = "The level of logs is debug, info, warn or error: the functions refuse any other."
  }

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.logs.days)
    error_message = "CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days."
  }
}

variable "tags" {
  type        = map(string)
  default     = {}
  nullable    = false
  description = "Tags of every resource that can have some."
}
