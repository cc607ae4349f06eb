//! Quotas and throttles.

use crate::config::setting::{Setting, class, int, long};

/// The rows, in reading order.
#[rustfmt::skip] // one setting, one line
pub(super) const ROWS: &[Setting] = &[
    int("quota.window.num").default("11").at_least(1).low().doc("Samples over which client quotas are measured."),
    int("quota.window.size.seconds").default("1").at_least(1).low().doc("Length of one sample of client quotas, in seconds."),
    int("replication.quota.window.num").default("11").at_least(1).low().doc("Samples over which replication quotas are measured."),
    int("replication.quota.window.size.seconds").default("1").at_least(1).low().doc("Length of one sample of replication quotas, in seconds."),
    int("alter.log.dirs.replication.quota.window.num").default("11").at_least(1).low().doc("Samples over which moves between directories are measured."),
    int("alter.log.dirs.replication.quota.window.size.seconds").default("1").at_least(1).low().doc("Length of one sample of moves between directories, in seconds."),
    int("controller.quota.window.num").default("11").at_least(1).low().doc("Samples over which quotas of controller mutations are measured."),
    int("controller.quota.window.size.seconds").default("1").at_least(1).low().doc("Length of one sample of quotas of controller mutations, in seconds."),
    class("client.quota.callback.class").low().ignored().doc("Java class that decides on client quotas."),
    long("leader.replication.throttled.rate").default("9223372036854775807").at_least(0).cluster_wide().doc("Bytes a second that a leader sends to throttled replicas."),
    long("follower.replication.throttled.rate").default("9223372036854775807").at_least(0).cluster_wide().doc("Bytes a second that a follower takes for throttled replicas."),
    long("replica.alter.log.dirs.io.max.bytes.per.second").default("9223372036854775807").at_least(0).cluster_wide().doc("Bytes a second that moves between directories may use."),
];
