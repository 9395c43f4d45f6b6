// Command empty is a Lambda function that does nothing: what the start of every other one is measured against.
package main

import "github.com/aws/aws-lambda-go/lambda"

func main() {
	lambda.Start(func() error { return nil })
}
