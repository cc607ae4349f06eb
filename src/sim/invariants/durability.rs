//! What acks=all acknowledged is committed, at the offset that was told, and survives while fewer than
//! `min.insync.replicas` replicas are lost: as the faults of a run keep to that, for good.

use super::super::message::PartIndex;
use super::agreement::Agreement;
use super::{Broken, Found};
use crate::model::Offset;

/// What was acknowledged.
#[derive(Debug, Default)]
pub struct Durability {
    acknowledged: u64,
    pub(super) found: Found,
}

impl Durability {
    pub(super) fn acknowledged(&mut self, part: PartIndex, offset: Offset, value: u64, ledger: &Agreement) {
        self.acknowledged += 1;
        let committed = ledger.value(part, offset.get());
        if committed != Some(value) {
            let there = committed.map_or_else(|| "nothing".to_owned(), |other| format!("value {other}"));
            let what = format!(
                "value {value} is acknowledged at offset {offset} of partition {part}, where {there} is committed"
            );
            self.found.push(Broken { rule: "what is acknowledged is committed", what });
        }
    }

    /// How many records were acknowledged.
    pub const fn count(&self) -> u64 {
        self.acknowledged
    }

    /// Checks at the end that a replica has everything that was ever committed.
    pub fn survives(&mut self, part: PartIndex, place: usize, end: Offset, ledger: &Agreement) {
        let committed = ledger.len(part) as i64;
        if end.get() < committed {
            let what = format!("replica {place} of partition {part} ends at {end}, and {committed} are committed");
            self.found.push(Broken { rule: "what is committed survives", what });
        }
    }
}
