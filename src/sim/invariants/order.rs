//! Consumers see committed records only, each where it stands. That they see all of them in order is judged by the
//! checker of histories (A6, A7).

use super::super::message::PartIndex;
use super::agreement::Agreement;
use super::{Broken, Found};

/// What consumers saw.
#[derive(Debug, Default)]
pub struct Order {
    consumed: u64,
    pub(super) found: Found,
}

impl Order {
    pub(super) fn consumed(&mut self, part: PartIndex, offset: i64, value: u64, ledger: &Agreement) {
        self.consumed += 1;
        let committed = ledger.value(part, offset);
        if committed != Some(value) {
            let there = committed.map_or_else(|| "nothing".to_owned(), |other| format!("value {other}"));
            let what =
                format!("value {value} is read at offset {offset} of partition {part}, where {there} is committed");
            self.found.push(Broken { rule: "consumers see committed records only", what });
        }
    }

    /// How many records were read.
    pub const fn count(&self) -> u64 {
        self.consumed
    }
}
