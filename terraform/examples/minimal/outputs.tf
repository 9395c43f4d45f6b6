output "target" {
  description = "Save it for the CLI: terraform output -json target > target.json"
  value       = module.outflow.target
}
