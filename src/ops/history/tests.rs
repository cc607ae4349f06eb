//! A log in whose records things happen, told as rows.

use std::path::Path;

use super::*;
use crate::model::{LeaderEpoch, Offset, TimestampMs, Uuid};
use crate::wire::batch::{BatchBuilder, BuilderOptions, RecordToWrite};
use crate::wire::records::metadata::{
    BrokerRegistrationChangeRecord, ConfigRecord, FenceBrokerRecord, MetadataRecord, PartitionChangeRecord,
    PartitionRecord, RegisterBrokerRecord, TopicRecord, UnfenceBrokerRecord,
};

const CLICKS: Uuid = Uuid(9);

/// Writes each event as a batch, a second after the one before it.
fn write(path: &Path, first_offset: i64, first_ms: i64, events: Vec<Vec<MetadataRecord>>) {
    let (mut offset, mut time, mut bytes) = (first_offset, first_ms, Vec::new());
    for event in events {
        let mut builder = BatchBuilder::new(BuilderOptions {
            base_offset: Offset(offset),
            leader_epoch: LeaderEpoch(7),
            ..BuilderOptions::default()
        });
        for record in event {
            let value = record.to_value(record.newest_version());
            builder.append(&RecordToWrite { timestamp: TimestampMs(time), value: Some(&value), ..Default::default() });
            offset += 1;
        }
        bytes.extend(builder.build().unwrap());
        time += 1_000;
    }
    std::fs::write(path, bytes).unwrap();
}

fn broker(id: i32) -> MetadataRecord {
    RegisterBrokerRecord { broker_id: id, fenced: false, ..Default::default() }.into()
}

fn change(edit: impl FnOnce(&mut PartitionChangeRecord)) -> MetadataRecord {
    let mut record = PartitionChangeRecord { partition_id: 0, topic_id: CLICKS, ..Default::default() };
    edit(&mut record);
    record.into()
}

fn start() -> Vec<Vec<MetadataRecord>> {
    vec![
        vec![broker(1), broker(2), broker(3)],
        vec![
            TopicRecord { name: "clicks".into(), topic_id: CLICKS }.into(),
            PartitionRecord {
                partition_id: 0,
                topic_id: CLICKS,
                replicas: vec![1, 2, 3],
                isr: vec![1, 2, 3],
                leader: 1,
                leader_epoch: 0,
                partition_epoch: 0,
                ..Default::default()
            }
            .into(),
        ],
    ]
}

fn life() -> Vec<Vec<MetadataRecord>> {
    let config = |value: Option<&str>| -> MetadataRecord {
        let (resource_name, name) = ("clicks".to_owned(), "retention.ms".to_owned());
        ConfigRecord { resource_type: 2, resource_name, name, value: value.map(str::to_owned) }.into()
    };
    vec![
        vec![FenceBrokerRecord { id: 1, epoch: 1 }.into(), change(|r| (r.leader, r.isr) = (2, Some(vec![2, 3])))],
        vec![UnfenceBrokerRecord { id: 1, epoch: 1 }.into()],
        vec![change(|r| r.isr = Some(vec![1, 2, 3]))],
        vec![change(|r| r.leader = 1)],
        vec![config(Some("5"))],
        vec![config(None)],
        vec![
            BrokerRegistrationChangeRecord { broker_id: 1, in_controlled_shutdown: 1, ..Default::default() }.into(),
            change(|r| (r.leader, r.isr) = (3, Some(vec![2, 3]))),
        ],
        vec![change(|r| r.isr = Some(vec![3]))],
        vec![change(|r| (r.leader, r.isr, r.leader_recovery_state) = (2, Some(vec![2]), 1))],
    ]
}

fn told(history: &History, wanted: &Wanted) -> Vec<(i64, String, String)> {
    let taken = history.changes.iter().filter(|change| wanted.takes(change));
    taken.map(|change| (change.time_ms, change.what.clone(), change.why.clone())).collect()
}

fn of_clicks() -> Wanted {
    Wanted { topic: Some("clicks".into()), ..Wanted::default() }
}

#[test]
fn a_partitions_life_is_told_with_its_reasons() {
    let dir = tempfile::tempdir().unwrap();
    write(&dir.path().join("00000000000000000000.log"), 0, 1_000, start().into_iter().chain(life()).collect());
    let history = read(dir.path()).unwrap();
    let rows = told(&history, &of_clicks());
    let expected = [
        (2_000, "created, id AAAAAAAAAAAAAAAAAAAACQ", ""),
        (2_000, "created: leader 1", ""),
        (3_000, "leader 1 → 2; ISR 1,2,3 → 2,3", "broker 1 was fenced"),
        (5_000, "ISR 2,3 → 1,2,3", "the leader took 1 in: caught up"),
        (6_000, "leader 2 → 1", "the preferred leader was elected"),
        (7_000, "retention.ms=5", ""),
        (8_000, "retention.ms back to its default (was 5)", ""),
        (9_000, "leader 1 → 3; ISR 1,2,3 → 2,3", "broker 1 stops in order"),
        (10_000, "ISR 2,3 → 3", "the leader took 2 out: fell behind"),
        (11_000, "leader 3 → 2; ISR 3 → 2", "elected though it was not in sync: records may be lost"),
    ];
    let rows: Vec<_> = rows.iter().map(|(time, what, why)| (*time, what.as_str(), why.as_str())).collect();
    assert_eq!(rows, expected);
    let last = history.changes.last().unwrap();
    assert_eq!((last.offset, last.controller_epoch), (15, 7));
    assert_eq!(last.partition_state.as_ref().unwrap().leader_epoch, 4);
    let brokers = told(&history, &Wanted { from_ms: Some(2_000), ..Wanted::default() });
    assert_eq!(
        brokers.iter().map(|(_, what, _)| what.as_str()).collect::<Vec<_>>(),
        ["fenced", "unfenced", "in controlled shutdown"]
    );
}

#[test]
fn a_log_without_its_beginning_begins_with_the_snapshot_that_leaves_no_gap() {
    let dir = tempfile::tempdir().unwrap();
    let metadata = dir.path().join("__cluster_metadata-0");
    std::fs::create_dir(&metadata).unwrap();
    write(&metadata.join("00000000000000000005-0000000007.checkpoint"), 0, 500, start());
    write(
        &metadata.join("00000000000000000003-0000000007.checkpoint"),
        0,
        2_400,
        start().into_iter().take(1).collect(),
    );
    write(&metadata.join("00000000000000000005.log"), 5, 3_000, life());
    let history = read(dir.path()).unwrap();
    assert!(history.begins_with_snapshot);
    let rows = told(&history, &Wanted { from_ms: Some(3_000), ..of_clicks() });
    let life = life().len() - 1;
    assert_eq!((rows[0].1.as_str(), rows.len()), ("leader 1 → 2; ISR 1,2,3 → 2,3", life));
}

#[test]
fn kafkas_own_log_is_read() {
    let history = read(Path::new("tests/golden/dump-log/__cluster_metadata-0/00000000000000000000.log")).unwrap();
    assert!(history.changes.iter().any(|c| c.what.starts_with("registered at ")), "{history:?}");
    assert!(history.changes.iter().any(|c| c.what == "unfenced"));
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(read(empty.path()), Err(HistoryError::Nothing(_))));
}
