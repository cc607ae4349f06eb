//! `kafka-run-class.sh CLASS args`: the tool of a Java class, as runbooks call those that had no script of their own.

/// The name of the script.
pub const NAME: &str = "kafka-run-class";

/// Tools and the classes behind their scripts, of today and of releases before.
const CLASSES: &[(&str, &[&str])] = &[
    ("kafka-acls", &["org.apache.kafka.tools.AclCommand", "kafka.admin.AclCommand"]),
    (
        "kafka-broker-api-versions",
        &["org.apache.kafka.tools.BrokerApiVersionsCommand", "kafka.admin.BrokerApiVersionsCommand"],
    ),
    ("kafka-client-metrics", &["org.apache.kafka.tools.ClientMetricsCommand"]),
    ("kafka-cluster", &["org.apache.kafka.tools.ClusterTool", "kafka.tools.ClusterTool"]),
    ("kafka-configs", &["kafka.admin.ConfigCommand"]),
    ("kafka-console-consumer", &["org.apache.kafka.tools.consumer.ConsoleConsumer", "kafka.tools.ConsoleConsumer"]),
    ("kafka-console-producer", &["org.apache.kafka.tools.ConsoleProducer", "kafka.tools.ConsoleProducer"]),
    ("kafka-console-share-consumer", &["org.apache.kafka.tools.consumer.ConsoleShareConsumer"]),
    (
        "kafka-consumer-groups",
        &["org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", "kafka.admin.ConsumerGroupCommand"],
    ),
    ("kafka-consumer-perf-test", &["org.apache.kafka.tools.ConsumerPerformance", "kafka.tools.ConsumerPerformance"]),
    (
        "kafka-delegation-tokens",
        &["org.apache.kafka.tools.DelegationTokenCommand", "kafka.admin.DelegationTokenCommand"],
    ),
    ("kafka-delete-records", &["org.apache.kafka.tools.DeleteRecordsCommand", "kafka.admin.DeleteRecordsCommand"]),
    ("kafka-dump-log", &["org.apache.kafka.tools.DumpLogSegments", "kafka.tools.DumpLogSegments"]),
    ("kafka-e2e-latency", &["org.apache.kafka.tools.EndToEndLatency", "kafka.tools.EndToEndLatency"]),
    ("kafka-features", &["org.apache.kafka.tools.FeatureCommand", "kafka.admin.FeatureCommand"]),
    ("kafka-get-offsets", &["org.apache.kafka.tools.GetOffsetShell", "kafka.tools.GetOffsetShell"]),
    ("kafka-groups", &["org.apache.kafka.tools.GroupsCommand"]),
    ("kafka-jmx", &["org.apache.kafka.tools.JmxTool", "kafka.tools.JmxTool"]),
    ("kafka-leader-election", &["org.apache.kafka.tools.LeaderElectionCommand", "kafka.admin.LeaderElectionCommand"]),
    ("kafka-log-dirs", &["org.apache.kafka.tools.LogDirsCommand", "kafka.admin.LogDirsCommand"]),
    ("kafka-metadata-quorum", &["org.apache.kafka.tools.MetadataQuorumCommand", "kafka.admin.MetadataQuorumCommand"]),
    ("kafka-metadata-shell", &["org.apache.kafka.shell.MetadataShell"]),
    ("kafka-producer-perf-test", &["org.apache.kafka.tools.ProducerPerformance"]),
    (
        "kafka-reassign-partitions",
        &["org.apache.kafka.tools.reassign.ReassignPartitionsCommand", "kafka.admin.ReassignPartitionsCommand"],
    ),
    (
        "kafka-replica-verification",
        &["org.apache.kafka.tools.ReplicaVerificationTool", "kafka.tools.ReplicaVerificationTool"],
    ),
    ("kafka-server-start", &["kafka.Kafka"]),
    ("kafka-share-consumer-perf-test", &["org.apache.kafka.tools.ShareConsumerPerformance"]),
    ("kafka-share-groups", &["org.apache.kafka.tools.consumer.group.ShareGroupCommand"]),
    ("kafka-storage", &["kafka.tools.StorageTool"]),
    ("kafka-streams-application-reset", &["org.apache.kafka.tools.StreamsResetter", "kafka.tools.StreamsResetter"]),
    ("kafka-streams-groups", &["org.apache.kafka.tools.streams.StreamsGroupCommand"]),
    ("kafka-topics", &["org.apache.kafka.tools.TopicCommand", "kafka.admin.TopicCommand"]),
    ("kafka-transactions", &["org.apache.kafka.tools.TransactionsCommand"]),
    ("kafka-verifiable-consumer", &["org.apache.kafka.tools.VerifiableConsumer"]),
    ("kafka-verifiable-producer", &["org.apache.kafka.tools.VerifiableProducer"]),
    ("kafka-verifiable-share-consumer", &["org.apache.kafka.tools.VerifiableShareConsumer"]),
    (
        "zookeeper-shell",
        &["org.apache.zookeeper.ZooKeeperMainWithTlsSupportForKafka", "org.apache.zookeeper.ZooKeeperMain"],
    ),
];

/// The class among `args` and what is behind it; the script's own options and those of the virtual machine before it
/// mean nothing here.
pub fn split(args: &[String]) -> Option<(&str, &[String])> {
    let mut at = 0;
    loop {
        match args.get(at)?.as_str() {
            "-name" => at += 2,
            "-daemon" | "-loggc" => at += 1,
            word if word.starts_with("-D") || word.starts_with("-X") => at += 1,
            class => return Some((class, &args[at + 1..])),
        }
    }
}

/// The tool of a class.
pub fn tool_of(class: &str) -> Option<&'static str> {
    CLASSES.iter().find(|(_, classes)| classes.contains(&class)).map(|(tool, _)| *tool)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_has_a_tool_whatever_stands_before_it() {
        let words: Vec<String> =
            "-name x -Xmx1g kafka.tools.GetOffsetShell --topic t".split(' ').map(str::to_owned).collect();
        let (class, rest) = split(&words).unwrap();
        assert_eq!((tool_of(class), rest.join(" ").as_str()), (Some("kafka-get-offsets"), "--topic t"));
        assert_eq!(tool_of("com.example.Tool"), None);
        assert!(split(&words[..2]).is_none());
    }

    #[test]
    fn every_tool_can_be_called_by_its_class() {
        // `kafka-metadata` is another name of the metadata shell, and a script alone stops brokers.
        let known = |tool: &str| {
            matches!(tool, "kafka-metadata" | "kafka-server-stop") || CLASSES.iter().any(|(name, _)| *name == tool)
        };
        let missing: Vec<&str> = super::super::names().filter(|tool| !known(tool)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
