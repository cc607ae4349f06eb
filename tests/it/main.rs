//! The integration tests: one binary, a module a subject. What a test needs and the machine lacks (kcat, Python
//! clients, Apache Kafka's jars) is skipped with a line on stderr; `scripts/setup-test-env` installs it.

// A test may end in a panic; and the harness offers more than the tests of one day use.
#![allow(clippy::unwrap_used, dead_code)]

mod admin;
mod any_cluster;
mod apache_kafka;
mod bombs;
mod chaos;
mod clients;
mod cluster;
mod cluster_harness;
mod completion;
mod config;
mod copy;
mod crash;
mod damage;
mod damaged_replicas;
mod declared;
mod disk;
mod docs;
mod doctor;
mod dynamic_quorum;
mod examples;
mod exit_codes;
mod failed_io;
mod failover;
mod flipped_bits;
mod flush;
mod fuzz_files;
mod group_offsets;
mod harness;
mod health;
mod hostile;
mod house;
mod limits;
mod log_dir_moves;
mod metadata_apis;
mod output_forms;
mod partitions;
mod pressure;
mod profiles;
mod reports;
mod runbook;
mod runbooks;
mod same_files;
mod security;
#[path = "../sim/mod.rs"]
mod sim;
mod talk;
mod throttle;
mod tls_front;
mod tools;
mod tools_bench;
mod tools_dump_log;
mod tools_json;
mod tools_perf;
mod tools_security;
mod tools_servers;
mod transactional_producer;
mod wire;
