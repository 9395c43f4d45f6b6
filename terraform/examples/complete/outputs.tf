output "target" {
  description = "Save it for the CLI: terraform output -json target > target.json"
  value       = module.outflow.target
}

output "search_reader_policy" {
  description = "For the roles that query the search aliases."
  value       = module.outflow.search_reader_policy
}

output "auditor_policy" {
  description = "For the roles that read and verify the log."
  value       = module.outflow.auditor_policy
}
