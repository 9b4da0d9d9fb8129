# make help lists the targets.

GO        ?= go
FUZZTIME  ?= 30s
ARGS      ?=
TOOLS     := $(CURDIR)/bin/tools

GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOVULNCHECK   := golang.org/x/vuln/cmd/govulncheck@v1.9.0

# The Go release of go.mod's toolchain line, fetched where it is not the one installed: vulnerabilities of the standard
# library are mended there.
export GOTOOLCHAIN ?= $(shell sed -n 's/^toolchain //p' go.mod)+auto

.DEFAULT_GOAL := help
.PHONY: help demo build test lint vuln cover fuzz chaos soak bench-index bench-pipeline quality figures figures-check servers

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

demo: ## the whole system in one process, without servers; ARGS="--duration 30s --tags 200"
	$(GO) run ./cmd/cordon demo $(ARGS)

build: ## the program, at bin/cordon
	$(GO) build -trimpath -o bin/cordon ./cmd/cordon

test: build ## everything, against servers it starts itself; says at the end which were real
	deploy/local/install.sh
	CORDON_BIN=$(CURDIR)/bin/cordon GO=$(GO) deploy/local/test.sh

lint: ## the house's rules, import rules among them; and that the build without the demo compiles
	$(GO) vet -tags nodemo ./cmd/...
	$(GO) run $(GOLANGCI_LINT) run ./...

vuln: ## known vulnerabilities in code that is reached; the last line says of which date, or NOT CHECKED
	@GO="$(GO)" TOOLS="$(TOOLS)" GOVULNCHECK="$(GOVULNCHECK)" deploy/vuln.sh

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

chaos: build ## kills, outages, losses and intruders against three real brokers, under 15 min; writes benchmarks/results/chaos.json
	deploy/local/install.sh
	CORDON_BIN=$(CURDIR)/bin/cordon $(GO) run ./benchmarks/chaos $(ARGS)

soak: build ## what grows in an hour at 5,000 pings/s; ARGS="--duration 5m --replace 20s --every 3s"; writes benchmarks/results/soak.json
	deploy/local/install.sh
	CORDON_BIN=$(CURDIR)/bin/cordon $(GO) run ./benchmarks/soak $(ARGS)

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
