# make help lists the targets.
TARGET := $(or $(CARGO_TARGET_DIR),target)
QUICK := $(abspath $(TARGET))/quick/logbus

.DEFAULT_GOAL := help
.PHONY: help run release test lint unit flights parity parity-record runbooks sim chaos nightly golden deny setup bench bench-smoke bench-baseline

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 23

run: ## a broker on 127.0.0.1:9092, data in ./logbus-data
	cargo run --release -- broker

release: ## the release binary, with link-time optimization
	cargo build --release

test: setup lint ## everything that a change must pass; installs what the tests need
	cargo test --profile quick
	scripts/parity --logbus $(QUICK) --stored tests/golden/parity
	bench/smoke.py

lint: ## formatting and clippy
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings

unit: ## the tests that need nothing installed and no process started
	cargo test --lib
	cargo test --test it house

flights: setup ## all 336,776 flights through every client (make test takes the first 40,000)
	cargo build --profile quick --bin logbus
	LOGBUS_BIN=$(QUICK) LOGBUS_FLIGHTS=336776 cargo test --test it clients::

parity: setup ## our Kafka-named tools beside Apache Kafka's own, on one and on three nodes of each (PARITY="--only kafka-topics")
	cargo build --profile quick --bin logbus
	scripts/parity --jars .cache/kafka-libs --logbus $(QUICK) $(PARITY)
	scripts/parity --jars .cache/kafka-libs --logbus $(QUICK) --nodes 3 $(PARITY)

parity-record: setup ## store what Kafka's tools say to logbus, which make test compares ours with
	cargo build --profile quick --bin logbus
	mkdir -p tests/golden/parity
	scripts/parity --jars .cache/kafka-libs --logbus $(QUICK) --on logbus --record tests/golden/parity $(PARITY)

runbooks: setup ## every script of docs/runbooks on a cluster brought into its trouble, and on one that is well
	cargo test --profile quick --test it -- runbooks

sim: release ## a million simulated faults: 1,000 seeds of 1,000 (SIM="--seed 7" for others)
	$(TARGET)/release/logbus sim --seeds 1000 --steps 1000 $(SIM)

chaos: setup ## three brokers under load and faults, as root: SEED=… MINUTES=… repeat a run (docs/chaos.md)
	cargo build --profile quick --bin logbus
	tests/chaos/run.py --logbus $(QUICK) --minutes $(or $(MINUTES),5) $(if $(SEED),--seed $(SEED)) $(CHAOS)

nightly: ## what takes too long for every change: five minutes of chaos, on another seed each night
	$(MAKE) chaos MINUTES=5

bench: setup release ## rounds of logbus and Apache Kafka: hours; BENCH="--workloads light --rounds 3" for less
	@scripts/setup-bench-env
	bench/run.py $(BENCH)

bench-smoke: ## a minute of ratios to the null broker and instruction counts; make test ends with it
	bench/smoke.py

bench-baseline: ## rewrite the instruction counts; say in the commit why they moved
	bench/instructions.py --rewrite

golden: ## rewrite what is generated and committed; look at the difference before you commit it
	UPDATE_GOLDEN=1 INSTA_UPDATE=always cargo test

deny: ## licences, advisories and sources of the dependencies (needs cargo-deny)
	cargo deny check

setup: ## kcat, valgrind, Python clients and Apache Kafka's jars for the client tests
	@scripts/setup-test-env
