//! How far a long dump is: a bar on stderr while much is read, for a person alone.

use std::cell::Cell;
use std::io::{self, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressStyle};

/// Bytes from which on a person wants to see that something happens.
const WORTH_A_BAR: u64 = 256 << 20;

/// The bar of one command, over all the bytes that it reads.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    before: Cell<u64>,
}

impl Progress {
    /// A bar over `total` bytes, if it is worth one and stderr is a terminal.
    pub(super) fn over(total: u64) -> Progress {
        let shown = total >= WORTH_A_BAR && io::stderr().is_terminal();
        Progress { bar: shown.then(|| bar(total)), before: Cell::new(0) }
    }

    /// No bar.
    #[cfg(test)]
    pub(super) fn none() -> Progress {
        Progress { bar: None, before: Cell::new(0) }
    }

    /// So many bytes of the file at hand are read.
    pub(super) fn at(&self, position: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(self.before.get() + position);
        }
    }

    /// The file at hand, of this size, is done with.
    pub(super) fn done(&self, size: u64) {
        self.before.set(self.before.get() + size);
        self.at(0);
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    /// A stream that is shown on the same terminal as the bar.
    pub(super) fn beside<W: Write>(&self, inner: W, on_terminal: bool) -> Beside<W> {
        Beside { bar: self.bar.clone().filter(|_| on_terminal), inner, open: Vec::new() }
    }
}

fn bar(total: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left");
    ProgressBar::new(total).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Lines above a bar: whole ones only, as the bar takes the line that the cursor is on.
pub(super) struct Beside<W: Write> {
    bar: Option<ProgressBar>,
    inner: W,
    open: Vec<u8>,
}

impl<W: Write> Write for Beside<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(bar) = self.bar.as_ref().filter(|bar| !bar.is_finished()) else {
            self.inner.write_all(&std::mem::take(&mut self.open))?;
            return self.inner.write(bytes);
        };
        let whole = memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1);
        if whole > 0 {
            bar.suspend(|| {
                self.inner.write_all(&std::mem::take(&mut self.open))?;
                self.inner.write_all(&bytes[..whole])?;
                self.inner.flush()
            })?;
        }
        self.open.extend_from_slice(&bytes[whole..]);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.bar.as_ref().is_none_or(ProgressBar::is_finished) {
            self.inner.write_all(&std::mem::take(&mut self.open))?;
        }
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_whole_beside_a_bar_and_nothing_is_lost() {
        let progress = Progress { bar: Some(ProgressBar::hidden()), before: Cell::new(0) };
        let mut written = Vec::new();
        let mut out = progress.beside(&mut written, true);
        out.write_all(b"one\ntw").unwrap();
        out.flush().unwrap();
        assert_eq!(*out.inner, b"one\n");
        out.write_all(b"o\nthree").unwrap();
        assert_eq!(*out.inner, b"one\ntwo\n");
        progress.finish();
        out.flush().unwrap();
        assert_eq!(written, b"one\ntwo\nthree");
    }

    #[test]
    fn the_bar_counts_over_all_files() {
        let bar = ProgressBar::hidden();
        bar.set_length(30);
        let progress = Progress { bar: Some(bar.clone()), before: Cell::new(0) };
        progress.at(4);
        progress.done(10);
        progress.at(7);
        assert_eq!(bar.position(), 17);
    }
}
