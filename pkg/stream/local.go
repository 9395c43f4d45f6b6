package stream

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
)

// LocalTTL turns the record that DynamoDB Local makes of an item which the table's time to live took out into the one
// that the service makes: a REMOVE whose userIdentity is the service. DynamoDB Local (3.1.0) calls the operation
// UNKNOWN_TO_SDK_VERSION and gives the old image but no userIdentity; a record of exactly that form is changed, and
// any other comes back as it is. turned says which.
//
// It is for the local mode alone: the service's streams have no such records, and nothing may guess there.
func LocalTTL(record types.Record) (out types.Record, turned bool) {
	data := record.Dynamodb
	if record.EventName != "UNKNOWN_TO_SDK_VERSION" || record.UserIdentity != nil ||
		data == nil || data.OldImage == nil || data.NewImage != nil {
		return record, false
	}
	record.EventName = types.OperationTypeRemove
	record.UserIdentity = &types.Identity{Type: aws.String("Service"), PrincipalId: aws.String("dynamodb.amazonaws.com")}
	return record, true
}
