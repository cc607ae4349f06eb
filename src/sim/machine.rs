//! A simulated machine: whether it runs, what its clock shows, how fast its disk is.

use super::time::{MS, Micros, WALL_START_MS};
use crate::model::TimestampMs;

/// One machine.
#[derive(Clone, Copy, Debug)]
pub struct MachineState {
    /// Whether its processes run.
    pub up: bool,
    /// Raised at each start: what belongs to an earlier life is to nobody.
    pub life: u32,
    /// Its processes stand still until then (SIGSTOP).
    pub paused_until: Micros,
    /// How far its wall clock is off.
    pub skew_ms: i64,
    /// Its disk takes this much longer until then.
    pub slow_disk_until: Micros,
}

impl Default for MachineState {
    fn default() -> Self {
        MachineState { up: true, life: 0, paused_until: 0, skew_ms: 0, slow_disk_until: 0 }
    }
}

impl MachineState {
    /// What the wall clock shows.
    pub const fn wall(&self, now: Micros) -> TimestampMs {
        TimestampMs(WALL_START_MS + (now / MS) as i64 + self.skew_ms)
    }

    /// How long a write with sync takes that usually takes `usual`.
    pub const fn disk_delay(&self, usual: Micros, now: Micros) -> Micros {
        if now < self.slow_disk_until { usual * 40 } else { usual }
    }
}
