//! The controllers and the metadata log.

use crate::config::setting::{Setting, boolean, int, list, long, string};

/// The rows, in reading order.
#[rustfmt::skip] // one setting, one line
pub(super) const ROWS: &[Setting] = &[
    list("controller.quorum.voters").default("").high().doc("The controllers of a fixed quorum, as id@host:port pairs."),
    list("controller.quorum.bootstrap.servers").default("").high().doc("Addresses by which nodes find the controllers of a dynamic quorum."),
    boolean("controller.quorum.auto.join.enable").default("false").low().doc("Let a controller that is not a voter add itself to the quorum."),
    int("controller.quorum.election.timeout.ms").default("1000").at_least(0).high().doc("Silence of the leader after which a new election begins, in milliseconds."),
    int("controller.quorum.election.backoff.max.ms").default("1000").at_least(0).high().doc("Longest random pause before an election is tried again, in milliseconds."),
    int("controller.quorum.fetch.timeout.ms").default("2000").at_least(0).high().doc("Time without a fetch from a majority after which the leader resigns, in milliseconds."),
    int("controller.quorum.request.timeout.ms").default("2000").at_least(0).doc("Time that a quorum request may take, in milliseconds."),
    int("controller.quorum.retry.backoff.ms").default("20").at_least(0).low().doc("Pause before a quorum request is sent again, in milliseconds."),
    int("controller.quorum.append.linger.ms").default("25").at_least(0).doc("Time that the leader gathers metadata writes before it flushes, in milliseconds."),
    int("controller.quorum.fetch.max.bytes").default("1048576").at_least(1).low().doc("Bytes of the metadata log sent in one fetch answer."),
    int("controller.quorum.fetch.snapshot.max.bytes").default("1048576").at_least(1).low().doc("Bytes of a snapshot sent in one answer."),
    int("controller.socket.timeout.ms").default("30000").doc("Time that a request to the controller may take, in milliseconds."),
    long("controller.performance.always.log.threshold.ms").default("2000").at_least(0).internal().doc("A metadata event slower than this is always logged, in milliseconds."),
    long("controller.performance.sample.period.ms").default("60000").at_least(100).internal().doc("Span over which the controller sums up how fast it handles events, in milliseconds."),
    string("metadata.log.dir").high().doc("Directory of the metadata log; unset means the first of log.dirs."),
    long("metadata.log.max.record.bytes.between.snapshots").default("20971520").at_least(1).high().doc("Bytes of metadata records after which a snapshot is written."),
    long("metadata.log.max.snapshot.interval.ms").default("3600000").at_least(0).high().doc("Time after which a snapshot is written if anything changed, in milliseconds; 0 turns it off."),
    int("metadata.log.segment.bytes").default("1073741824").at_least(8388608).high().doc("Segment size of the metadata log, in bytes."),
    long("metadata.log.segment.ms").default("604800000").high().doc("Age at which a segment of the metadata log is closed, in milliseconds."),
    int("metadata.max.idle.interval.ms").default("500").at_least(0).low().doc("Pause after which the leader writes a no-op record on a quiet log, in milliseconds; 0 turns it off."),
    long("metadata.max.retention.bytes").default("104857600").high().doc("Size of metadata log and snapshots past which the oldest go, in bytes."),
    long("metadata.max.retention.ms").default("604800000").high().doc("Age of metadata log and snapshots past which the oldest go, in milliseconds."),
    long("internal.metadata.delete.delay.millis").default("60000").low().internal().doc("Time between taking a metadata segment out of the log and removing its files, in milliseconds."),
    int("internal.metadata.log.segment.bytes").low().internal().doc("Segment size of the metadata log in tests, without the usual floor, in bytes."),
    int("internal.metadata.max.batch.size.in.bytes").default("8388608").low().internal().doc("Largest batch of the metadata log, in bytes."),
    int("broker.heartbeat.interval.ms").default("2000").doc("Pause between two heartbeats of a broker to the controller, in milliseconds."),
    int("broker.session.timeout.ms").default("9000").doc("Silence of a broker after which it is fenced, in milliseconds."),
    int("initial.broker.registration.timeout.ms").default("60000").doc("Time that a starting broker tries to register before it gives up, in milliseconds."),
    boolean("controlled.shutdown.enable").default("true").doc("Move leaders away before the broker stops."),
];
