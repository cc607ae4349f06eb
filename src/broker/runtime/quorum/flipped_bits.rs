//! One bit of one file of the metadata log is another one: the voter has all that it had, or does not start and says why.
//! A voter that starts with less than it had acknowledged would let a quorum forget it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use openraft::EntryPayload;
use openraft::storage::{IOFlushed, RaftLogReader as _, RaftLogStorage as _};

use super::store::LogStore;
use super::types::{Entry, Value, Vote, log_id, membership_of};
use super::{QuorumSettings, Voter};
use crate::log::storage::METADATA_DIR;
use crate::model::{BrokerId, LeaderEpoch, Offset, Uuid};

const FLIPS: u64 = 400;

fn settings(dir: &Path) -> QuorumSettings {
    QuorumSettings {
        cluster_id: "cluster".to_owned(),
        node_id: BrokerId(1),
        directory_id: Uuid(1_000),
        metadata_dir: dir.to_owned(),
        static_voters: Vec::new(),
        segment_bytes: 1 << 20,
        snapshot_after_bytes: 1 << 20,
        snapshot_after_ms: 0,
        election_timeout_ms: 1_000,
        fetch_timeout_ms: 2_000,
    }
}

/// What a voter has: its entries and its vote.
async fn open_and_read(dir: &Path) -> Result<(Vec<Entry>, Option<Vote>), String> {
    let voter = Voter { id: BrokerId(1), directory_id: Uuid(1_000), endpoints: Vec::new() };
    let (mut store, closer) =
        LogStore::open(&settings(dir), membership_of(&[voter])).map_err(|error| error.to_string())?;
    let mut reader = store.get_log_reader().await;
    let entries = reader.try_get_log_entries(..).await.map_err(|error| error.to_string())?;
    let vote = reader.read_vote().await.unwrap();
    closer.close().await;
    Ok((entries, vote))
}

#[tokio::test]
async fn a_flipped_bit_costs_a_voter_no_entry_that_is_followed_by_others() {
    const LAST_COMMAND: usize = 5;
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join(METADATA_DIR);
    let voter = Voter { id: BrokerId(1), directory_id: Uuid(1_000), endpoints: Vec::new() };
    let (mut store, closer) = LogStore::open(&settings(home.path()), membership_of(&[voter])).unwrap();
    let mut written = Vec::new();
    for command in 0..60 {
        let epoch = LeaderEpoch(1 + command / 20);
        if command % 20 == 0 {
            store.save_vote(&Vote::new_committed(epoch.get(), 1)).await.unwrap();
        }
        let entries: Vec<Entry> = (0..LAST_COMMAND as i64)
            .map(|n| Entry {
                log_id: log_id(epoch, Offset(written.len() as i64 + n)),
                payload: EntryPayload::Normal(Value {
                    timestamp: n,
                    bytes: vec![command as u8 + 1; 30],
                    is_kraft_version: false,
                }),
            })
            .collect();
        written.extend(entries.iter().cloned());
        store.append(entries, IOFlushed::noop()).await.unwrap();
    }
    let vote = store.get_log_reader().await.read_vote().await.unwrap();
    closer.close().await;
    let sound: BTreeMap<String, Vec<u8>> = fs::read_dir(&dir)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .filter(|(_, bytes)| !bytes.is_empty())
        .collect();
    assert!(sound.contains_key("quorum-state") && sound.len() >= 3, "{:?}", sound.keys());

    let (mut refused, mut whole, mut shorter) = (0, 0, 0);
    let mut dice = 0x9e37_79b9_7f4a_7c15u64;
    let mut roll = |below: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) as usize % below
    };
    for _ in 0..FLIPS {
        let (name, bytes) = sound.iter().nth(roll(sound.len())).unwrap();
        let (byte, bit) = (roll(bytes.len()), roll(8));
        let what = format!("bit {bit} of byte {byte} of {} in {name}", bytes.len());
        fs::remove_dir_all(&dir).unwrap();
        fs::create_dir(&dir).unwrap();
        for (name, bytes) in &sound {
            fs::write(dir.join(name), bytes).unwrap();
        }
        let mut damaged = bytes.clone();
        damaged[byte] ^= 1 << bit;
        fs::write(dir.join(name), damaged).unwrap();
        match open_and_read(home.path()).await {
            Err(reason) => {
                assert!(reason.contains(name.as_str()), "{what}: {reason}");
                refused += 1;
            }
            Ok((entries, found)) => {
                let same = |(read, wrote): (&Entry, &Entry)| {
                    (read.log_id.index, &read.payload) == (wrote.log_id.index, &wrote.payload)
                };
                let other = entries.iter().zip(&written).find(|pair| !same(*pair));
                assert!(other.is_none(), "{what}: other entries than were written: {other:?}");
                // No checksum covers a term: at most one batch has another than it was written with.
                let other = |(read, wrote): &(&Entry, &Entry)| read.log_id != wrote.log_id;
                let others = entries.iter().zip(&written).filter(other).count();
                assert!(others <= LAST_COMMAND, "{what}: {others} entries of other terms");
                assert!(entries.len() + LAST_COMMAND >= written.len(), "{what}: only {} entries", entries.len());
                // A vote has no checksum; one for a later term is harmless, one for an earlier term is found out.
                assert!(name == "quorum-state" || found == vote, "{what}: {found:?}");
                let term = |vote: Option<Vote>| vote.map(|vote| vote.leader_id.term);
                assert!(term(found) >= term(vote), "{what}: {found:?}");
                if entries.len() == written.len() { whole += 1 } else { shorter += 1 }
            }
        }
    }
    assert!(refused > 0 && whole > 0 && shorter * 10 < FLIPS, "{refused} refused, {whole} whole, {shorter} shorter");
}
