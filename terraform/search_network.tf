# Who may call the domain where it is in a VPC.

locals {
  security_groups = local.search_vpc == null ? {} : merge(
    { functions = "Functions of ${local.name} that call OpenSearch" },
    local.domain == null ? {} : { domain = "OpenSearch domain of ${local.name}" },
  )
}

resource "aws_security_group" "this" {
  #checkov:skip=CKV2_AWS_5:attached to functions in a module below this one, and to the domain in a dynamic block
  for_each = local.security_groups

  name        = "${local.name}-${each.key}"
  description = each.value
  vpc_id      = local.search_vpc.vpc_id
  tags        = local.tags
}

resource "aws_vpc_security_group_egress_rule" "functions" {
  count = local.search_vpc == null ? 0 : 1

  security_group_id = aws_security_group.this["functions"].id
  description       = "HTTPS to OpenSearch, S3, DynamoDB, EventBridge and KMS, whose addresses change"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
  tags              = local.tags
}

resource "aws_vpc_security_group_ingress_rule" "domain" {
  count = contains(keys(local.security_groups), "domain") ? 1 : 0

  security_group_id            = aws_security_group.this["domain"].id
  description                  = "The functions"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  referenced_security_group_id = aws_security_group.this["functions"].id
  tags                         = local.tags
}
