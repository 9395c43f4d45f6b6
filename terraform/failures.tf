# What could not be processed: records that the consumers parked (parked/) and batches that Lambda gave up
# (aws/lambda/). Nothing here expires: what is open has nowhere else to be.

module "failures" {
  source = "./modules/bucket"

  name        = local.buckets.failures
  kms_key_arn = local.kms_key_arn
  tags        = local.tags
}
