# Events and an audit log of a table of its own. No search: an OpenSearch domain costs more than all else together.

provider "aws" {
  region = var.region
}

module "outflow" {
  source = "../.."

  stage   = var.stage
  package = var.package
  events  = {}
  audit   = {}
}
