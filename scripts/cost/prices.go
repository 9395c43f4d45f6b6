package main

// Prices in US dollars, us-east-1, without free tiers, each with the page where it stands. Those of Lambda and EventBridge
// were seen in 2026-11 on pages of 2026 that quote it; those marked (m) are from memory. Check before relying on them.
const (
	lambdaRequest  = 0.20 / million // aws.amazon.com/lambda/pricing
	lambdaGBSecond = 0.0000133334   // the same; Arm, first 7.5 billion GB-seconds

	busEvent     = 1.00 / million // aws.amazon.com/eventbridge/pricing: custom events, up to 64 KB each
	pipesRequest = 0.40 / million // the same: after the filter, up to 64 KB each
	archiveGB    = 0.10           // the same: processed for the archive

	s3Put     = 0.005 / 1000  // aws.amazon.com/s3/pricing (m)
	s3Get     = 0.0004 / 1000 // the same (m)
	s3GBMonth = 0.023         // the same (m)

	kmsKeyMonth = 1.00          // aws.amazon.com/kms/pricing (m)
	kmsSign     = 0.15 / 10_000 // the same: asymmetric but RSA 2048 (m)

	logsGB      = 0.50 // aws.amazon.com/cloudwatch/pricing: ingested (m)
	metricMonth = 0.30 // the same: first 10,000 metrics (m)
	alarmMonth  = 0.10 // the same: standard resolution (m)

	ingestionOCUHour = 0.24           // aws.amazon.com/opensearch-service/pricing: OpenSearch Ingestion (m)
	streamRead       = 0.02 / 100_000 // aws.amazon.com/dynamodb/pricing: GetRecords by others than Lambda, up to 1 MB (m)
	firehoseGB       = 0.029          // aws.amazon.com/firehose/pricing: first 500 TB, records rounded up to 5 KB (m)
)
