# What people run; .ci/run runs the same. `make` alone lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

FUZZTIME ?= 60s

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: try
try: ## Show what twelve stream records become in the three outlets (needs Go only)
	@go run ./cmd/outflow preview examples/shop/model.yaml examples/shop/changes.json

.PHONY: build
build: ## Build bin/outflow and the functions that it runs on this machine
	go build -trimpath -o bin/outflow ./cmd/outflow
	go build -trimpath -tags lambda.norpc -o bin/functions/consumer/bootstrap ./functions/consumer

.PHONY: dev
dev: build ## Run the shop's pipeline on this machine, on real engines, until Ctrl-C
	bin/outflow dev examples/shop/model.yaml

.PHONY: demo
demo: build ## Follow one order through the pipeline on this machine, on real engines
	bin/outflow demo examples/shop/model.yaml

.PHONY: unit
unit: ## Run the tests that need no engine (those that do say that they are skipped)
	go test ./...

.PHONY: test
test: ## Run all tests, on real engines, which it brings and starts (JDK 21 or later, Maven)
	go run ./scripts/engines/cmd/engines exec go test ./...

.PHONY: check
check: ## Everything that must hold: vet, tests, race detector, lint, generated files
	go vet ./...
	$(MAKE) test
	$(MAKE) race
	$(MAKE) lint
	$(MAKE) generated

.PHONY: race
race: ## Run the tests that need no engine with the race detector
	go test -race -short ./...

.PHONY: lint
lint: ## Run golangci-lint with the list in .golangci.yaml
	go build -C scripts/tools -o ../../bin/golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	bin/golangci-lint run ./...

.PHONY: generate
generate: ## Write all generated files again
	go generate ./...

.PHONY: generated
generated: ## Fail if a generated file is not what its source gives
	scripts/generated-clean

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME (60s each)
	scripts/fuzz $(FUZZTIME)

.PHONY: e2e
e2e: ## Run 10,000 operations by 8 writers on real engines while everything fails
	OUTFLOW_E2E_OPERATIONS=10000 go run ./scripts/engines/cmd/engines exec go test -v -count=1 ./internal/e2e

.PHONY: bench
bench: ## Print the benchmarks' figures on real engines, with the ratios in one run
	go run ./scripts/engines/cmd/engines exec go test -p 1 -run '^$$' -bench . -benchmem ./...
