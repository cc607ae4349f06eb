//! What only a JVM can do, or what goes by another way here: programs of Kafka's `bin/` that answer with one sentence.

/// Programs, and why there is nothing to run.
const TABLE: &[(&str, &str)] = &[
    ("connect-distributed", "Kafka Connect runs Java connectors, and needs Apache Kafka's own program"),
    ("connect-mirror-maker", "MirrorMaker runs on Kafka Connect, and needs Apache Kafka's own program"),
    ("connect-plugin-path", "Kafka Connect's plugins are Java archives, and need Apache Kafka's own program"),
    ("connect-standalone", "Kafka Connect runs Java connectors, and needs Apache Kafka's own program"),
    (
        "kafka-jmx",
        "JMX is spoken between JVMs only; the figures of a logbus broker are at /metrics of its admin daemon, as in `curl http://127.0.0.1:8082/metrics`",
    ),
    (
        "kafka-run-class",
        "Java classes run in a JVM only; the tools here go by their names, as in `logbus kafka-topics`",
    ),
    ("trogdor", "Trogdor plans faults and load in JVMs, and needs Apache Kafka's own program"),
];

/// Why a program cannot run here; `None` for names that are none of Kafka's.
pub fn reason(name: &str) -> Option<&'static str> {
    TABLE.iter().find(|(known, _)| *known == name).map(|(_, reason)| *reason)
}
