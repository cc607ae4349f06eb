//! Lines from stdin or a file, read on a thread of their own: an async command must not block on a terminal.

use std::io::Read;
use std::path::Path;

use tokio::sync::mpsc;

use super::error::CliError;

/// Bytes read at once.
const CHUNK: usize = 256 << 10;
/// Chunks that wait to be used.
const AHEAD: usize = 4;

/// A piece of the input that ends at the end of a line, but for the last.
pub type Chunk = std::io::Result<Vec<u8>>;

/// Starts reading; the channel ends with the input.
pub fn read(path: Option<&Path>) -> Result<mpsc::Receiver<Chunk>, CliError> {
    let source: Box<dyn Read + Send> = match path {
        Some(path) => Box::new(std::fs::File::open(path).map_err(|e| CliError::file("open", path, &e))?),
        None => Box::new(std::io::stdin()),
    };
    let (sender, receiver) = mpsc::channel(AHEAD);
    std::thread::spawn(move || pump(source, |chunk| sender.blocking_send(chunk).is_ok()));
    Ok(receiver)
}

fn pump(mut source: impl Read, mut give: impl FnMut(Chunk) -> bool) {
    let mut rest: Vec<u8> = Vec::new();
    loop {
        let filled = rest.len();
        rest.resize(filled + CHUNK, 0);
        match source.read(&mut rest[filled..]) {
            Ok(0) => {
                rest.truncate(filled);
                if !rest.is_empty() {
                    give(Ok(rest));
                }
                return;
            }
            Ok(n) => {
                rest.truncate(filled + n);
                if let Some(end) = memchr::memrchr(b'\n', &rest[filled..]) {
                    let tail = rest.split_off(filled + end + 1);
                    if !give(Ok(std::mem::replace(&mut rest, tail))) {
                        return;
                    }
                }
            }
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => rest.truncate(filled),
            Err(e) => {
                give(Err(e));
                return;
            }
        }
    }
}

/// The lines of a chunk without their ends, `\n` or `\r\n`.
pub fn lines(chunk: &[u8]) -> impl Iterator<Item = &[u8]> {
    let body = chunk.strip_suffix(b"\n").unwrap_or(chunk);
    let mut rest = Some(body);
    std::iter::from_fn(move || {
        let current = rest?;
        let line = match memchr::memchr(b'\n', current) {
            Some(end) => {
                rest = Some(&current[end + 1..]);
                &current[..end]
            }
            None => {
                rest = None;
                current
            }
        };
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Dribble<'a>(&'a [u8], usize);

    impl Read for Dribble<'_> {
        fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
            let n = self.1.min(self.0.len()).min(buf.len());
            buf[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    #[test]
    fn lines_come_whole_however_the_input_is_cut() {
        for step in [1, 2, 5, 100] {
            let mut seen: Vec<String> = Vec::new();
            pump(Dribble(b"one\r\n\ntwo\nlast", step), |chunk| {
                let chunk = chunk.unwrap();
                seen.extend(lines(&chunk).map(|line| String::from_utf8_lossy(line).into_owned()));
                true
            });
            assert_eq!(seen, ["one", "", "two", "last"], "step {step}");
        }
    }
}
