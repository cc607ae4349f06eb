//! Any history of appends, reads, truncations, deletions, restarts and crashes, against a plain list of batches.

use super::*;
use proptest::prelude::*;
use std::fs;

#[derive(Clone, Debug)]
enum Step {
    Append {
        records: usize,
        bytes: usize,
        producer: bool,
    },
    Truncate(proptest::sample::Index),
    DeleteRecords(proptest::sample::Index),
    Retain,
    Release,
    Checkpoint,
    CloseAndOpen,
    /// The process dies; this many bytes of what was not flushed are lost.
    Crash {
        lost: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let append = (1usize..5, 0usize..300, any::<bool>()).prop_map(|(records, bytes, producer)| Step::Append {
        records,
        bytes,
        producer,
    });
    prop_oneof![
        12 => append,
        1 => any::<proptest::sample::Index>().prop_map(Step::Truncate),
        1 => any::<proptest::sample::Index>().prop_map(Step::DeleteRecords),
        1 => Just(Step::Retain),
        1 => Just(Step::Release),
        1 => Just(Step::Checkpoint),
        1 => Just(Step::CloseAndOpen),
        2 => (0usize..400).prop_map(|lost| Step::Crash { lost }),
    ]
}

fn config() -> LogConfig {
    LogConfig { segment_bytes: 1500, index_interval_bytes: 100, retention_ms: None, ..LogConfig::default() }
}

/// Loses up to `lost` bytes of the last segment, but none below the recovery point.
fn crash(log: Log, dir: &Path, lost: usize) -> (Log, i64) {
    let (recovery_point, start, active) = (log.recovery_point(), log.start_offset(), log.active_base_offset());
    let flushed = match log.read(recovery_point, 1, log.end_offset(), true) {
        Ok(Some(slice)) if slice.segment_base == active => slice.position,
        Ok(Some(_)) => 0,
        _ => u64::MAX,
    };
    drop(log);
    let path = dir.join(format!("{:020}.log", active.0));
    if let Ok(metadata) = fs::metadata(&path) {
        let keep = metadata.len().saturating_sub(lost as u64).max(flushed.min(metadata.len()));
        fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(keep).unwrap();
    }
    let spec = RecoverySpec { recovery_point, log_start_offset: start, ..RecoverySpec::default() };
    let (log, _) = reopen(dir, config(), spec);
    let end = log.end_offset().0;
    assert!(end >= recovery_point.0, "what was flushed is there");
    (log, end)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(25))]
    #[test]
    fn the_log_holds_what_the_model_holds(steps in proptest::collection::vec(step(), 1..80)) {
        let dir = tempfile::tempdir().unwrap();
        let mut log = open(dir.path(), config());
        let mut model: Vec<(i64, i32)> = Vec::new();
        let mut sequence = 0;
        for step in steps {
            match step {
                Step::Append { records, bytes, producer } => {
                    let batch = if producer {
                        let options = BuilderOptions {
                            producer_id: ProducerId(1),
                            producer_epoch: ProducerEpoch(0),
                            base_sequence: Sequence(sequence),
                            ..BuilderOptions::default()
                        };
                        batch_with(options, records, bytes, NOW.0)
                    } else {
                        batch(records, bytes)
                    };
                    let info = append(&mut log, &batch);
                    prop_assert!(!info.duplicate);
                    if producer {
                        sequence += records as i32;
                    }
                    model.push((info.first_offset.0, records as i32));
                }
                Step::Truncate(at) => {
                    if model.is_empty() { continue }
                    let (base, _) = model[at.index(model.len())];
                    log.truncate_to(Offset(base), NOW).unwrap();
                    model.retain(|(b, _)| *b < base);
                }
                Step::DeleteRecords(at) => {
                    if model.is_empty() { continue }
                    let (base, _) = model[at.index(model.len())];
                    log.delete_records(Offset(base)).unwrap();
                    model.retain(|(b, _)| *b >= base);
                }
                Step::Retain => {
                    log.delete_old_segments(log.end_offset(), NOW).unwrap();
                    log.purge_retired(NOW + 100_000).unwrap();
                }
                Step::Release => log.release_idle().unwrap(),
                Step::Checkpoint => {
                    log.checkpoint(NOW).unwrap();
                }
                Step::CloseAndOpen => {
                    let start = log.start_offset();
                    log.close_clean(NOW).unwrap();
                    drop(log);
                    let (opened, report) = reopen(dir.path(), config(), RecoverySpec { log_start_offset: start, ..CLEAN });
                    prop_assert!(report.notes.is_empty(), "{:?}", report.notes);
                    log = opened;
                }
                Step::Crash { lost } => {
                    let end;
                    (log, end) = crash(log, dir.path(), lost);
                    model.retain(|(base, records)| base + i64::from(*records) <= end);
                }
            }
            // The sequence goes on from what the log remembers.
            sequence = log.producer_states().get(ProducerId(1)).map_or(sequence, |entry| entry.next_sequence().0);
            prop_assert_eq!(contents(&log), model.clone());
            for (base, records) in &model {
                let last = base + i64::from(*records) - 1;
                let slice = log.read(Offset(last), 1, log.end_offset(), true).unwrap().unwrap();
                prop_assert_eq!(batches_of(&slice), [*base]);
            }
        }
    }
}
