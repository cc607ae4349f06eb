//! Tiered storage, which logbus has not: Kafka's settings are accepted and named as ignored.

use crate::config::setting::{Setting, boolean, double, int, long, string};

/// The rows, in reading order.
#[rustfmt::skip] // one setting, one line
pub(super) const ROWS: &[Setting] = &[
    boolean("remote.log.storage.system.enable").default("false").ignored().doc("Tiered storage as a whole."),
    int("remote.fetch.max.wait.ms").default("500").at_least(1).cluster_wide().ignored().doc("Time that a fetch waits for tiered storage, in milliseconds."),
    long("remote.list.offsets.request.timeout.ms").default("30000").at_least(1).cluster_wide().ignored().doc("Time that ListOffsets waits for tiered storage, in milliseconds."),
    long("remote.log.index.file.cache.total.size.bytes").default("1073741824").at_least(1).low().cluster_wide().ignored().doc("Disk space of cached remote indexes, in bytes."),
    long("remote.log.index.file.cache.ttl.ms").default("900000").at_least(-1).low().internal().ignored().doc("Time that a cached remote index is kept, in milliseconds."),
    int("remote.log.manager.copier.thread.pool.size").default("10").at_least(1).cluster_wide().ignored().doc("Threads that copy segments to tiered storage."),
    long("remote.log.manager.copy.max.bytes.per.second").default("9223372036854775807").at_least(1).cluster_wide().ignored().doc("Bytes a second copied to tiered storage."),
    int("remote.log.manager.copy.quota.window.num").default("11").at_least(1).ignored().doc("Samples over which copies to tiered storage are measured."),
    int("remote.log.manager.copy.quota.window.size.seconds").default("1").at_least(1).ignored().doc("Length of one sample of copies to tiered storage, in seconds."),
    int("remote.log.manager.expiration.thread.pool.size").default("10").at_least(1).cluster_wide().ignored().doc("Threads that expire tiered segments."),
    long("remote.log.manager.fetch.max.bytes.per.second").default("9223372036854775807").at_least(1).cluster_wide().ignored().doc("Bytes a second fetched from tiered storage."),
    int("remote.log.manager.fetch.quota.window.num").default("11").at_least(1).ignored().doc("Samples over which fetches from tiered storage are measured."),
    int("remote.log.manager.fetch.quota.window.size.seconds").default("1").at_least(1).ignored().doc("Length of one sample of fetches from tiered storage, in seconds."),
    int("remote.log.manager.follower.thread.pool.size").default("2").at_least(1).cluster_wide().ignored().doc("Threads for tiered partitions that this broker follows."),
    long("remote.log.manager.task.interval.ms").default("30000").at_least(1).low().ignored().doc("Pause between two runs of tiered storage's chores, in milliseconds."),
    long("remote.log.manager.task.retry.backoff.max.ms").default("30000").at_least(1).low().internal().ignored().doc("Longest pause before a tiered chore is tried again, in milliseconds."),
    long("remote.log.manager.task.retry.backoff.ms").default("500").at_least(1).low().internal().ignored().doc("First pause before a tiered chore is tried again, in milliseconds."),
    double("remote.log.manager.task.retry.jitter").default("0.2").fraction(0.0, 0.5).low().internal().ignored().doc("Share of random time added to the pause of tiered chores."),
    int("remote.log.manager.thread.pool.size").default("2").at_least(1).ignored().doc("Threads of tiered storage's chores."),
    int("remote.log.metadata.custom.metadata.max.bytes").default("128").at_least(0).low().ignored().doc("Largest metadata of a tiered segment from its storage plugin, in bytes."),
    string("remote.log.metadata.manager.class.name").default("org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager").non_empty().ignored().doc("Java class that keeps the metadata of tiered segments."),
    string("remote.log.metadata.manager.class.path").ignored().doc("Class path of the tiered metadata plugin."),
    string("remote.log.metadata.manager.impl.prefix").default("rlmm.config.").non_empty().ignored().doc("Prefix of settings handed to the tiered metadata plugin."),
    string("remote.log.metadata.manager.listener.name").non_empty().ignored().doc("Listener that the tiered metadata plugin dials."),
    int("remote.log.reader.max.pending.tasks").default("100").at_least(1).ignored().doc("Reads of tiered storage that may wait."),
    int("remote.log.reader.threads").default("10").at_least(1).cluster_wide().ignored().doc("Threads that read tiered storage."),
    string("remote.log.storage.manager.class.name").non_empty().ignored().doc("Java class that stores tiered segments."),
    string("remote.log.storage.manager.class.path").ignored().doc("Class path of the tiered storage plugin."),
    string("remote.log.storage.manager.impl.prefix").default("rsm.config.").non_empty().ignored().doc("Prefix of settings handed to the tiered storage plugin."),
];
