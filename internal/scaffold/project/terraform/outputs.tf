output "target" {
  description = "Save it for the CLI: terraform output -json target > ../target.json"
  value       = module.outflow.target
}

output "tasks_queue" {
  description = "URL of the queue with the events that the subscriber reads."
  value       = aws_sqs_queue.tasks.url
}
