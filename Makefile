# The front door. Each target sets up what it needs; tools/setup is quick when there is nothing to do.
.DEFAULT_GOAL := help
SHELL := /bin/bash
JOBS ?= $(shell nproc)
PREFIX ?= $(CURDIR)/dist/lakeflow
TESTS ?=

configure = cmake --preset $(1) >build/$(1)-configure.log 2>&1 || { cat build/$(1)-configure.log; exit 1; }
build = cmake --build build/$(1) --parallel $(JOBS)
test = ctest --test-dir build/$(1) --output-on-failure --parallel $(JOBS) $(if $(TESTS),-R '$(TESTS)')

.PHONY: help setup build demo test test-servers test-asan test-tsan fuzz bench soak lint tidy format coverage install clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /  make \1|/' | column -t -s '|'

setup: ## install what is needed (apt, pip, npm)
	@tools/setup

setup-developer:
	@tools/setup --developer

build: setup ## the command lakeflow, optimized, in build/release/bin
	@mkdir -p build && $(call configure,release) && $(call build,release)

demo: setup ## the main job on real input, in ./demo
	@mkdir -p build && $(call configure,release) && $(call build,release) --target lakeflow
	@tools/demo

test: build ## all tests but those that need outside servers (TESTS=regex for some)
	@$(call test,release) -LE servers

test-servers: build ## tests against real servers (HAPI FHIR, Orthanc, object stores, an authorization server)
	@tools/setup-servers
	@LAKEFLOW_REQUIRE_SERVERS=1 $(call test,release) -L servers

test-asan: setup-developer ## the tests (but those that kill) with clang's address and undefined-behaviour sanitizers
	@mkdir -p build && $(call configure,asan) && $(call build,asan)
	@LAKEFLOW_SLOWDOWN=10 LAKEFLOW_APPLY_OPERATIONS=500 $(call test,asan) -LE servers -E '^(kill_test|duckdb_durability_test)/'

test-tsan: setup-developer ## the tests (but those that kill) with clang's thread sanitizer
	@mkdir -p build && $(call configure,tsan) && $(call build,tsan)
	@LAKEFLOW_SLOWDOWN=10 LAKEFLOW_APPLY_OPERATIONS=500 $(call test,tsan) -LE servers -E '^(kill_test|duckdb_durability_test)/'

fuzz: setup-developer ## the parsers and their plain twin under libFuzzer, FUZZ_SECONDS each (default 900)
	@mkdir -p build && $(call configure,fuzz)
	@tools/fuzz

bench: build ## ratios of decode and load to the bare libraries, and memory
	@tools/bench

soak: build ## the long versions of the property and kill tests, 2,000 rounds against HAPI, and a fault at every call that changes a file: hours
	@tools/setup-servers && tools/setup-bench
	@rm -f build/release/faults.jsonl; status=0; \
	LAKEFLOW_SOAK=1 LAKEFLOW_FAULT_TABLE=$(CURDIR)/build/release/faults.jsonl $(call test,release) -L soak || status=$$?; \
	[ ! -e build/release/faults.jsonl ] || tests/soak/print_fault_table build/release/faults.jsonl; exit $$status

lint: setup-developer ## format, layering, the design's rules
	@tools/lint

tidy: setup-developer ## clang-tidy over all of it: long
	@tools/lint --tidy

format: setup-developer ## lay out all code by .clang-format
	@git ls-files '*.h' '*.cpp' | xargs clang-format-19 -i

coverage: setup ## lines that the tests executed, in build/coverage/report.txt
	@mkdir -p build && $(call configure,coverage) && $(call build,coverage)
	@$(call test,coverage) -LE servers
	@tools/coverage build/coverage

install: build ## a tree that runs when moved, in PREFIX (dist/lakeflow)
	@cmake --install build/release --prefix "$(PREFIX)" >build/install.log || { cat build/install.log; exit 1; }
	@echo "installed: $(PREFIX)/bin/lakeflow"

clean: ## remove what was built
	@rm -rf build dist demo
