//! The two clocks that the machine asks for.

use std::time::{Duration, Instant};

use crate::broker::state::groups::{Millis, Now};
use crate::model::TimestampMs;

#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    start: Instant,
}

impl Clock {
    pub(super) fn start() -> Clock {
        Clock { start: Instant::now() }
    }

    pub(super) fn now(self) -> Now {
        let monotonic = Millis::try_from(self.start.elapsed().as_millis()).unwrap_or(Millis::MAX);
        Now { monotonic, wall: TimestampMs::now() }
    }

    /// The instant of a deadline. Rounded up: a timer that rings early would find nothing due.
    pub(super) fn instant(self, deadline: Millis) -> tokio::time::Instant {
        // A year is as good as never, and cannot overflow.
        let ms = deadline.min(self.now().monotonic.saturating_add(365 * 24 * 3_600_000));
        (self.start + Duration::from_millis(ms)).into()
    }
}
