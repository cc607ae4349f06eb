//! A batch that is not sound: the tail that a crash tore, or damage to what was whole.
//!
//! A crash leaves nothing sound behind what it tore, but for pages that reached the disk out of order; then what did not
//! is zeros. A bit that went bad is neither.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use super::error::{IoContext, LogError};
use super::scan::{LOOKUP_CHUNK, LogEntry, Scanner, Step};
use crate::model::Offset;
use crate::wire::batch::MAGIC_OFFSET;

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;
/// How far behind a bad batch a sound one is looked for: further than the largest batch by default reaches.
const FAR: u64 = 4 << 20;

/// What stands behind a batch that is not sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behind {
    /// Nothing that was ever acknowledged, as far as can be told. `whole` if the bad one ends with the file, and has no
    /// part that was not written.
    Nothing {
        /// See above.
        whole: bool,
    },
    /// A sound batch at this position: the one before was sound once.
    Sound(u64),
}

/// Looks at what stands behind the bad batch at `from`, up to `end`; `next` is the offset that is wanted there.
///
/// # Errors
/// [`LogError`] when the file cannot be read.
pub(crate) fn behind(file: &File, path: &Path, from: u64, end: u64, next: Offset) -> Result<Behind, LogError> {
    let mut bytes = vec![0; FAR.min(end - from) as usize];
    file.read_exact_at(&mut bytes, from).at("read", path)?;
    for at in 1..bytes.len() {
        // What a crash left out, every byte behind it may be new without having been acknowledged.
        if is_unwritten(&bytes[..at], from) {
            return Ok(Behind::Nothing { whole: false });
        }
        if bytes.get(at + MAGIC_OFFSET) != Some(&2) {
            continue;
        }
        let position = from + at as u64;
        let mut scanner = Scanner::new(file, path, position, end, LOOKUP_CHUNK);
        if let Step::Entry(entry) = scanner.next()?
            && follows(&entry, next)
            && scanner.checksum_matches(&entry)?
        {
            return Ok(Behind::Sound(position));
        }
    }
    let itself = Scanner::new(file, path, from, end, LOOKUP_CHUNK).next()?;
    Ok(Behind::Nothing { whole: matches!(itself, Step::Entry(entry) if entry.end() == end) })
}

/// Whether an entry may stand behind a batch that begins at `next`.
fn follows(entry: &LogEntry, next: Offset) -> bool {
    entry.header.is_some() && entry.base_offset > next && entry.base_offset - next < 1 << 24
}

/// Whether the sector that ends with these bytes is all zeros; `from` is the first one's position.
fn is_unwritten(bytes: &[u8], from: u64) -> bool {
    let end = from + bytes.len() as u64;
    end.is_multiple_of(SECTOR as u64)
        && bytes.len() >= SECTOR
        && bytes[bytes.len() - SECTOR..].iter().all(|byte| *byte == 0)
}
