//! Settings of a topic; where the row names a synonym, the broker's value is the default.

use crate::config::setting::{Setting, boolean, double, int, list, long, string};

/// The rows, in reading order.
#[rustfmt::skip] // one setting, one line
pub(super) const ROWS: &[Setting] = &[
    list("cleanup.policy").default("delete").items(&["compact", "delete"]).synonym("log.cleanup.policy").doc("What happens to old segments: delete them, compact them by key, or both; empty keeps everything."),
    string("compression.type").default("producer").one_of(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]).synonym("compression.type").doc("Codec that batches are stored with; producer keeps what the producer chose."),
    int("compression.gzip.level").default("-1").gzip_level().synonym("compression.gzip.level").doc("Level of gzip when the broker recompresses; -1 is the codec's own."),
    int("compression.lz4.level").default("9").range(1, 17).synonym("compression.lz4.level").doc("Level of lz4 when the broker recompresses."),
    int("compression.zstd.level").default("3").range(-131072, 22).synonym("compression.zstd.level").doc("Level of zstd when the broker recompresses."),
    long("delete.retention.ms").default("86400000").at_least(0).synonym("log.cleaner.delete.retention.ms").doc("How long a tombstone stays readable in a compacted topic, in milliseconds."),
    long("file.delete.delay.ms").default("60000").at_least(0).synonym("log.segment.delete.delay.ms").doc("Time between taking a segment out of the log and removing its files, in milliseconds."),
    long("flush.messages").default("9223372036854775807").at_least(1).synonym("log.flush.interval.messages").doc("Records appended to a partition before it is forced to disk. With 1, every append is acknowledged and shown to consumers once it is on disk; appends that come at the same time share one sync."),
    long("flush.ms").default("9223372036854775807").at_least(0).synonym("log.flush.interval.ms").doc("Time that a record may wait in memory before it is forced to disk, in milliseconds."),
    list("follower.replication.throttled.replicas").default("").throttled_replicas().doc("Replicas whose followers are throttled, as partition:broker pairs, or * for all."),
    list("leader.replication.throttled.replicas").default("").throttled_replicas().doc("Replicas whose leaders are throttled, as partition:broker pairs, or * for all."),
    int("index.interval.bytes").default("4096").at_least(0).synonym("log.index.interval.bytes").doc("Bytes of records between two entries of the offset index."),
    int("internal.segment.bytes").internal().doc("Segment size in tests, without the usual floor, in bytes."),
    long("local.retention.bytes").default("-2").at_least(-2).synonym("log.local.retention.bytes").ignored().doc("Bytes kept on local disk of a tiered topic; -2 follows retention.bytes."),
    long("local.retention.ms").default("-2").at_least(-2).synonym("log.local.retention.ms").ignored().doc("Time that segments of a tiered topic stay on local disk, in milliseconds; -2 follows retention.ms."),
    long("max.compaction.lag.ms").default("9223372036854775807").at_least(1).synonym("log.cleaner.max.compaction.lag.ms").doc("Time after which a record must be open to compaction, in milliseconds."),
    int("max.message.bytes").default("1048588").at_least(0).synonym("message.max.bytes").doc("Largest record batch that the topic takes, after compression, in bytes."),
    long("message.timestamp.after.max.ms").default("3600000").at_least(0).synonym("log.message.timestamp.after.max.ms").doc("How far a record's timestamp may lie after the broker's clock, in milliseconds."),
    long("message.timestamp.before.max.ms").default("9223372036854775807").at_least(0).synonym("log.message.timestamp.before.max.ms").doc("How far a record's timestamp may lie before the broker's clock, in milliseconds."),
    string("message.timestamp.type").default("CreateTime").one_of(&["CreateTime", "LogAppendTime"]).synonym("log.message.timestamp.type").doc("Whose clock stamps records: the producer's (CreateTime) or the broker's (LogAppendTime)."),
    double("min.cleanable.dirty.ratio").default("0.5").fraction(0.0, 1.0).synonym("log.cleaner.min.cleanable.ratio").doc("Share of a partition that must be new before it is compacted."),
    long("min.compaction.lag.ms").default("0").at_least(0).synonym("log.cleaner.min.compaction.lag.ms").doc("Time for which a record is safe from compaction, in milliseconds."),
    int("min.insync.replicas").default("1").at_least(1).synonym("min.insync.replicas").doc("Replicas that must be in sync for a produce with acks=all to be taken."),
    boolean("preallocate").default("false").synonym("log.preallocate").doc("Reserve the whole segment file when it is created."),
    boolean("remote.log.copy.disable").default("false").ignored().doc("Stop copying segments of a tiered topic."),
    boolean("remote.log.delete.on.disable").default("false").ignored().doc("Delete tiered segments when tiering is turned off."),
    boolean("remote.storage.enable").default("false").ignored().doc("Tier the topic's segments."),
    long("retention.bytes").default("-1").synonym("log.retention.bytes").doc("Size that a partition may reach before its oldest segments are deleted, in bytes; -1 sets no bound."),
    long("retention.ms").default("604800000").at_least(-1).synonym("log.retention.ms").doc("Closed segments older than this are deleted, in milliseconds; -1 keeps them for ever."),
    int("segment.bytes").default("1073741824").at_least(1048576).synonym("log.segment.bytes").doc("Size at which a segment is closed and the next one begun, in bytes."),
    int("segment.index.bytes").default("10485760").at_least(4).synonym("log.index.size.max.bytes").doc("Largest size of an index file in bytes; a full index rolls the segment."),
    long("segment.jitter.ms").default("0").at_least(0).synonym("log.roll.jitter.ms").doc("Largest random time taken off the roll age, so that segments do not all roll at once, in milliseconds."),
    long("segment.ms").default("604800000").at_least(1).synonym("log.roll.ms").doc("Age at which a segment is closed even if it is not full, in milliseconds."),
    boolean("unclean.leader.election.enable").default("false").synonym("unclean.leader.election.enable").doc("Let a replica that is out of sync lead when no other is left, at the price of lost records."),
];
