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
	go build -trimpath -tags lambda.norpc -o bin/functions/digester/bootstrap ./functions/digester
	go build -trimpath -tags lambda.norpc -o bin/functions/operator/bootstrap ./functions/operator

.PHONY: package
package: ## Write a release to dist/: an archive for each platform, with the functions, and checksums (docs/release.md)
	go run ./scripts/release dist

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
	$(MAKE) tf

.PHONY: tf
tf: ## Check the Terraform modules: fmt, validate, tflint, checkov, terraform test (needs terraform and python3)
	go run ./scripts/tf

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

.PHONY: sim
sim: ## Simulate SEEDS seeds of the whole pipeline under faults (500 run in make test), and print the table of faults
	go run ./internal/sim/cmd/sim run $${SEEDS:-500}

.PHONY: sim-again
sim-again: ## Run one seed 1,000 times: each must give the same trace
	OUTFLOW_SIM_REPEATS=1000 go test -v -count=1 -timeout 30m -run TestSameSeedSameTrace ./internal/sim

.PHONY: mutants
mutants: ## Plant each fault of internal/sim/mutants.txt in the code: the simulation must notice all
	go run ./internal/sim/cmd/mutants internal/sim/mutants.txt

.PHONY: histories
histories: ## Run HISTORIES (2,000) random histories of the search outlet on real engines, from number FIRST (0) on
	OUTFLOW_HISTORIES=$${HISTORIES:-2000} OUTFLOW_HISTORIES_FIRST=$${FIRST:-0} go run ./scripts/engines/cmd/engines exec \
		go test -C pkg/search -count=1 -timeout 120m -parallel 4 -run TestHistoriesOnRealEngines

.PHONY: verifypair
verifypair: ## Hold both verifiers of the audit log against each other, 50 places of every kind of damage (two in make test)
	OUTFLOW_VERIFY_PLACES=50 OUTFLOW_TEST_ENGINES_REQUIRED=1 go test -count=1 -timeout 60m ./internal/verifypair

.PHONY: e2e
e2e: ## Run 10,000 operations by 8 writers on real engines while everything fails
	OUTFLOW_E2E_OPERATIONS=10000 go run ./scripts/engines/cmd/engines exec go test -v -count=1 ./internal/e2e

.PHONY: soak
soak: ## Run the pipeline at full speed for OUTFLOW_SOAK (5m) while its services fail: leaks, and all that e2e checks
	OUTFLOW_SOAK=$${OUTFLOW_SOAK:-5m} go run ./scripts/engines/cmd/engines exec go test -v -count=1 -timeout 0 -run TestSoak ./internal/e2e

.PHONY: backfill-bench
backfill-bench: ## Fill an index from 200,000 items beside live writes, beside a bare loop; kill a backfill 20 times
	OUTFLOW_BACKFILL_ITEMS=200000 OUTFLOW_BACKFILL_KILLS=20 OUTFLOW_BACKFILL_KILLED_ITEMS=20000 go run ./scripts/engines/cmd/engines exec \
		go test -v -count=1 -p 1 -timeout 90m -run 'TestBackfillBesideLiveWrites|TestSearchBackfillIsKilled' ./scripts/bench ./cmd/outflow

.PHONY: tamper
tamper: ## Damage audit logs in 20,000 ways and places, all of which verification must find; 2,000 clean logs must stay clean
	OUTFLOW_TAMPER_TRIALS=20000 go test -v -count=1 -timeout 60m -run 'TestTamper|TestCleanLogs|TestGaps' ./pkg/audit/verify

.PHONY: verify-bench
verify-bench: ## Verify an audit log of OUTFLOW_VERIFY_LINES (10,000,000): lines a second, peak memory
	OUTFLOW_VERIFY_LINES=$${OUTFLOW_VERIFY_LINES:-10000000} go test -run '^$$' -bench BenchmarkVerify -benchtime 1x -timeout 60m ./pkg/audit/verify

.PHONY: bench
bench: ## Print the benchmarks' figures on real engines, with the ratios in one run
	go run ./scripts/engines/cmd/engines exec go test -p 1 -run '^$$' -bench . -benchmem ./...
