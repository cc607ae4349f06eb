//! What to say of a group in three words: from its state, its lag and its rates. After Burrow's idea (no thresholds
//! to tune), shortened to what a live screen sees.

use super::format;

/// How a group is doing, worst last.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub enum Verdict {
    /// It keeps up.
    Ok,
    /// It lags and gains on the producers.
    CatchingUp,
    /// It has no commits, so there is nothing to judge.
    NoCommits,
    /// It lags and nobody consumes.
    NoMembers,
    /// It has members and a lag, and its commits stand still for this many milliseconds.
    Stalled(u64),
    /// It consumes this share of what arrives, in per cent, and its lag grows.
    FallingBehind(u8),
}

/// What a verdict is drawn from.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Evidence {
    pub members: usize,
    pub has_commits: bool,
    pub lag: u64,
    /// Records a second in and out; none before the second sample.
    pub rates: Option<(f64, f64)>,
    pub lag_grows: bool,
    /// For how long commits have stood still, in milliseconds.
    pub still_ms: u64,
}

/// The default `auto.commit.interval.ms`, with room for a late commit.
const COMMIT_INTERVAL_S: f64 = 6.0;
/// Standing still for twice the commit interval is a stall.
const STALL_MS: u64 = 12_000;

impl Verdict {
    pub(super) fn of(e: Evidence) -> Verdict {
        if !e.has_commits {
            return Verdict::NoCommits;
        }
        if e.lag == 0 {
            return Verdict::Ok;
        }
        if e.members == 0 {
            return Verdict::NoMembers;
        }
        let Some((arrives, consumed)) = e.rates else { return Verdict::Ok };
        if e.still_ms >= STALL_MS {
            return Verdict::Stalled(e.still_ms);
        }
        // A lag of less than one commit interval of work is the normal distance between a commit and the end.
        if (e.lag as f64) < COMMIT_INTERVAL_S * consumed.max(1.0) {
            return Verdict::Ok;
        }
        if consumed >= arrives {
            return Verdict::CatchingUp;
        }
        if e.lag_grows && e.lag as f64 >= STALL_MS as f64 / 1000.0 * (arrives - consumed) {
            return Verdict::FallingBehind((consumed / arrives * 100.0).round() as u8);
        }
        Verdict::Ok
    }

    /// Worth a person's attention.
    pub fn is_fault(&self) -> bool {
        matches!(self, Verdict::NoMembers | Verdict::Stalled(_) | Verdict::FallingBehind(_))
    }

    /// Whether the lag will not go away by itself.
    pub fn is_broken(&self) -> bool {
        matches!(self, Verdict::Stalled(_) | Verdict::FallingBehind(_))
    }

    /// The words for the table.
    pub fn text(&self) -> String {
        match self {
            Verdict::Ok => "ok".to_owned(),
            Verdict::CatchingUp => "catching up".to_owned(),
            Verdict::NoCommits => "no commits".to_owned(),
            Verdict::NoMembers => "no members".to_owned(),
            Verdict::Stalled(ms) => format!("stalled for {}", format::duration_ms(*ms)),
            Verdict::FallingBehind(percent) => format!("falling behind: consumes {percent} % of what arrives"),
        }
    }
}

/// Milliseconds until the lag is gone at these rates; none if it never will be.
pub(super) fn drains_in_ms(lag: u64, arrives: f64, consumed: f64) -> Option<u64> {
    let gain = consumed - arrives;
    // Below this a century would pass first; it is noise, not progress.
    (gain > lag as f64 / 3.0e9).then(|| (lag as f64 / gain * 1000.0) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUSY: Evidence =
        Evidence { members: 3, has_commits: true, lag: 8_000_000, rates: None, lag_grows: true, still_ms: 0 };

    #[test]
    fn a_group_without_lag_is_ok_even_without_members() {
        assert_eq!(Verdict::of(Evidence { lag: 0, members: 0, ..BUSY }), Verdict::Ok);
    }

    #[test]
    fn lag_that_nobody_consumes_is_named() {
        assert_eq!(Verdict::of(Evidence { members: 0, ..BUSY }), Verdict::NoMembers);
    }

    #[test]
    fn a_slow_group_is_told_its_share() {
        let v = Verdict::of(Evidence { rates: Some((9000.0, 3240.0)), ..BUSY });
        assert_eq!(v, Verdict::FallingBehind(36));
        assert_eq!(v.text(), "falling behind: consumes 36 % of what arrives");
    }

    #[test]
    fn a_faster_group_catches_up_and_its_drain_time_is_its_gain() {
        assert_eq!(Verdict::of(Evidence { rates: Some((2100.0, 2600.0)), ..BUSY }), Verdict::CatchingUp);
        assert_eq!(drains_in_ms(12_400, 2_100.0, 2_600.0), Some(24_800));
        assert_eq!(drains_in_ms(12_400, 2_600.0, 2_100.0), None);
        assert_eq!(drains_in_ms(12_400, 5.0, 5.0), None);
    }

    #[test]
    fn members_that_do_not_commit_are_stalled() {
        let v = Verdict::of(Evidence { rates: Some((0.0, 0.0)), still_ms: 30_000, ..BUSY });
        assert_eq!(v, Verdict::Stalled(30_000));
    }

    #[test]
    fn the_normal_distance_between_commit_and_end_is_no_fault() {
        let v = Verdict::of(Evidence { lag: 900, rates: Some((1000.0, 950.0)), ..BUSY });
        assert_eq!(v, Verdict::Ok);
    }
}
