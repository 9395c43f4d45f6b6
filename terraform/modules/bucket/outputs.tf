output "name" {
  description = "Name of the bucket, known once it and its policy are there."
  value       = aws_s3_bucket.this.bucket

  depends_on = [aws_s3_bucket_policy.this, aws_s3_bucket_object_lock_configuration.this]
}

output "arn" {
  description = "ARN of the bucket, made of its name."
  value       = local.arn
}

output "lock" {
  description = "The object lock of what states no retention of its own; null without one."
  value       = one(aws_s3_bucket_object_lock_configuration.this[*].rule[0].default_retention[0])
}

output "expire_days" {
  description = "Days after which objects are deleted; null for never."
  value       = var.expire_days
}
