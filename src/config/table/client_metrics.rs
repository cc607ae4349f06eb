//! Settings of a client metrics subscription (KIP-714).

use crate::config::setting::{Setting, int, list};

/// The rows, in reading order.
#[rustfmt::skip] // one setting, one line
pub(super) const ROWS: &[Setting] = &[
    int("interval.ms").default("300000").doc("Pause between two pushes of client metrics, in milliseconds."),
    list("match").default("").doc("Which clients push, as selector=pattern pairs; empty matches all."),
    list("metrics").default("").doc("Prefixes of the metric names to push; empty pushes none, * all."),
];
