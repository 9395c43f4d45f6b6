package stream_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/outflow-dev/outflow/pkg/stream"
)

const arn = "arn:aws:dynamodb:us-east-1:123456789012:table/shop/stream/2026-11-21T12:00:00.000"

func TestParentsComeBeforeTheirChildrenInAnyTree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shards := anyShards(t)
		ordered := stream.ParentsFirst(rapid.Permutation(shards).Draw(t, "listed"))

		require.ElementsMatch(t, shards, ordered)
		place := map[string]int{}
		for i, s := range ordered {
			place[s.ID] = i
		}
		for i, s := range ordered {
			if parent, listed := place[s.Parent]; listed {
				require.Less(t, parent, i, "%s before its parent %s", s.ID, s.Parent)
			}
		}
		require.Equal(t, ordered, stream.ParentsFirst(append(ordered, shards...)), "twice listed, in another order")
	})
}

// anyShards draws a forest: shards have parents among those before them, trimmed ones, or none. Ids tell nothing of
// the tree.
func anyShards(t *rapid.T) []stream.Shard {
	ids := rapid.SliceOfNDistinct(rapid.StringMatching(`shardId-[0-9]{4}`), 0, 40, rapid.ID[string]).Draw(t, "ids")
	shards := make([]stream.Shard, len(ids))
	for i, id := range ids {
		shards[i].ID = id
		switch parent := rapid.IntRange(-2, i-1).Draw(t, "parent"); {
		case parent == -2:
			shards[i].Parent = "shardId-trimmed"
		case parent >= 0:
			shards[i].Parent = ids[parent]
		}
	}
	return shards
}

func TestShardsOfAllPages(t *testing.T) {
	api := &fake{view: types.StreamViewTypeNewAndOldImages, shards: []types.Shard{
		{ShardId: aws.String("b"), ParentShardId: aws.String("c"), SequenceNumberRange: &types.SequenceNumberRange{
			StartingSequenceNumber: aws.String("300"), EndingSequenceNumber: aws.String("400"),
		}},
		{ShardId: aws.String("c"), ParentShardId: aws.String("gone")},
		{ShardId: aws.String("a"), ParentShardId: aws.String("b")},
	}}

	shards, err := newReader(t, api).Shards(context.Background())

	require.NoError(t, err)
	require.Equal(t, []stream.Shard{
		{ID: "c", Parent: "gone"}, {ID: "b", Parent: "c", First: "300", Last: "400"}, {ID: "a", Parent: "b"},
	}, shards)
	require.Equal(t, 3, api.described, "one shard a page")
}

func TestShardsRefusesAStreamWithoutBothImages(t *testing.T) {
	for _, view := range []types.StreamViewType{"KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", ""} {
		t.Run(string(view), func(t *testing.T) {
			_, err := newReader(t, &fake{view: view}).Shards(context.Background())
			require.ErrorIs(t, err, stream.ErrViewType)
			require.ErrorContains(t, err, arn)
		})
	}
}

func ExampleParentsFirst() {
	for _, s := range stream.ParentsFirst([]stream.Shard{{ID: "1", Parent: "2"}, {ID: "2"}}) {
		fmt.Println(s.ID)
	}
	// Output:
	// 2
	// 1
}
