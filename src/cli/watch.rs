//! `--watch`: the same command again and again, each answer drawn over the last. While it is on, what a command says
//! goes into a frame that is drawn whole, so that nothing flickers.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::error::{CliError, Exit};
use super::human;
use crate::model::TimestampMs;

/// The id of the option in the command table.
pub const OPTION: &str = "watch";

/// Shorter than this, the answers of one round run into those of the next.
const SHORTEST: Duration = Duration::from_millis(100);

#[derive(Default)]
struct Frame {
    out: String,
    err: String,
}

static FRAME: Mutex<Option<Frame>> = Mutex::new(None);

/// Reads an interval.
pub fn parse_interval(text: &str) -> Result<Duration, String> {
    human::parse_duration(text).map(|interval| interval.max(SHORTEST))
}

/// Whether the answers are frames.
pub fn is_on() -> bool {
    FRAME.lock().is_some()
}

/// Takes what goes to stdout into the frame; `false` when there is none.
pub fn keep(text: &str) -> bool {
    FRAME.lock().as_mut().map(|frame| frame.out.push_str(text)).is_some()
}

/// Takes a line for stderr into the frame; `false` when there is none.
pub fn keep_note(line: &str) -> bool {
    FRAME.lock().as_mut().map(|frame| frame.err.push_str(line)).is_some()
}

/// Writes to stdout itself.
pub fn write_out(text: &str) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        other => Ok(other?),
    }
}

/// Runs a command until Ctrl-C. What fails at once is wrong for good; what fails later is shown, and tried again.
pub fn repeat(every: Duration, title: &str, mut run: impl FnMut() -> Result<Exit, CliError>) -> ExitCode {
    end_with_ctrl_c();
    let screen = std::io::stdout().is_terminal();
    let mut first = true;
    loop {
        let begun = Instant::now();
        *FRAME.lock() = Some(Frame::default());
        let result = run();
        let failed = match &result {
            Ok(_) => None,
            Err(e) if e.exit() == Exit::ConditionFails => None,
            Err(_) => Some(()),
        };
        if let Err(e) = &result
            && (!first || failed.is_none())
        {
            e.print();
        }
        let frame = FRAME.lock().take().unwrap_or_default();
        if let Err(e) = result
            && first
            && failed.is_some()
        {
            return e.report();
        }
        let drawn = if screen { drawing(&heading(every, title), &frame, first) } else { between(&frame, first) };
        if let Err(e) = write_out(&drawn) {
            return e.report();
        }
        if !screen {
            let _ = std::io::stderr().write_all(frame.err.as_bytes());
        }
        first = false;
        std::thread::sleep(every.saturating_sub(begun.elapsed()));
    }
}

fn heading(every: Duration, title: &str) -> String {
    format!("every {}   {title}   {}", human::duration(every), human::time(TimestampMs::now().0))
}

/// The frame over the one before: from the corner, each line cleared behind its text, the rest of the screen cleared.
fn drawing(heading: &str, frame: &Frame, first: bool) -> String {
    let mut text = String::from(if first { "\x1b[2J\x1b[H" } else { "\x1b[H" });
    for line in std::iter::once(heading).chain([""]).chain(frame.out.lines()).chain(frame.err.lines()) {
        text.push_str(line);
        text.push_str("\x1b[K\r\n");
    }
    text.push_str("\x1b[J");
    text
}

/// The frame for a reader that is no terminal: after an empty line, unless lines or documents are what it reads.
fn between(frame: &Frame, first: bool) -> String {
    let is_document = frame.out.starts_with(['{', '[']) || frame.out.starts_with("---");
    let gap = if first || is_document { "" } else { "\n" };
    format!("{gap}{}", frame.out)
}

/// Ctrl-C is how watching ends, and no failure.
fn end_with_ctrl_c() {
    std::thread::spawn(|| {
        let ended = super::connect::block_on(tokio::signal::ctrl_c());
        if ended.is_ok_and(|signal| signal.is_ok()) {
            std::process::exit(0);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_covers_the_one_before_line_by_line() {
        let frame = Frame { out: "A\nB\n".into(), err: "note\n".into() };
        let drawn = drawing("every 2s", &frame, false);
        assert_eq!(drawn, "\x1b[Hevery 2s\x1b[K\r\n\x1b[K\r\nA\x1b[K\r\nB\x1b[K\r\nnote\x1b[K\r\n\x1b[J");
    }

    #[test]
    fn intervals_are_not_shorter_than_an_answer_takes() {
        assert_eq!(parse_interval("0"), Ok(SHORTEST));
        assert_eq!(parse_interval("5s"), Ok(Duration::from_secs(5)));
    }
}
