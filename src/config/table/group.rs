//! Settings of a group.

use crate::config::setting::{Setting, boolean, int, string};

/// The rows, in reading order.
#[rustfmt::skip] // one setting, one line
pub(super) const ROWS: &[Setting] = &[
    int("consumer.session.timeout.ms").default("45000").at_least(1).synonym("group.consumer.session.timeout.ms").doc("Silence after which a consumer group's member is taken out, in milliseconds."),
    int("consumer.heartbeat.interval.ms").default("5000").at_least(1).synonym("group.consumer.heartbeat.interval.ms").doc("Pause between two heartbeats of a consumer group's member, in milliseconds."),
    int("consumer.assignment.interval.ms").default("1000").at_least(0).synonym("group.consumer.assignment.interval.ms").doc("Shortest time between two assignments of a consumer group, in milliseconds."),
    int("share.session.timeout.ms").default("45000").at_least(1).synonym("group.share.session.timeout.ms").doc("Silence after which a share group's member is taken out, in milliseconds."),
    int("share.heartbeat.interval.ms").default("5000").at_least(1).synonym("group.share.heartbeat.interval.ms").doc("Pause between two heartbeats of a share group's member, in milliseconds."),
    int("share.assignment.interval.ms").default("1000").at_least(0).synonym("group.share.assignment.interval.ms").doc("Shortest time between two assignments of a share group, in milliseconds."),
    string("share.auto.offset.reset").default("latest").offset_reset().doc("Where a share group starts on a new partition: earliest, latest, or by_duration:P… before now."),
    int("share.delivery.count.limit").default("5").at_least(2).synonym("group.share.delivery.count.limit").doc("Times that a record is delivered before it is given up."),
    string("share.isolation.level").default("read_uncommitted").one_of(&["read_committed", "read_uncommitted"]).doc("Whether a share group sees records of transactions that did not commit."),
    int("share.partition.max.record.locks").default("2000").at_least(100).synonym("group.share.partition.max.record.locks").doc("Records of one partition that the group may hold locked."),
    int("share.record.lock.duration.ms").default("30000").at_least(1000).synonym("group.share.record.lock.duration.ms").doc("Time for which a share consumer holds a record, in milliseconds."),
    boolean("share.renew.acknowledge.enable").default("true").doc("Let share consumers renew their hold on a record."),
    int("streams.session.timeout.ms").default("45000").at_least(1).synonym("group.streams.session.timeout.ms").doc("Silence after which a streams group's member is taken out, in milliseconds."),
    int("streams.heartbeat.interval.ms").default("5000").at_least(1).synonym("group.streams.heartbeat.interval.ms").doc("Pause between two heartbeats of a streams group's member, in milliseconds."),
    int("streams.assignment.interval.ms").default("1000").at_least(0).synonym("group.streams.assignment.interval.ms").doc("Shortest time between two assignments of a streams group, in milliseconds."),
    int("streams.initial.rebalance.delay.ms").default("3000").at_least(0).synonym("group.streams.initial.rebalance.delay.ms").doc("Time that the first rebalance of a streams group waits for more members, in milliseconds."),
    int("streams.num.standby.replicas").default("0").at_least(0).synonym("group.streams.num.standby.replicas").doc("Standby replicas of each task."),
];
