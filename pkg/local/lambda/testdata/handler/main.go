// Command handler is the function that the tests run: MODE says how it starts, the event what an invocation does.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type event struct {
	Do   string
	Text string
	Size int
	File string
}

type broken struct{ text string }

func (e *broken) Error() string { return e.text }

func main() {
	switch os.Getenv("MODE") {
	case "exit":
		fmt.Fprintln(os.Stderr, "OUTFLOW_MODEL is not set")
		os.Exit(3)
	case "hang":
		select {}
	case "slow-once":
		slowOnce(os.Getenv("MARK"))
	case "init-error":
		initError()
	case "rude":
		rude()
		return
	case "trap":
		go trap(os.Getenv("MARK"))
	case "endless farewell":
		lambda.StartWithOptions(handle, lambda.WithEnableSIGTERM(func() { select {} }))
	case "farewell":
		lambda.StartWithOptions(handle, lambda.WithEnableSIGTERM(func() { fmt.Println("farewell") }))
	}
	lambda.Start(handle)
}

// slowOnce makes only the first init hang.
func slowOnce(mark string) {
	if _, err := os.Stat(mark); err == nil {
		return
	}
	if err := os.WriteFile(mark, nil, 0o600); err != nil {
		log.Fatal(err)
	}
	select {}
}

// trap tells of SIGTERM by a file.
func trap(mark string) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	<-signals
	if err := os.WriteFile(mark, nil, 0o600); err != nil {
		log.Fatal(err)
	}
}

func initError() {
	body := strings.NewReader(`{"errorType":"Config.Invalid","errorMessage":"no table"}`)
	url := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/init/error"
	resp, err := http.Post(url, "application/json", body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("init error answered", resp.StatusCode)
	os.Exit(1)
}

func handle(ctx context.Context, e event) (any, error) {
	switch e.Do {
	case "echo":
		return e.Text, nil
	case "print":
		fmt.Println(e.Text)
		fmt.Fprint(os.Stderr, "no newline")
		return nil, nil
	case "error":
		return nil, &broken{e.Text}
	case "panic":
		panic(e.Text)
	case "exit":
		os.Exit(7)
	case "leave":
		os.Exit(0)
	case "hang":
		return hang(ctx, e.File)
	case "await":
		text, err := os.ReadFile(e.File)
		return string(text), err
	case "leak":
		return leak(e.Size), nil
	case "large":
		return strings.Repeat("x", e.Size), nil
	case "half":
		return io.MultiReader(strings.NewReader("half"), failing{}), nil
	case "spawn":
		return spawn()
	case "describe":
		return describe(ctx), nil
	}
	return nil, errors.New("unknown: " + e.Do)
}

// hang tells by a file that the invocation has arrived, and never answers.
func hang(ctx context.Context, file string) (any, error) {
	if file != "" {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			return nil, err
		}
	}
	<-ctx.Done()
	select {}
}

// leak touches size MiB.
func leak(size int) int {
	var kept [][]byte
	for range size {
		chunk := make([]byte, 1<<20)
		for i := 0; i < len(chunk); i += 4096 {
			chunk[i] = 1
		}
		kept = append(kept, chunk)
	}
	return len(kept)
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, &broken{"source ran dry"} }

// spawn leaves a child behind that would outlive the function, were it not killed with its group.
func spawn() (int, error) {
	cmd := exec.Command("sleep", "600")
	cmd.Stdout = os.Stdout
	err := cmd.Start()
	return cmd.Process.Pid, err
}

func describe(ctx context.Context) map[string]any {
	deadline, _ := ctx.Deadline()
	folder, _ := os.Getwd()
	lc, _ := lambdacontext.FromContext(ctx)
	described := map[string]any{
		"env": os.Environ(), "folder": folder, "pid": os.Getpid(), "requestId": lc.AwsRequestID,
		"arn": lc.InvokedFunctionArn, "left": time.Until(deadline).Milliseconds(), "trace": ctx.Value("x-amzn-trace-id"),
	}
	if _, err := json.Marshal(described); err != nil {
		log.Fatal(err)
	}
	return described
}
