//! Transactions.

use crate::config::setting::{Setting, boolean, int, short};

/// The rows, in reading order.
#[rustfmt::skip] // one setting, one line
pub(super) const ROWS: &[Setting] = &[
    int("transaction.max.timeout.ms").default("900000").at_least(1).high().doc("Longest transaction timeout that a producer may ask for, in milliseconds."),
    int("transactional.id.expiration.ms").default("604800000").at_least(1).high().doc("Silence after which a transactional id is forgotten, in milliseconds."),
    int("transaction.abort.timed.out.transaction.cleanup.interval.ms").default("10000").at_least(1).low().doc("Pause between two looks for transactions that ran out of time, in milliseconds."),
    int("transaction.remove.expired.transaction.cleanup.interval.ms").default("3600000").at_least(1).low().doc("Pause between two looks for expired transactional ids, in milliseconds."),
    boolean("transaction.partition.verification.enable").default("true").low().cluster_wide().doc("Check that a partition was added to the transaction before records of it are taken."),
    boolean("transaction.two.phase.commit.enable").default("false").low().doc("Let clients take part in two-phase commit, with transactions that never time out."),
    int("transaction.state.log.load.buffer.size").default("5242880").at_least(1).high().doc("Bytes read at a time when a coordinator loads a partition of __transaction_state."),
    int("transaction.state.log.min.isr").default("2").at_least(1).high().doc("In-sync replicas that __transaction_state asks for."),
    int("transaction.state.log.num.partitions").default("50").at_least(1).high().doc("Partitions of __transaction_state; must not change once it exists."),
    short("transaction.state.log.replication.factor").default("3").at_least(1).high().doc("Replicas of __transaction_state."),
    int("transaction.state.log.segment.bytes").default("104857600").at_least(1).high().doc("Segment size of __transaction_state, in bytes."),
    int("add.partitions.to.txn.retry.backoff.ms").default("20").at_least(1).high().doc("Pause before the server tries again to add a partition to a transaction, in milliseconds."),
    int("add.partitions.to.txn.retry.backoff.max.ms").default("100").at_least(0).high().doc("Longest time for which the server tries to add a partition to a transaction, in milliseconds."),
];
