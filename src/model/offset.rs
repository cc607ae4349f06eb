//! Positions and times in a log.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// The offset of a record in a partition: a count of records from the log's first, never negative once assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Offset(pub i64);

impl Offset {
    /// The first offset of any log.
    pub const ZERO: Offset = Offset(0);
    /// What the protocol sends where there is no offset.
    pub const NONE: Offset = Offset(-1);

    /// The raw value as the wire and the disk carry it.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The next record's offset.
    #[must_use]
    pub const fn next(self) -> Offset {
        Offset(self.0 + 1)
    }
}

impl Add<i64> for Offset {
    type Output = Offset;
    fn add(self, n: i64) -> Offset {
        Offset(self.0 + n)
    }
}

impl AddAssign<i64> for Offset {
    fn add_assign(&mut self, n: i64) {
        self.0 += n;
    }
}

impl Sub for Offset {
    type Output = i64;
    fn sub(self, other: Offset) -> i64 {
        self.0 - other.0
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The term of a partition's leader (KIP-101): raised by the controller at every election.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct LeaderEpoch(pub i32);

impl LeaderEpoch {
    /// "No epoch known", as the protocol writes it.
    pub const NONE: LeaderEpoch = LeaderEpoch(-1);

    /// The raw value as the wire and the disk carry it.
    pub const fn get(self) -> i32 {
        self.0
    }

    /// The next term.
    #[must_use]
    pub const fn next(self) -> LeaderEpoch {
        LeaderEpoch(self.0 + 1)
    }
}

impl fmt::Display for LeaderEpoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Milliseconds since the Unix epoch; -1 is Kafka's "no timestamp".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TimestampMs(pub i64);

impl TimestampMs {
    /// "No timestamp", as records and answers carry it.
    pub const NONE: TimestampMs = TimestampMs(-1);

    /// The raw value in milliseconds.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The system clock, for the thin I/O layers. Pure machines take the time as an argument instead.
    pub fn now() -> TimestampMs {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        TimestampMs(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

impl Add<i64> for TimestampMs {
    type Output = TimestampMs;
    fn add(self, ms: i64) -> TimestampMs {
        TimestampMs(self.0.saturating_add(ms))
    }
}

impl Sub for TimestampMs {
    type Output = i64;
    fn sub(self, other: TimestampMs) -> i64 {
        self.0 - other.0
    }
}

impl fmt::Display for TimestampMs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
