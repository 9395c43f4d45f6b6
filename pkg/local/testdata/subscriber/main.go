// Command subscriber is a function that logs the events that it gets, and fails for those whose detail says so.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
)

func main() { lambda.Start(handle) }

func handle(event json.RawMessage) error {
	fmt.Printf("got %s from %s\n", event, os.Getenv("AWS_ENDPOINT_URL_EVENTBRIDGE"))
	var asked struct{ Detail struct{ Fail bool } }
	if err := json.Unmarshal(event, &asked); err != nil {
		return err
	}
	if asked.Detail.Fail {
		return errors.New("it was told to fail")
	}
	return nil
}
