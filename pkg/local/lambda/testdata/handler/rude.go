package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
)

// rude is a runtime that breaks the rules of the Runtime API and answers with the statuses that it got.
func rude() {
	base := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	for {
		resp, err := http.Get(base + "next")
		if err != nil {
			log.Fatal(err)
		}
		id := resp.Header.Get("Lambda-Runtime-Aws-Request-Id")
		statuses := fmt.Sprintf("next %d, other id %d", get(base+"next"), post(base+"another/response", "1"))
		statuses += fmt.Sprintf(", error of another id %d", post(base+"another/error", "{}"))
		fmt.Println("answer", post(base+id+"/response", `"`+statuses+`"`))
		fmt.Println("second answer", post(base+id+"/response", "2"))
	}
}

func get(url string) int {
	resp, err := http.Get(url)
	if err != nil {
		log.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

func post(url, body string) int {
	resp, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}
