//! How far a long dump is: a bar on stderr while much is read, for a person alone.

use std::io::{self, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressStyle};

/// Bytes from which on a person wants to see that something happens.
const WORTH_A_BAR: u64 = 256 << 20;

/// The bar of one command, over all the bytes that it reads.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
}

/// How far one of its files is read.
pub(super) struct InFile<'a> {
    bar: Option<&'a ProgressBar>,
    size: u64,
    seen: u64,
}

impl Progress {
    /// A bar over `total` bytes, if it is worth one and stderr is a terminal.
    pub(super) fn over(total: u64) -> Progress {
        let shown = total >= WORTH_A_BAR && io::stderr().is_terminal();
        Progress { bar: shown.then(|| bar(total)) }
    }

    /// No bar.
    #[cfg(test)]
    pub(super) const fn none() -> Progress {
        Progress { bar: None }
    }

    /// A file of so many bytes is begun.
    pub(super) const fn file(&self, size: u64) -> InFile<'_> {
        InFile { bar: self.bar.as_ref(), size, seen: 0 }
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

impl InFile<'_> {
    /// So many bytes of the file are read.
    pub(super) fn at(&mut self, position: u64) {
        if let Some(bar) = self.bar
            && position > self.seen
        {
            bar.inc(position - self.seen);
            self.seen = position;
        }
    }
}

impl Drop for InFile<'_> {
    fn drop(&mut self) {
        self.at(self.size);
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
        let progress = Progress { bar: Some(ProgressBar::hidden()) };
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
        let progress = Progress { bar: Some(bar.clone()) };
        let mut first = progress.file(10);
        first.at(4);
        let mut second = progress.file(20);
        second.at(7);
        drop(first);
        assert_eq!(bar.position(), 17);
    }
}
