# WatchLLM. `make help` lists what there is; each target says what it does and needs nothing done before it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# One set of flags for every go command, so that building, testing and generating share one build cache.
export CGO_ENABLED := 0
export GOFLAGS := -trimpath -buildvcs=false

BIN   := build
TOOLS := go tool -modfile=$(CURDIR)/tools/go.mod
LINT  := go tool -modfile=$(CURDIR)/tools/lint/go.mod golangci-lint
# Packages whose tests are repeated under the race detector: everything with goroutines of its own.
RACE_PKGS := ./internal/... ./receiver/... ./connector/... ./processor/... ./exporter/... ./extension/...

.PHONY: help
help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: build ## start WatchLLM on this machine: collector, embedded ClickHouse, query API; Ctrl-C stops it
	@$(BIN)/watchllmctl run

.PHONY: demo
demo: build ## the same, with a day of realistic conversations to look at
	@$(BIN)/watchllmctl run --demo

.PHONY: build
build: ## compile the collector, the engine and the command line tool into build/
	@scripts/build.sh $(BIN)

.PHONY: test
test: build engine test-deps ## all tests: unit, golden, race, end to end with the real engine and real clients
	@scripts/test.sh

.PHONY: test-unit
test-unit: ## only the tests that need no built binary (the engine's are skipped without its library)
	go test ./cmd/... ./internal/... ./receiver/... ./connector/... ./processor/... ./exporter/... ./extension/... ./sdk-conventions/...

.PHONY: test-race
test-race: ## the race detector over everything with goroutines
	CGO_ENABLED=1 go test -race $(RACE_PKGS)

.PHONY: engine
engine: build ## fetch the ClickHouse engine library from its registry package, verified by checksum
	@$(BIN)/watchllmctl engine install

.PHONY: test-deps
test-deps: ## the Python and JavaScript clients that the end-to-end tests run
	@scripts/test-deps.sh

.PHONY: record
record: ## record what the Python clients send, anew (needs the package registry; CLIENTS="name ..." for some of them)
	python3 tools/recorder/record.py venv $(CLIENTS)
	python3 tools/recorder/record.py record $(CLIENTS)

.PHONY: bench
bench: build ## what a span costs on the whole way, beside contrib's ClickHouse exporter; the last line is JSON
	@scripts/bench.sh $(BIN)

.PHONY: bench-go
bench-go: ## Go benchmarks of the hot path
	go test -run '^$$' -bench . -benchmem ./internal/... ./receiver/... ./connector/... ./processor/... ./exporter/... ./extension/...

.PHONY: bench-json
bench-json: build ## the same calls as JSON events and as OTLP: how many each door takes per second of processor time
	WATCHLLM_THROUGHPUT_BINARY=$(CURDIR)/$(BIN)/watchllm go test ./test/throughput -run TestEventsAgainstOTLP -count=1 -v

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME (10s); FUZZ=name for those whose name has it in it
	@scripts/fuzz.sh

.PHONY: conformance
conformance: build engine ## recorded clients through a whole WatchLLM, in four orders; writes docs/conformance-captures*.md
	@scripts/conformance.sh

.PHONY: compare-prices
compare-prices: ## prices the cases with WatchLLM, genai-prices and litellm (package registry); writes docs/price-comparison.md
	@scripts/compare-prices.sh

.PHONY: lint
lint: ## formatting, vet, import rules, static checks
	$(LINT) run

.PHONY: fmt
fmt: ## format the code
	gofmt -w $$(git ls-files '*.go')

.PHONY: generate
generate: ## everything generated: components.go from the manifest, metadata, constants
	@scripts/generate.sh

.PHONY: check-generated
check-generated: generate ## fails when a generated file is not current
	@git diff --exit-code --stat -- . || { echo "generated files are not current: commit the result of 'make generate'"; exit 1; }

.PHONY: check
check: lint check-generated test ## everything that CI runs

.PHONY: clean
clean: ## remove build output (data in .watchllm/ stays)
	rm -rf $(BIN)
