package main

import "math"

const (
	million      = 1_000_000
	secondsMonth = 730 * 3600
	kilobyte     = 1e-6 // in gigabytes, as prices count them
)

// scales are the changes a month that the page compares.
var scales = []float64{1 * million, 100 * million, 1000 * million}

// What a change is like.
const (
	imageKB        = 1.0 // of an item, before and after a change
	eventsChange   = 0.5 // events for each change: half of the changes announce something
	eventKB        = 0.7
	lineKB         = 2*imageKB + 0.5 // an audit line holds both images
	lineCompressed = 0.2             // of it is left by gzip
)

// How Outflow runs: by the defaults of terraform/. Times are assumed, not measured in AWS.
const (
	shards         = 4 // of a table on demand, which begins with 4 partitions
	shardPerSecond = 1000
	window         = 1.0  // seconds that Lambda gathers a batch
	batch          = 1000 // records at most
	memoryGB       = 1.0
	invocation     = 0.060  // seconds, for a batch of none: a bulk, a put and a PutEvents side by side
	record         = 0.0005 // seconds for each record of it
	logKB          = 2.5    // lines of metrics for each invocation
	metrics        = 40     // of one consumer with three outlets
	alarms         = 25
	digests        = 30.4 * 96 // a month, every 15 minutes
	digestObjects  = 3         // digest, signature, key index
	digesterGBs    = 2.0       // GB-seconds for each digest
	sealSegment    = 0.01      // GB-seconds to read back and hash a segment
)

// How the managed services run.
const (
	ocus         = 1.0 // the least; each more for about 1 MB a second
	ocuMBSecond  = 1.0
	firehoseKB   = 5.0        // to which each record is rounded up
	firehoseFile = 300.0      // seconds that it gathers
	pollsSecond  = shards / 1 // GetRecords of OpenSearch Ingestion
)

// load is a month.
type load struct {
	changes, perSecond, invocations float64
}

// newLoad counts the invocations: a batch opens with a change and is closed by the window or by its size.
func newLoad(changes float64) load {
	perSecond := changes / secondsMonth
	parts := max(shards, math.Ceil(perSecond/shardPerSecond))
	records := min(batch, 1+perSecond/parts*window)
	return load{changes: changes, perSecond: perSecond, invocations: changes / records}
}

// line is a line of a bill.
type line struct {
	what     string
	quantity float64
	unit     string
	price    float64
}

func (l line) dollars() float64 { return l.quantity * l.price }

func (l load) outflow() []line {
	events := l.changes * eventsChange
	duration := l.invocations*invocation + l.changes*record
	return []line{
		{"Lambda: invocations of the consumer", l.invocations, "", lambdaRequest},
		{"Lambda: its time, at 1 GB on Arm", duration * memoryGB, "GB-s", lambdaGBSecond},
		{"Lambda: the digester", digests*digesterGBs + l.invocations*sealSegment, "GB-s", lambdaGBSecond},
		{"DynamoDB: reads of the stream by Lambda", l.changes, "", 0},
		{"EventBridge: events", events, "", busEvent},
		{"EventBridge: archive", events * eventKB * kilobyte, "GB", archiveGB},
		{"S3: segments", l.invocations, "puts", s3Put},
		{"S3: segments read back by the digester", l.invocations, "gets", s3Get},
		{"S3: digests", digests * digestObjects, "puts", s3Put},
		{"S3: the month's log", l.changes * lineKB * lineCompressed * kilobyte, "GB", s3GBMonth},
		{"KMS: keys", 2, "", kmsKeyMonth},
		{"KMS: signatures", digests, "", kmsSign},
		{"CloudWatch: logs, which carry the metrics", l.invocations * logKB * kilobyte, "GB", logsGB},
		{"CloudWatch: metrics", metrics, "", metricMonth},
		{"CloudWatch: alarms", alarms, "", alarmMonth},
	}
}

// managed has two readers of the stream, the most that it serves: OpenSearch Ingestion for search, and a pipe that puts
// every change on a bus, whence rules take what is announced to subscribers and everything to Firehose.
func (l load) managed() []line {
	units := max(ocus, math.Ceil(l.perSecond*2*imageKB/1000/ocuMBSecond))
	return []line{
		{"OpenSearch Ingestion: capacity, day and night", units * 730, "OCU-h", ingestionOCUHour},
		{"DynamoDB: its reads of the stream", pollsSecond * secondsMonth, "", streamRead},
		{"Pipes: requests", l.changes, "", pipesRequest},
		{"EventBridge: events, one for each change", l.changes, "", busEvent},
		{"EventBridge: archive", l.changes * 2 * imageKB * kilobyte, "GB", archiveGB},
		{"Firehose: each record as 5 KB", l.changes * firehoseKB * kilobyte, "GB", firehoseGB},
		{"S3: objects of Firehose", secondsMonth / firehoseFile, "puts", s3Put},
		{"S3: the month's log", l.changes * lineKB * lineCompressed * kilobyte, "GB", s3GBMonth},
		{"KMS: key", 1, "", kmsKeyMonth},
		{"CloudWatch: alarms", alarms, "", alarmMonth},
	}
}
