output "name" {
  description = "Name of the function."
  value       = module.function.name
}

output "arn" {
  description = "ARN of the function, made of its name."
  value       = module.function.arn
}

output "role_arn" {
  description = "ARN of the role."
  value       = module.function.role_arn
}

output "environment" {
  description = "Environment of the function."
  value       = module.function.environment
}

output "mapping" {
  description = "The event source mapping: what Lambda does with the stream."
  value       = aws_lambda_event_source_mapping.this
}
