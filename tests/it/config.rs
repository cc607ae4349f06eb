//! What DescribeConfigs says, beside what Apache Kafka says of the same settings.

use std::collections::BTreeMap;
use std::process::Stdio;

use logbus::config::describe::{ConfigEntry, Source, describe_broker, describe_group, describe_topic};
use logbus::config::{BrokerConfig, validate_broker_config, validate_group_config, validate_topic_config};
use logbus::model::Properties;

use crate::apache_kafka::{ApacheKafka, java};
use crate::harness::repository;

#[test]
fn every_setting_is_described_and_refused_as_apache_kafka_does() {
    let directory = tempfile::tempdir().unwrap();
    let more = ["log.retention.hours=100", "log.segment.bytes=4194304", "my.plugin.key=secret", "ssl.key.password=x"];
    let Some(kafka) = ApacheKafka::start_in("DescribeConfigs parity", directory, &more) else { return };
    let output = java(kafka.class_path())
        .arg(repository().join("tests/clients/java/DescribeConfigs.java"))
        .arg(kafka.bootstrap())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let kafka_says = String::from_utf8(output.stdout).unwrap();

    let file = Properties::parse(&std::fs::read(kafka.properties()).unwrap());
    let (broker, _) = BrokerConfig::from_properties(&file).unwrap();
    // Formatting with eligible leader replicas on records min.insync.replicas as the cluster's.
    let cluster = [("log.cleaner.threads", "2"), ("log.retention.ms", "86400000"), ("min.insync.replicas", "1")];
    let broker = broker.with_dynamic(cluster, [("log.cleaner.threads", "1")]).unwrap();
    let topic =
        [("segment.bytes", "2097152"), ("cleanup.policy", "compact,delete"), ("min.cleanable.dirty.ratio", "0.25")];
    let mut ours = BTreeMap::new();
    for (kind, entries) in [
        ("TOPIC", describe_topic(&broker, topic)),
        ("BROKER", describe_broker(&broker, false)),
        ("ALL", describe_broker(&broker, true)),
        ("GROUP", describe_group(&broker, [])),
    ] {
        ours.extend(entries.iter().map(|entry| ((kind.to_owned(), entry.name.clone()), line(kind, entry))));
    }
    let mut wrong = Vec::new();
    for theirs in kafka_says.lines().filter(|line| !line.starts_with("REFUSED")) {
        let mut fields = theirs.split('\t');
        let key = (fields.next().unwrap().to_owned(), fields.next().unwrap().to_owned());
        let own = ours.remove(&key);
        // Once log.retention.ms is set while running, Kafka forgets what the file says of the hours: a slip of its own.
        if own.as_deref() != Some(theirs) && key.1 != "log.retention.hours" {
            wrong.push(format!("kafka:  {theirs}\nlogbus: {}", own.unwrap_or_default()));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    let only_ours: Vec<_> = ours.into_keys().map(|(_, name)| name).collect();
    assert_eq!(only_ours, ["log.cache.bytes", "log.retention.disk.usage.percent", "logbus.admin.listener"]);

    let refusals: Vec<String> = [
        validate_topic_config("retention.ms", "x"),
        validate_topic_config("foo", "x"),
        validate_broker_config("num.partitions", "3", false),
        validate_broker_config("listeners", "PLAINTEXT://h:1", true),
        validate_broker_config("log.cleaner.threads", "-1", true),
        validate_group_config("foo", "x"),
        validate_group_config("consumer.session.timeout.ms", "x"),
    ]
    .into_iter()
    .map(|result| result.unwrap_err().to_string())
    .collect();
    let theirs = kafka_says.lines().filter_map(|line| line.strip_prefix("REFUSED\t")?.split('\t').nth(1));
    assert_eq!(refusals, theirs.collect::<Vec<_>>());
}

/// As `DescribeConfigs.java` prints an entry.
fn line(kind: &str, entry: &ConfigEntry) -> String {
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "null".to_owned());
    let synonyms: Vec<String> = entry
        .synonyms
        .iter()
        .map(|synonym| format!("{}={}@{}", synonym.name, text(&synonym.value), source(synonym.source)))
        .collect();
    [
        kind.to_owned(),
        entry.name.clone(),
        text(&entry.value),
        source(entry.source).to_owned(),
        entry.is_sensitive.to_string(),
        entry.read_only.to_string(),
        entry.kind.map_or("UNKNOWN", |kind| kind.name()).to_owned(),
        synonyms.join(";"),
    ]
    .join("\t")
}

fn source(source: Source) -> &'static str {
    match source {
        Source::Topic => "DYNAMIC_TOPIC_CONFIG",
        Source::DynamicBroker => "DYNAMIC_BROKER_CONFIG",
        Source::DynamicDefaultBroker => "DYNAMIC_DEFAULT_BROKER_CONFIG",
        Source::StaticBroker => "STATIC_BROKER_CONFIG",
        Source::Default => "DEFAULT_CONFIG",
        Source::ClientMetrics => "DYNAMIC_CLIENT_METRICS_CONFIG",
        Source::Group => "DYNAMIC_GROUP_CONFIG",
    }
}
