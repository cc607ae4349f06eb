//! `logbus complete`: what the completion scripts ask at every press of the key. It is no command of the table: it takes
//! a command line that is not finished, and prints what may stand where the cursor is, a candidate a line.
//!
//! `line` finds what is asked for, `live` asks the cluster, `scripts` has what shells are told. Nothing here says that
//! something went wrong: a shell would print it into the line that is being typed.

mod line;
mod live;
pub mod scripts;
mod tools;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use line::{Asked, Values};

/// The word that leads here.
pub const NAME: &str = "complete";
/// Printed alone: the shell completes names of files.
const FILES: &str = ":files";

/// A candidate, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Candidate {
    value: String,
    about: String,
}

impl Candidate {
    fn new(value: impl Into<String>, about: &str) -> Candidate {
        let about = about.lines().next().unwrap_or_default().trim();
        Candidate { value: value.into(), about: about.to_owned() }
    }
}

/// Answers `logbus complete SHELL WORD…`: the words of the line up to the cursor, the last of them unfinished. Bash gives
/// the line as one word, with the characters at which it breaks words behind it.
pub fn run(args: &[OsString]) -> ExitCode {
    let mut args = args.iter().map(|arg| arg.to_string_lossy().into_owned());
    let shell = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    let (words, breaks) = match shell.as_str() {
        "bash" => {
            let line = rest.first().map(String::as_str).unwrap_or_default();
            (line::split(line), rest.get(1).cloned().unwrap_or_default())
        }
        _ => (rest, String::new()),
    };
    let Some(asked) = asked(&words) else { return ExitCode::SUCCESS };
    let found = candidates(&asked);
    let mut out = std::io::stdout().lock();
    if found.is_empty() && asked.values == Values::Files {
        let _ = writeln!(out, "{FILES}");
    }
    for candidate in found {
        let _ = match shell.as_str() {
            "bash" => writeln!(out, "{}", behind_break(&candidate.value, &asked.word, &breaks)),
            _ if candidate.about.is_empty() => writeln!(out, "{}", candidate.value),
            _ => writeln!(out, "{}\t{}", candidate.value, candidate.about),
        };
    }
    ExitCode::SUCCESS
}

/// What is asked for at the end of a command line; nothing where there is no program that is known.
fn asked(words: &[String]) -> Option<Asked> {
    let tool = |at: usize| words.get(at).filter(|name| at + 1 < words.len() && super::kafka::is_tool(name));
    if let Some(at) = (0..2).find(|at| tool(*at).is_some()) {
        return Some(tools::asked(&words[at..]));
    }
    (words.len() > 1).then(|| line::asked(&super::app::command(), words))
}

/// Everything that fits, in order.
fn candidates(asked: &Asked) -> Vec<Candidate> {
    let mut all = asked.fixed.clone();
    if let Values::Live(kind) = &asked.values {
        let named = |candidate: Candidate| Candidate { value: candidate.value + asked.after, ..candidate };
        all.extend(live::candidates(*kind, asked).into_iter().map(named));
    }
    // What stands before the value in the same word, as `--topic=`, belongs to the candidates of it.
    let mut fitting: Vec<Candidate> = all
        .into_iter()
        .map(|candidate| Candidate { value: format!("{}{}", asked.before, candidate.value), ..candidate })
        .filter(|candidate| candidate.value.starts_with(&asked.word))
        .collect();
    fitting.dedup_by(|a, b| a.value == b.value);
    fitting
}

/// The part of a candidate that bash puts in: it takes a break such as `=` or `:` for the end of a word.
fn behind_break(value: &str, word: &str, breaks: &str) -> String {
    let kept = word.rfind(|c: char| breaks.contains(c) && matches!(c, '=' | ':')).map_or(0, |at| at + 1);
    let mut out = String::new();
    for c in value.get(kept..).unwrap_or_default().chars() {
        if c.is_whitespace() || "\\'\"$&|;<>()`*?[]{}!#".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(line: &str) -> Vec<String> {
        let asked = asked(&line::split(line)).unwrap();
        candidates(&asked).into_iter().map(|candidate| candidate.value).collect()
    }

    #[test]
    fn commands_options_and_fixed_values_are_completed() {
        assert_eq!(values("logbus top"), ["topics", "top"].map(String::from));
        assert_eq!(values("logbus topics desc"), ["describe"]);
        assert_eq!(values("logbus topics list --no-"), ["--no-headers"]);
        assert_eq!(values("logbus topics list -o js"), ["json"]);
        assert_eq!(values("logbus topics list --output=js"), ["--output=json"]);
        assert!(values("logbus topics list -b here:9092 --col").contains(&"--columns".to_owned()));
        assert!(asked(&line::split("logbus")).is_none() && asked(&[]).is_none());
    }

    #[test]
    fn options_of_kafkas_tools_are_completed() {
        assert_eq!(values("kafka-topics.sh --bootstrap-server a:1 --desc"), ["--describe"]);
        assert_eq!(values("logbus kafka-topics --unav"), ["--unavailable-partitions"]);
    }

    #[test]
    fn bash_gets_what_stands_behind_its_break() {
        assert_eq!(behind_break("--topic=clicks", "--topic=cl", " \t=:"), "clicks");
        assert_eq!(behind_break("--topic=clicks", "--topic=cl", " \t"), "--topic=clicks");
        assert_eq!(behind_break("a group", "a", "=:"), "a\\ group");
    }
}
