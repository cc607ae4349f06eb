//! `kafka-run-class CLASS …`: runbooks call tools by their classes, old and new.

/// Classes without the package, and the tools that they are.
const CLASSES: &[(&str, &str)] = &[
    ("AclCommand", "kafka-acls"),
    ("BrokerApiVersionsCommand", "kafka-broker-api-versions"),
    ("ClientMetricsCommand", "kafka-client-metrics"),
    ("ClusterTool", "kafka-cluster"),
    ("ConfigCommand", "kafka-configs"),
    ("ConsoleConsumer", "kafka-console-consumer"),
    ("ConsoleProducer", "kafka-console-producer"),
    ("ConsumerGroupCommand", "kafka-consumer-groups"),
    ("ConsumerPerformance", "kafka-consumer-perf-test"),
    ("DelegationTokenCommand", "kafka-delegation-tokens"),
    ("DeleteRecordsCommand", "kafka-delete-records"),
    ("DumpLogSegments", "kafka-dump-log"),
    ("EndToEndLatency", "kafka-e2e-latency"),
    ("FeatureCommand", "kafka-features"),
    ("GetOffsetShell", "kafka-get-offsets"),
    ("GroupsCommand", "kafka-groups"),
    ("LeaderElectionCommand", "kafka-leader-election"),
    ("LogDirsCommand", "kafka-log-dirs"),
    ("MetadataQuorumCommand", "kafka-metadata-quorum"),
    ("MetadataShell", "kafka-metadata-shell"),
    ("ProducerPerformance", "kafka-producer-perf-test"),
    ("ReassignPartitionsCommand", "kafka-reassign-partitions"),
    ("ReplicaVerificationTool", "kafka-replica-verification"),
    ("ShareConsumerPerformance", "kafka-share-consumer-perf-test"),
    ("StorageTool", "kafka-storage"),
    ("StreamsResetter", "kafka-streams-application-reset"),
    ("TopicCommand", "kafka-topics"),
    ("TransactionsCommand", "kafka-transactions"),
    ("VerifiableConsumer", "kafka-verifiable-consumer"),
    ("VerifiableProducer", "kafka-verifiable-producer"),
];

/// Packages of Kafka that hold tools.
const PACKAGES: &[&str] = &["kafka.admin.", "kafka.tools.", "org.apache.kafka.tools.", "org.apache.kafka.shell."];

/// The tool that a class is.
pub fn tool_of(class: &str) -> Option<&'static str> {
    PACKAGES.iter().find(|package| class.starts_with(**package))?;
    let simple = class.rsplit('.').next()?;
    CLASSES.iter().find(|(known, _)| *known == simple).map(|(_, tool)| *tool)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_known_in_their_old_and_new_packages() {
        assert_eq!(tool_of("kafka.admin.TopicCommand"), Some("kafka-topics"));
        assert_eq!(
            tool_of("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"),
            Some("kafka-consumer-groups")
        );
        assert_eq!(tool_of("com.example.TopicCommand"), None);
        assert_eq!(tool_of("kafka.tools.JmxTool"), None);
    }
}
