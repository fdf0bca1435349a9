# Everything a developer or CI runs. `make` alone shows the list.
#
# Versions are pinned in go.mod files and nowhere else: the operator's own in
# go.mod, each tool's in hack/tools/NAME/go.mod, the control plane's in
# test/controlplane/go.mod, cert-manager's in test/certmanager/go.mod.

# Two cores are few: what runs side by side only waits for each other.
.NOTPARALLEL:
SHELL := /usr/bin/env bash -o pipefail
.SHELLFLAGS := -ec
.DEFAULT_GOAL := help

TOOLS := controller-gen golangci-lint helm kustomize
CONTROLLER_GEN := $(CURDIR)/bin/controller-gen
GOLANGCI_LINT := $(CURDIR)/bin/golangci-lint

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X main.version=$(VERSION)
BUILD := CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)'

IMAGE ?= domaincert:$(VERSION)
CONTAINER_TOOL ?= docker

# What tests find by their environment. KUBEBUILDER_ASSETS set by the user wins.
TEST_ENV = KUBEBUILDER_ASSETS="$(or $(KUBEBUILDER_ASSETS),$(CURDIR)/bin/k8s)" \
	HELM="$(CURDIR)/bin/helm" KUSTOMIZE="$(CURDIR)/bin/kustomize"
TESTSUM := go run ./hack/testsum
# Linking a test that imports client-go with -race takes about 1 GB: two at once.
TEST_FLAGS ?= -race -p 2 -timeout 20m
# Rows wait for programs most of the time, so that more packages than cores run.
FAULT_FLAGS ?= -p 4 -timeout 20m

##@ Try it

.PHONY: quickstart
quickstart: control-plane build ## Run everything on this machine and follow one renewal; ONCE=1 exits when done, PROVIDER=cdn shows another product.
	$(BUILD) -o bin/quickstart ./hack/quickstart
	@$(TEST_ENV) exec bin/quickstart $(if $(ONCE),--once) $(if $(PROVIDER),--provider=$(PROVIDER))

.PHONY: run
run: ## Run the operator against the cluster of your kubeconfig; ARGS= passes flags.
	go run -ldflags '$(LDFLAGS)' ./cmd $(ARGS)

##@ Test

.PHONY: test
test: verify lint control-plane tools ## Everything: generated code, lint, unit and integration tests with the race detector.
	$(TEST_ENV) $(TESTSUM) $(TEST_FLAGS) -count=1 ./...

.PHONY: test-unit
test-unit: ## Only the packages whose tests need no control plane.
	packages=$$(hack/test-packages.sh unit); $(TESTSUM) $(TEST_FLAGS) $$packages

.PHONY: test-integration
test-integration: control-plane tools ## Only the packages whose tests start a control plane.
	packages=$$(hack/test-packages.sh integration); $(TEST_ENV) $(TESTSUM) $(TEST_FLAGS) -count=1 $$packages

.PHONY: test-e2e
test-e2e: build control-plane certmanager tools ## The operator as a program, and with cert-manager's own controllers; prints how long a renewal takes to the edge.
	$(TEST_ENV) $(TESTSUM) $(TEST_FLAGS) -count=1 -tags certmanager ./test/e2e/...

.PHONY: test-faults
test-faults: control-plane tools build build-failpoints ## The fault table, row by row, with the operator as programs of its own.
	$(TEST_ENV) go run ./hack/faults $(FAULT_FLAGS)

.PHONY: test-sweep
test-sweep: control-plane ## Every scenario of every product, with each thing that can go wrong at each of its side effects.
	$(TEST_ENV) $(TESTSUM) -timeout 60m -count=1 -tags faults ./test/sweep

.PHONY: test-model
test-model: ## SEQUENCES (300) of random users and faults against the model of what may happen; RAPID_SEED= chooses them.
	SEQUENCES="$(SEQUENCES)" $(TESTSUM) -timeout 3h -count=1 ./test/model

.PHONY: test-handover
test-handover: control-plane build build-failpoints ## TRIALS (20) hand-overs between two replicas by each of SIGTERM, SIGKILL and SIGSTOP.
	$(TEST_ENV) DOMAINCERT_HANDOVER_TRIALS=$(or $(TRIALS),20) $(TESTSUM) -timeout 30m -count=1 -tags faults ./test/faults/process \
		-ginkgo.focus='hands over at|row 4[456]'

.PHONY: test-witness
test-witness: ## The vendor's own npm clients against the simulator; needs Node.js and npm.
	@hack/witness.sh
	$(TESTSUM) $(TEST_FLAGS) -count=1 -tags witness ./test/witness

.PHONY: bench
bench: control-plane ## Benchmarks in a form that benchstat reads; BENCH= selects, BENCH_FLAGS= adds (-count 10).
	@$(TEST_ENV) BENCH="$(BENCH)" hack/bench.sh $(BENCH_FLAGS)

.PHONY: fuzz
fuzz: ## Every fuzz target, FUZZTIME (30s) each.
	@FUZZTIME="$(FUZZTIME)" hack/fuzz.sh

##@ Develop

.PHONY: generate
generate: bin/controller-gen ## Write the API types' deepcopy functions.
	$(CONTROLLER_GEN) object paths=./api/...

.PHONY: manifests
manifests: bin/controller-gen ## Write CRDs and the operator's role from the markers in the code.
	$(CONTROLLER_GEN) crd paths=./api/... output:crd:dir=config/crd/bases
	$(CONTROLLER_GEN) rbac:roleName=domaincert paths=./controllers/... paths=./cmd/... output:rbac:dir=config/rbac
	$(if $(wildcard hack/sync-chart.sh),hack/sync-chart.sh)

.PHONY: verify
verify: ## Fail where generated files are not what their sources make of them.
	@hack/verify.sh

.PHONY: fmt
fmt: bin/golangci-lint ## Format the code and order its imports.
	$(GOLANGCI_LINT) fmt ./...

.PHONY: lint
lint: bin/golangci-lint ## Lint; formatting counts.
	$(GOLANGCI_LINT) run ./...

##@ Build

.PHONY: build
build: ## The operator and its companions, into bin/.
	$(BUILD) -o bin/domaincert ./cmd
	$(BUILD) -o bin/ ./cmd/*/

.PHONY: build-failpoints
build-failpoints: ## The operator with failpoints, for the fault suite; never ship it.
	$(BUILD) -tags failpoints -o bin/failpoints/domaincert ./cmd

.PHONY: image
image: ## The operator's container image, as IMAGE.
	$(CONTAINER_TOOL) build --build-arg VERSION=$(VERSION) -t $(IMAGE) .

.PHONY: control-plane
control-plane: ## etcd, kube-apiserver, kube-controller-manager, kubectl, into bin/k8s; minutes the first time.
	@hack/control-plane.sh

.PHONY: certmanager
certmanager: ## cert-manager's controllers and CRDs, into bin/certmanager; minutes the first time.
	@hack/certmanager.sh

.PHONY: tools
tools: $(TOOLS:%=bin/%) ## The development tools, into bin/; minutes the first time.

# Always asked, because the script knows from checksums whether anything is to do.
.PHONY: $(TOOLS:%=bin/%)
$(TOOLS:%=bin/%): bin/%:
	@hack/tool.sh $*

##@ Tidy up

.PHONY: clean
clean: ## Remove bin/.
	rm -rf bin

.PHONY: clean-cache
clean-cache: ## Remove the built control plane, cert-manager and tools that all clones share.
	rm -rf "$${XDG_CACHE_HOME:-$$HOME/.cache}/domaincert"

.PHONY: help
help: ## Show this list.
	@awk 'BEGIN { FS = ":.*##"; print "Usage: make TARGET" } \
		/^[a-zA-Z0-9_-]+:.*##/ { printf "  %-18s%s\n", $$1, $$2 } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) }' $(MAKEFILE_LIST)
