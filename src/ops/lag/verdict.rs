//! What to think of a group's lag.

use serde::Serialize;

/// What is known of a group on a topic.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts {
    /// Records not read yet; `None` when nothing is committed.
    pub lag: Option<i64>,
    /// Members of the group.
    pub members: usize,
    /// Records that arrive a second.
    pub in_rate: Option<f64>,
    /// Records read a second.
    pub out_rate: Option<f64>,
}

/// A judgement with its reason.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is", content = "why")]
pub enum Verdict {
    /// It keeps up.
    Ok,
    /// It reads less than arrives.
    FallingBehind {
        /// Percent of what arrives that it reads.
        percent: u32,
    },
    /// It has members and a lag, and read nothing during the sample.
    Stalled,
    /// It has a lag and nobody reads.
    Stopped,
    /// Nothing was ever committed.
    NoCommits,
}

impl Verdict {
    /// Whether it needs a look.
    pub fn is_ok(self) -> bool {
        self == Verdict::Ok
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Verdict::Ok => f.write_str("ok"),
            Verdict::FallingBehind { percent } => write!(f, "falling behind: consumes {percent} % of what arrives"),
            Verdict::Stalled => f.write_str("stalled: has members, commits nothing"),
            Verdict::Stopped => f.write_str("stopped: nobody reads"),
            Verdict::NoCommits => f.write_str("no offset committed"),
        }
    }
}

/// Judges, and gives the seconds until nothing waits where that can be said.
pub fn judge(facts: Facts) -> (Verdict, Option<f64>) {
    let Some(lag) = facts.lag else { return (Verdict::NoCommits, None) };
    if lag == 0 {
        return (Verdict::Ok, None);
    }
    if facts.members == 0 {
        return (Verdict::Stopped, None);
    }
    let Some(out) = facts.out_rate else { return (Verdict::Ok, None) };
    let arriving = facts.in_rate.unwrap_or(0.0);
    if out <= 0.0 {
        // A lag of what arrives between two commits is no lag at all.
        let between_commits = arriving * 10.0;
        return if (lag as f64) <= between_commits { (Verdict::Ok, None) } else { (Verdict::Stalled, None) };
    }
    // Within a twentieth of each other, the two rates are the same for all that a short sample can tell.
    if out < arriving * 0.95 {
        return (Verdict::FallingBehind { percent: (out / arriving * 100.0).floor() as u32 }, None);
    }
    let net = out - arriving;
    (Verdict::Ok, (net > 0.0).then(|| lag as f64 / net))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(lag: i64, members: usize, arriving: f64, out: f64) -> (Verdict, Option<f64>) {
        judge(Facts { lag: Some(lag), members, in_rate: Some(arriving), out_rate: Some(out) })
    }

    #[test]
    fn who_reads_more_than_arrives_drains() {
        assert_eq!(judged(12_500, 4, 2_100.0, 2_600.0), (Verdict::Ok, Some(25.0)));
        assert_eq!(judged(0, 1, 2_100.0, 2_100.0), (Verdict::Ok, None));
    }

    #[test]
    fn who_reads_less_falls_behind_and_by_how_much() {
        let (verdict, drains) = judged(8_100_000, 3, 9_000.0, 3_240.0);
        assert_eq!((verdict, drains), (Verdict::FallingBehind { percent: 36 }, None));
        assert_eq!(verdict.to_string(), "falling behind: consumes 36 % of what arrives");
    }

    #[test]
    fn stopped_stalled_and_never_committed_are_told_apart() {
        assert_eq!(judged(10, 0, 0.0, 0.0).0, Verdict::Stopped);
        assert_eq!(judged(10, 1, 0.0, 0.0).0, Verdict::Stalled);
        assert_eq!(judged(10, 1, 50.0, 0.0).0, Verdict::Ok);
        assert_eq!(judge(Facts::default()).0, Verdict::NoCommits);
        assert_eq!(judge(Facts { lag: Some(5), members: 1, ..Facts::default() }).0, Verdict::Ok);
    }
}
