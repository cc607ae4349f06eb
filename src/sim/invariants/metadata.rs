//! The metadata log has one history: whatever one controller takes for committed, every other has at the same offset.

use super::super::raft::Entry;
use super::{Broken, Found};

/// The committed entries.
#[derive(Debug, Default)]
pub struct Metadata {
    entries: Vec<Entry>,
    pub(super) found: Found,
}

impl Metadata {
    /// A controller takes the entry at an offset for committed.
    pub fn committed(&mut self, at: usize, entry: &Entry) {
        let same = |known: &Entry| {
            let same_record = match (&known.record, &entry.record) {
                (Some(one), Some(two)) => std::sync::Arc::ptr_eq(one, two) || one == two,
                (None, None) => true,
                _ => false,
            };
            known.term == entry.term && same_record
        };
        match self.entries.get(at) {
            None if at == self.entries.len() => self.entries.push(entry.clone()),
            Some(known) if same(known) => {}
            known => {
                let what = format!("offset {at} has {entry:?}, where {known:?} is committed");
                self.found.push(Broken { rule: "the metadata log has one history", what });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_entry_at_a_committed_offset_is_found() {
        let mut metadata = Metadata::default();
        let entry = |term| Entry { term, record: None };
        metadata.committed(0, &entry(1));
        metadata.committed(0, &entry(1));
        assert!(metadata.found.is_empty());
        metadata.committed(0, &entry(2));
        assert_eq!((metadata.found.len(), metadata.entries.len()), (1, 1));
    }
}
