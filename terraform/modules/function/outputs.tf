output "name" {
  description = "Name of the function."
  value       = aws_lambda_function.this.function_name
}

output "arn" {
  description = "ARN of the function, made of its name."
  value       = local.arn
}

output "role_arn" {
  description = "ARN of the role."
  value       = aws_iam_role.this.arn
}

output "environment" {
  description = "Environment of the function."
  value       = aws_lambda_function.this.environment[0].variables
}
