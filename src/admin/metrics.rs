//! `/metrics`: Prometheus text (exposition format 0.0.4). Names follow what the usual JMX exporter rules make of Kafka's
//! MBeans, lower case with underscores, so that dashboards made for Kafka find them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use super::{AdminState, process};

/// Whoever has numbers to show.
pub trait MetricsSource: Send + Sync {
    /// Puts the numbers of this moment on the page.
    fn collect(&self, page: &mut Page);
}

/// Sources in a row, each adding its own.
impl<F: Fn(&mut Page) + Send + Sync> MetricsSource for F {
    fn collect(&self, page: &mut Page) {
        self(page);
    }
}

/// How a metric moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only up, until the process restarts.
    Counter,
    /// Up and down.
    Gauge,
}

/// A metric: its name, what it means, how it moves.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// The name on the page.
    pub name: &'static str,
    /// What it counts, in one line.
    pub help: &'static str,
    /// How it moves.
    pub kind: Kind,
}

/// A constant a metric, and the list of all.
macro_rules! metrics {
    ($($id:ident $kind:ident $name:literal $help:literal;)*) => {
        $(#[doc = $help] pub const $id: Metric = Metric { name: $name, help: $help, kind: Kind::$kind };)*

        /// Every metric there is, by the order of the page.
        pub const ALL: &[Metric] = &[$($id),*];
    };
}

metrics! {
    BYTES_IN Counter "kafka_server_brokertopicmetrics_bytesin_total" "Bytes taken from producers.";
    BYTES_OUT Counter "kafka_server_brokertopicmetrics_bytesout_total" "Bytes given to consumers.";
    MESSAGES_IN Counter "kafka_server_brokertopicmetrics_messagesin_total" "Records taken from producers.";
    FAILED_PRODUCE_REQUESTS Counter "kafka_server_brokertopicmetrics_failedproducerequests_total" "Produce requests refused, by partition asked.";
    FAILED_FETCH_REQUESTS Counter "kafka_server_brokertopicmetrics_failedfetchrequests_total" "Fetch requests refused, by partition asked.";
    PARTITION_COUNT Gauge "kafka_server_replicamanager_partitioncount" "Partitions with a replica here.";
    LEADER_COUNT Gauge "kafka_server_replicamanager_leadercount" "Partitions led from here.";
    UNDER_REPLICATED Gauge "kafka_server_replicamanager_underreplicatedpartitions" "Partitions led from here with a replica out of sync.";
    UNDER_MIN_ISR Gauge "kafka_server_replicamanager_underminisrpartitioncount" "Partitions led from here with fewer in sync than min.insync.replicas.";
    OFFLINE_PARTITIONS Gauge "kafka_controller_kafkacontroller_offlinepartitionscount" "Partitions without a leader.";
    GLOBAL_TOPICS Gauge "kafka_controller_kafkacontroller_globaltopiccount" "Topics of the cluster.";
    GLOBAL_PARTITIONS Gauge "kafka_controller_kafkacontroller_globalpartitioncount" "Partitions of the cluster.";
    FENCED_BROKERS Gauge "kafka_controller_kafkacontroller_fencedbrokercount" "Registered brokers that are fenced.";
    ACTIVE_BROKERS Gauge "kafka_controller_kafkacontroller_activebrokercount" "Registered brokers that are not fenced.";
    METADATA_OFFSET Gauge "kafka_server_brokermetadatametrics_lastappliedrecordoffset" "Last offset of the metadata log applied here.";
    REQUESTS Counter "kafka_network_requestmetrics_requests_total" "Requests, by API.";
    NETWORK_IN Counter "kafka_server_socketservermetrics_incoming_byte_total" "Bytes received on all sockets.";
    NETWORK_OUT Counter "kafka_server_socketservermetrics_outgoing_byte_total" "Bytes sent on all sockets.";
    CONNECTIONS Gauge "kafka_server_socketservermetrics_connection_count" "Open client connections.";
    CONNECTIONS_ACCEPTED Counter "kafka_server_socketservermetrics_connection_creation_total" "Connections accepted.";
    LOG_SIZE Gauge "kafka_log_log_size" "Bytes of a partition's log.";
    LOG_START_OFFSET Gauge "kafka_log_log_logstartoffset" "First offset of a partition's log.";
    LOG_END_OFFSET Gauge "kafka_log_log_logendoffset" "Offset after the last of a partition's log.";
    LOG_SEGMENTS Gauge "kafka_log_log_numlogsegments" "Segments of a partition's log.";
    LOG_RECOVERY_POINT Gauge "logbus_log_recoverypoint" "Offset below which a partition's log was forced to disk.";
    OFFLINE_LOG_DIRS Gauge "kafka_log_logmanager_offlinelogdirectorycount" "Log directories that failed.";
    BUILD_INFO Gauge "logbus_build_info" "Always 1; the version is a label.";
    RESIDENT_MEMORY Gauge "process_resident_memory_bytes" "Resident memory in bytes.";
    VIRTUAL_MEMORY Gauge "process_virtual_memory_bytes" "Virtual memory in bytes.";
    CPU_SECONDS Counter "process_cpu_seconds_total" "User and system CPU time in seconds.";
    OPEN_FDS Gauge "process_open_fds" "Open file descriptors.";
    START_TIME Gauge "process_start_time_seconds" "Start of the process, in seconds since the epoch.";
}

/// A page of metrics being written.
#[derive(Debug, Default)]
pub struct Page {
    samples: BTreeMap<&'static str, String>,
}

impl Page {
    /// Adds a value of `metric`, with labels by name. Counts above 2^53 lose their last digits, as in Prometheus itself.
    pub fn add(&mut self, metric: &Metric, labels: &[(&str, &str)], value: f64) {
        let line = self.samples.entry(metric.name).or_default();
        line.push_str(metric.name);
        for (i, (name, value)) in labels.iter().enumerate() {
            line.push_str(if i == 0 { "{" } else { "," });
            let _ = write!(line, "{name}=\"{}\"", escaped(value));
        }
        line.push_str(if labels.is_empty() { " " } else { "} " });
        let _ = writeln!(line, "{value}");
    }

    /// The page: every metric that has a value, with its help and type, in the order of the table.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for metric in ALL {
            let Some(samples) = self.samples.get(metric.name) else { continue };
            let kind = match metric.kind {
                Kind::Counter => "counter",
                Kind::Gauge => "gauge",
            };
            let _ = writeln!(out, "# HELP {} {}\n# TYPE {} {kind}", metric.name, metric.help, metric.name);
            out.push_str(samples);
        }
        out
    }
}

/// A label's value as the format wants it.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// Prometheus text.
#[utoipa::path(get, path = "/metrics", operation_id = "get_metrics", tag = "Metrics",
    responses((status = 200, body = String, content_type = "text/plain; version=0.0.4")))]
pub(super) async fn serve(State(state): State<AdminState>) -> impl IntoResponse {
    let mut page = Page::default();
    page.add(&BUILD_INFO, &[("version", env!("CARGO_PKG_VERSION"))], 1.0);
    state.metrics.collect(&mut page);
    process::collect(&mut page);
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], page.text())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_under_their_help_and_type() {
        let mut page = Page::default();
        page.add(&BYTES_IN, &[], 12.0);
        page.add(&BYTES_IN, &[("topic", "a\"b")], 3.5);
        assert_eq!(
            page.text(),
            "# HELP kafka_server_brokertopicmetrics_bytesin_total Bytes taken from producers.\n\
             # TYPE kafka_server_brokertopicmetrics_bytesin_total counter\n\
             kafka_server_brokertopicmetrics_bytesin_total 12\n\
             kafka_server_brokertopicmetrics_bytesin_total{topic=\"a\\\"b\"} 3.5\n"
        );
    }

    #[test]
    fn names_are_unique_and_counters_say_total() {
        for (i, metric) in ALL.iter().enumerate() {
            assert!(ALL[..i].iter().all(|m| m.name != metric.name), "{}", metric.name);
            assert_eq!(metric.kind == Kind::Counter, metric.name.ends_with("_total"), "{}", metric.name);
            assert!(metric.help.ends_with('.'), "{}", metric.name);
            assert!(metric.name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{}", metric.name);
        }
    }
}
