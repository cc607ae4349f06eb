//! Replication and leadership.

use crate::config::setting::{Setting, boolean, int, long, string};

/// The rows, in reading order.
#[rustfmt::skip] // one setting, one line
pub(super) const ROWS: &[Setting] = &[
    int("min.insync.replicas").default("1").at_least(1).high().cluster_wide().doc("Replicas that must be in sync for a produce with acks=all to be taken."),
    boolean("unclean.leader.election.enable").default("false").high().cluster_wide().doc("Let a replica that is out of sync lead when no other is left, at the price of lost records."),
    long("unclean.leader.election.interval.ms").default("300000").at_least(1).internal().doc("Pause between two looks for partitions that an unclean election would bring back, in milliseconds."),
    long("replica.lag.time.max.ms").default("30000").high().doc("A follower that has not caught up for this long leaves the in-sync set, in milliseconds."),
    int("replica.fetch.max.bytes").default("1048576").at_least(0).doc("Bytes that a follower aims to fetch of one partition at a time."),
    int("replica.fetch.response.max.bytes").default("10485760").at_least(0).doc("Bytes that a follower aims to fetch in one answer."),
    int("replica.fetch.min.bytes").default("1").high().doc("Bytes that a follower's fetch waits for."),
    int("replica.fetch.wait.max.ms").default("500").high().doc("Longest wait of a follower's fetch, in milliseconds; keep it under replica.lag.time.max.ms."),
    int("replica.fetch.backoff.ms").default("1000").at_least(0).doc("Pause of a follower after an error, in milliseconds."),
    int("replica.socket.timeout.ms").default("30000").high().doc("Time that a follower's request may take, in milliseconds."),
    int("replica.socket.receive.buffer.bytes").default("65536").high().doc("SO_RCVBUF of followers' connections in bytes."),
    long("replica.high.watermark.checkpoint.interval.ms").default("5000").high().doc("Pause between two writes of the high watermarks to disk, in milliseconds."),
    string("replica.selector.class").doc("Rule that sends consumers to a replica near them; logbus knows org.apache.kafka.common.replica.RackAwareReplicaSelector."),
    int("num.replica.fetchers").default("1").at_least(1).high().cluster_wide().doc("Connections that a follower fetches with from each leader."),
    int("num.replica.alter.log.dirs.threads").high().doc("Threads that move replicas between directories of this broker; as many as there are directories if unset."),
    boolean("auto.leader.rebalance.enable").default("true").high().doc("Give leadership back to preferred replicas by itself."),
    long("leader.imbalance.check.interval.seconds").default("300").at_least(1).high().doc("Pause between two looks at the balance of leaders, in seconds."),
    int("fetch.max.bytes").default("57671680").at_least(1024).doc("Largest answer to one fetch, in bytes."),
    int("max.incremental.fetch.session.cache.slots").default("1000").at_least(0).doc("Incremental fetch sessions that are remembered."),
    boolean("follower.fetch.last.tiered.offset.enable").default("false").cluster_wide().ignored().doc("New followers of tiered topics begin at the last tiered offset."),
    int("fetch.purgatory.purge.interval.requests").default("1000").ignored().doc("Finished requests that Kafka keeps before it sweeps its fetch purgatory."),
    int("producer.purgatory.purge.interval.requests").default("1000").ignored().doc("Finished requests that Kafka keeps before it sweeps its produce purgatory."),
    int("delete.records.purgatory.purge.interval.requests").default("1").ignored().doc("Finished requests that Kafka keeps before it sweeps its delete-records purgatory."),
    int("share.fetch.purgatory.purge.interval.requests").default("1000").ignored().doc("Finished requests that Kafka keeps before it sweeps its share-fetch purgatory."),
];
