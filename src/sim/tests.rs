//! Seeds replay, hold, and find what is planted.

use super::bug::Bug;
use super::{Options, SeedReport, run_seed};

fn run(seed: u64, steps: u64, bug: Bug) -> SeedReport {
    run_seed(Options { bug, ..Options::new(seed, steps) }).0
}

#[test]
fn a_seed_replays_exactly_and_another_is_another_run() {
    let (first, second) = (run_seed(Options::new(3, 60)), run_seed(Options::new(3, 60)));
    assert_eq!(first, second);
    assert_ne!(run(4, 60, Bug::None).fingerprint, first.0.fingerprint);
}

#[test]
fn seeds_hold_and_their_faults_hit() {
    let mut total = std::collections::BTreeMap::new();
    let (mut lost, mut copied, mut delayed, mut batches) = (0, 0, 0, 0);
    for seed in 0..20 {
        let report = run(seed, 60, Bug::None);
        assert!(report.holds(), "seed {seed}: {:#?} {:#?}", report.broken, report.findings);
        assert!(report.acked > 0 && report.consumed >= report.committed as u64, "seed {seed}: {report:?}");
        for (kind, count) in &report.faults {
            *total.entry(*kind).or_insert(0) += count;
        }
        lost += report.messages_lost;
        copied += report.messages_copied;
        delayed += report.messages_delayed;
        batches += report.batches_lost;
    }
    for (kind, count) in total {
        assert!(count > 0, "no {kind} in all seeds");
    }
    assert!(lost > 0 && copied > 0 && delayed > 0 && batches > 0, "{lost} {copied} {delayed} {batches}");
}

/// The first of some seeds that catches a planted bug.
#[track_caller]
fn caught(bug: Bug, seeds: std::ops::Range<u64>, steps: u64) -> SeedReport {
    let found = seeds.clone().map(|seed| run(seed, steps, bug)).find(|report| !report.holds());
    let report = found.unwrap_or_else(|| panic!("{bug:?} is not caught by seeds {seeds:?}"));
    let again = run(report.seed, steps, bug);
    assert_eq!(report, again, "what is caught replays");
    println!("{bug:?} is caught by seed {}: {:?} {:?}", report.seed, report.broken, report.findings);
    report
}

#[test]
fn truncation_to_the_high_watermark_is_caught() {
    caught(Bug::TruncateToHighWatermark, 0..60, 150);
}

#[test]
fn an_answer_before_the_commit_is_caught() {
    let report = caught(Bug::AnswerBeforeCommit, 0..5, 50);
    assert_eq!(report.broken[0].rule, "what is acknowledged is committed");
}

#[test]
fn a_leader_that_appends_duplicates_is_caught() {
    caught(Bug::NoDuplicateCheck, 0..20, 100);
}

#[test]
fn a_controller_that_answers_before_the_commit_is_caught() {
    caught(Bug::ControllerAnswersEarly, 0..120, 150);
}

#[test]
fn a_clean_shutdown_that_was_none_is_caught() {
    caught(Bug::TrustedShutdown, 0..120, 150);
}

#[test]
fn a_controller_that_takes_stale_alterations_of_the_in_sync_set_is_caught() {
    let report = caught(Bug::NoEpochCheck, 60..180, 150);
    for seed in 60..=report.seed {
        let sound = run(seed, 150, Bug::None);
        assert!(sound.holds(), "seed {seed}: {:#?} {:#?}", sound.broken, sound.findings);
    }
}
