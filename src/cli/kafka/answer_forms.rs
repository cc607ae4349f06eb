//! The JSON forms of the Kafka-named tools: what kinds of documents each gives. `docs/kafka-tools.md` has their fields,
//! and a test holds the two together; another runs every tool and looks at what it gives.

/// What a tool gives with `LOGBUS_OUTPUT=json`.
#[derive(Debug)]
pub struct Form {
    /// Its name.
    pub tool: &'static str,
    /// The kinds of its documents.
    pub kinds: &'static [&'static str],
    /// Whether it gives a document a line, while it runs.
    pub lines: bool,
    /// Whether it works on files, and asks no cluster.
    pub offline: bool,
}

/// A tool that asks a cluster, and gives one document.
const fn of(tool: &'static str, kinds: &'static [&'static str]) -> Form {
    Form { tool, kinds, lines: false, offline: false }
}

/// One that gives lines.
const fn lines(tool: &'static str, kinds: &'static [&'static str]) -> Form {
    Form { tool, kinds, lines: true, offline: false }
}

/// One that reads and writes files.
const fn offline(form: Form) -> Form {
    Form { offline: true, ..form }
}

/// A row a tool.
pub const FORMS: &[Form] = &[
    of("kafka-acls", &["acls", "actions"]),
    of("kafka-broker-api-versions", &["api-versions"]),
    of("kafka-client-metrics", &["client-metrics", "resource-configs", "actions"]),
    of("kafka-cluster", &["cluster", "endpoints", "actions"]),
    of("kafka-configs", &["resource-configs", "client-configs", "actions"]),
    lines("kafka-console-consumer", &["record"]),
    of("kafka-console-producer", &["actions"]),
    lines("kafka-console-share-consumer", &["record"]),
    of("kafka-consumer-groups", &["groups", "described-groups", "reset-offsets", "regex", "actions"]),
    lines("kafka-consumer-perf-test", &["consumer-perf"]),
    of("kafka-delegation-tokens", &["tokens", "actions"]),
    of("kafka-delete-records", &["deleted-records"]),
    offline(lines("kafka-dump-log", &["batch", "record", "file"])),
    of("kafka-e2e-latency", &["e2e-latency"]),
    of("kafka-features", &["features", "feature-levels", "feature-dependencies", "actions"]),
    of("kafka-get-offsets", &["offsets"]),
    of("kafka-groups", &["groups"]),
    of("kafka-leader-election", &["elections"]),
    of("kafka-log-dirs", &["log-dirs"]),
    offline(of("kafka-metadata", &["text"])),
    of("kafka-metadata-quorum", &["quorum", "actions"]),
    offline(of("kafka-metadata-shell", &["text"])),
    lines("kafka-producer-perf-test", &["producer-perf"]),
    of("kafka-reassign-partitions", &["reassignments", "reassignment-states", "reassignment-plan", "actions"]),
    lines("kafka-replica-verification", &["replica-lag", "replica-difference"]),
    offline(of("kafka-server-start", &["text", "actions"])),
    offline(of("kafka-server-stop", &["actions"])),
    lines("kafka-share-consumer-perf-test", &["share-consumer-perf"]),
    of("kafka-share-groups", &["groups", "described-groups", "reset-offsets", "actions"]),
    offline(of("kafka-storage", &["storage", "uuid", "feature-levels", "feature-dependencies", "actions"])),
    of("kafka-streams-application-reset", &["actions"]),
    of("kafka-streams-groups", &["groups", "described-groups", "reset-offsets", "actions"]),
    of("kafka-topics", &["topics", "described-topics", "partition-problems", "actions"]),
    of("kafka-transactions", &["transactions", "producers", "hanging_transactions", "actions"]),
    lines("kafka-verifiable-consumer", &["event"]),
    lines("kafka-verifiable-producer", &["event"]),
    lines("kafka-verifiable-share-consumer", &["event"]),
    of("zookeeper-shell", &["text"]),
];
