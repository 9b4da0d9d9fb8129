# make help lists the targets.

GO        ?= go
FUZZTIME  ?= 30s
ARGS      ?=
TOOLS     := $(CURDIR)/bin/tools

GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOVULNCHECK   := golang.org/x/vuln/cmd/govulncheck@v1.9.0

.DEFAULT_GOAL := help
.PHONY: help demo build test lint vuln cover fuzz chaos bench-index bench-pipeline quality figures figures-check servers

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

demo: ## the whole system in one process, without servers; ARGS="--duration 30s --tags 200"
	$(GO) run ./cmd/cordon demo $(ARGS)

build: ## the program, at bin/cordon
	$(GO) build -trimpath -o bin/cordon ./cmd/cordon

test: build ## everything, against servers it starts itself; says at the end which were real
	deploy/local/install.sh
	CORDON_BIN=$(CURDIR)/bin/cordon GO=$(GO) deploy/local/test.sh

lint: ## the house's rules, import rules among them
	$(GO) run $(GOLANGCI_LINT) run ./...

vuln: ## known vulnerabilities in code that is reached; a notice where their database is out of reach
	@GOBIN=$(TOOLS) $(GO) install $(GOVULNCHECK)
	@out=$$($(TOOLS)/govulncheck ./... 2>&1); status=$$?; echo "$$out"; \
	case $$status:$$out in \
	0:*|3:*) exit $$status ;; \
	*"fetching vulnerabilities"*) echo "notice: vulnerabilities not checked: their database is out of reach" ;; \
	*) exit $$status ;; \
	esac

cover: ## the share of statements that the unit tests run
	$(GO) test -short -coverprofile=bin/cover.out ./...
	$(GO) tool cover -func=bin/cover.out | tail -n 1

fuzz: ## every fuzz target for FUZZTIME, 10,000,000 places against compiled shapes, the memory of 1,000,000 tags
	CORDON_PLACES=10000000 $(GO) test -timeout 60m -run 'Compiled_agreesWithIts' ./geofence
	CORDON_TAGS=1000000 $(GO) test -timeout 60m -run 'costsNoMoreMemory' ./ingest/pipeline
	@for package in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			echo "$$package $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$package || exit 1; \
		done; \
	done

chaos: build ## kill -9, restarts and wipes, against real servers; writes benchmarks/results/chaos.json
	deploy/local/install.sh
	CORDON_BIN=$(CURDIR)/bin/cordon $(GO) run ./benchmarks/chaos $(ARGS)

bench-index: build ## the zone index against other libraries; writes benchmarks/results/index.json
	GEOS=1 deploy/local/install.sh
	$(GO) run $$([ ! -e /usr/include/geos_c.h ] || echo "-tags geos") ./benchmarks/index $(ARGS)

bench-pipeline: build ## the whole processor against reading alone; writes benchmarks/results/pipeline.json
	deploy/local/install.sh
	CORDON_BIN=$(CURDIR)/bin/cordon $(GO) run ./benchmarks/pipeline $(ARGS)

quality: ## what rules of decision are worth against the truth; writes benchmarks/results/quality.json
	$(GO) run ./benchmarks/quality $(ARGS)

figures: ## the README's tables from benchmarks/results
	$(GO) run ./benchmarks/figures

figures-check: ## fails when the README's tables are not those of benchmarks/results
	$(GO) run ./benchmarks/figures --check

servers: ## a real Kafka and Redis on their usual ports until Ctrl-C; ARGS="--kafka-port 19092"
	deploy/local/install.sh
	@$(GO) build -o bin/servers ./deploy/local/servers
	@exec bin/servers $(ARGS)
