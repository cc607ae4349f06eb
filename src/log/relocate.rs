//! A log that takes another's place: the last step of a move between log directories (KIP-113).

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::error::{IoContext, LogError};
use super::handle::Log;

impl Log {
    /// How often records were cut off the end. A reader that let go of the log meanwhile may have read over a cut if
    /// the number changed.
    pub const fn cuts(&self) -> u64 {
        self.cuts
    }

    /// Whether the log's directory is there: one that never held a record may have none.
    pub const fn has_dir(&self) -> bool {
        self.has_dir
    }

    /// Takes over what `other` remembers of producers. A log that was copied batch by batch knows those alone whose
    /// batches are still there; the one that it was copied from remembers more.
    ///
    /// Both must hold the same records.
    pub fn take_producers_of(&mut self, other: &Log) {
        debug_assert_eq!(self.end, other.end);
        self.producers.clone_from(&other.producers);
    }

    /// Renames the directory; open files stay open. The caller syncs the directory above.
    ///
    /// # Errors
    /// [`LogError::Io`]: the directory has its old name then.
    pub fn rename_to(&mut self, to: &Path) -> Result<(), LogError> {
        self.ensure_dir()?;
        fs::rename(&self.dir, to).at("rename", &self.dir)?;
        self.dir = Arc::from(to);
        for segment in &mut self.segments {
            segment.relocate(Arc::clone(&self.dir));
        }
        self.epochs.relocate(Arc::clone(&self.dir));
        for (_, path) in &mut self.retired {
            if let Some(name) = path.file_name() {
                *path = to.join(name);
            }
        }
        Ok(())
    }
}
