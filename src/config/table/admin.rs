//! The admin daemon and metrics.

use crate::config::setting::{Setting, int, list, long, string};

/// The rows, in reading order.
#[rustfmt::skip] // one setting, one line
pub(super) const ROWS: &[Setting] = &[
    string("logbus.admin.listener").default("127.0.0.1:8082").doc("Address of the admin daemon (REST, metrics, health), as host:port; empty turns it off."),
    int("telemetry.max.bytes").default("1048576").at_least(1).low().doc("Largest push of client metrics, after decompression, in bytes."),
    int("metrics.num.samples").default("2").at_least(1).low().doc("Samples over which rates in metrics are measured."),
    long("metrics.sample.window.ms").default("30000").at_least(1).low().doc("Length of one sample of metrics, in milliseconds."),
    string("metrics.recording.level").default("INFO").low().ignored().doc("Level of detail of Kafka's metrics."),
    list("metric.reporters").default("org.apache.kafka.common.metrics.JmxReporter").low().cluster_wide().ignored().doc("Java classes that report metrics; logbus serves Prometheus text at /metrics."),
    list("kafka.metrics.reporters").default("").low().ignored().doc("Java classes that report Yammer metrics."),
    int("kafka.metrics.polling.interval.secs").default("10").at_least(1).low().ignored().doc("Pause between two polls of Yammer reporters, in seconds."),
];
