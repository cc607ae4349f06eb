//! Seeded simulation of a whole cluster: the seeds of every test run, and `logbus sim` itself.

use std::process::Stdio;

use logbus::sim::{Fault, Options, run_seed};

use super::harness::{Ran, feed, logbus, ran};

/// Seeds of every test run.
const SEEDS: u64 = 200;
/// Faults in each.
const STEPS: u64 = 100;

/// Runs every `n`-th seed on a thread of its own.
fn seeds_in_parallel(threads: u64, judge: impl Fn(u64) + Sync) {
    std::thread::scope(|scope| {
        for first in 0..threads {
            let judge = &judge;
            scope.spawn(move || (first..SEEDS).step_by(threads as usize).for_each(judge));
        }
    });
}

#[test]
fn no_seed_loses_repeats_or_reorders_an_acknowledged_record_and_every_one_heals() {
    let hits = std::sync::Mutex::new(([0u64; Fault::ALL.len()], 0u64, 0u64, 0u64, 0u64));
    seeds_in_parallel(2, |seed| {
        let (report, _) = run_seed(Options::new(seed, STEPS));
        assert!(
            report.holds(),
            "`logbus sim --seed {seed} --steps {STEPS}`: {:#?} {:#?}",
            report.broken,
            report.findings
        );
        assert!(report.acked > 0 && report.consumed > 0, "seed {seed}: {report:?}");
        let mut hits = hits.lock().unwrap();
        for (sum, fault) in hits.0.iter_mut().zip(Fault::ALL) {
            *sum += report.faults[fault.name()];
        }
        hits.1 += report.messages_lost;
        hits.2 += report.messages_copied;
        hits.3 += report.messages_delayed;
        hits.4 += report.batches_lost;
    });
    let (faults, lost, copied, delayed, batches) = hits.into_inner().unwrap();
    for (fault, count) in Fault::ALL.into_iter().zip(faults) {
        assert!(count > 0, "no {} in {SEEDS} seeds", fault.name());
    }
    assert!(lost > 0 && copied > 0 && delayed > 0 && batches > 0, "{lost} {copied} {delayed} {batches}");
}

fn sim(words: &str) -> Ran {
    ran(logbus(["sim"]).args(words.split_whitespace()).stdin(Stdio::null()).output().unwrap())
}

#[test]
fn a_run_is_told_replays_and_leaves_a_history_that_the_checker_takes() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("history.jsonl");
    let run = format!("--seed 7 --steps 40 -o json --history {}", file.display());
    let (first, again) = (sim(&run), sim(&run));
    assert_eq!((first.code, first.err.as_str()), (0, ""), "{}", first.out);
    assert_eq!(first.out, again.out);
    let told: serde_json::Value = serde_json::from_str(&first.out).unwrap();
    assert_eq!((&told["kind"], &told["data"]["seeds"]), (&"simulation".into(), &1.into()));
    assert!(told["data"]["acked"].as_u64().unwrap() > 0);
    let text = sim("--seed 7 --steps 40");
    assert!(text.out.ends_with("every rule holds\n"), "{}", text.out);
    assert!(text.out.contains(told["data"]["fingerprint"].as_str().unwrap()), "{}", text.out);

    let checked = sim(&format!("check {}", file.display()));
    assert_eq!((checked.code, checked.err.as_str()), (0, ""), "{}", checked.out);
    assert!(checked.out.ends_with("no anomaly\n"), "{}", checked.out);

    // One acknowledged record less in the final read is one that is lost.
    let history = std::fs::read_to_string(&file).unwrap();
    let first_read = history.lines().find(|line| line.contains("\"final\"") && line.contains("[[0,")).unwrap();
    let at = first_read.find("[[0,").unwrap();
    let end = first_read[at..].find("],").unwrap() + at;
    let without = format!("{}[{}", &first_read[..at], &first_read[end + 2..]);
    let doctored = history.replace(first_read, &without);
    let lost = feed(&mut logbus(["sim", "check", "-"]), &doctored);
    assert_eq!(lost.code, 5, "{}", lost.out);
    assert!(lost.out.contains("A2 lost write"), "{}", lost.out);
    assert!(lost.err.starts_with("error: the history shows an") && lost.err.contains("\nhint: "), "{}", lost.err);
}
