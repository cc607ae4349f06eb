//! What the verifiable clients share: their lines of JSON, and being told to stop.

use std::fmt;
use std::io::{self, Write};

use serde_json::Value;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::answer;
use super::argparse::{Namespace, Parser, Refused};
use super::cluster::load;
use super::java::millis;
use super::usage::{Stop, Streams};
use crate::client::Properties;

/// Parses a tool's words; no words at all print the help, and end well.
///
/// # Errors
/// How the tool stops.
pub(super) fn parse(parser: &Parser, args: &[String], streams: &mut Streams<'_>) -> Result<Namespace, Stop> {
    if args.is_empty() {
        streams.out.write_all(parser.help().as_bytes())?;
        return Err(Stop::Exit(0));
    }
    match parser.parse(args) {
        Ok(options) => Ok(options),
        // Kafka's tools take their own help for an error.
        Err(Refused::Help) => {
            streams.out.write_all(parser.help().as_bytes())?;
            Err(Stop::Exit(1))
        }
        Err(Refused::Error(message, unknown)) => Err(refused(parser, &message, unknown.as_deref())),
    }
}

/// What stderr gets when the command line was refused.
pub(super) fn refused(parser: &Parser, message: &str, unknown: Option<&str>) -> Stop {
    Stop::Failure(parser.error(message, unknown).trim_end().to_owned())
}

/// The settings of `--command-config`, or of the option's old name.
///
/// # Errors
/// When both names are given, or the file cannot be read.
pub(super) fn file_settings(
    parser: &Parser,
    options: &Namespace,
    old: &str,
    streams: &mut Streams<'_>,
) -> Result<Properties, Stop> {
    let (file, deprecated) = match (options.value("--command-config"), options.value(old)) {
        (Some(_), Some(_)) => {
            let text = format!("Options {old} and --command-config are mutually exclusive.");
            return Err(refused(parser, &text, None));
        }
        (Some(file), None) => (file, false),
        (None, Some(file)) => (file, true),
        (None, None) => return Ok(Properties::default()),
    };
    if deprecated {
        writeln!(
            streams.out,
            "Option {old} has been deprecated and will be removed in a future version. Use --command-config instead."
        )?;
    }
    load(file).map_err(|failure| refused(parser, &failure.message, None))
}

/// An object of JSON whose fields stay in their order.
#[derive(Debug, Default)]
pub(super) struct Object(String);

impl Object {
    /// One more field.
    pub(super) fn with(mut self, key: &str, value: impl Into<Value>) -> Object {
        self.add(key, &value.into().to_string());
        self
    }

    /// One more field, a list of objects.
    pub(super) fn with_all(mut self, key: &str, values: impl IntoIterator<Item = Object>) -> Object {
        let values: Vec<String> = values.into_iter().map(|object| object.to_string()).collect();
        self.add(key, &format!("[{}]", values.join(",")));
        self
    }

    fn add(&mut self, key: &str, value: &str) {
        if !self.0.is_empty() {
            self.0.push(',');
        }
        self.0.push_str(&format!("\"{key}\":{value}"));
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{}}}", self.0)
    }
}

/// One line of JSON: the time, the name, and the rest.
///
/// # Errors
/// The stream's.
pub(super) fn event(out: &mut dyn Write, name: &str, rest: Object) -> io::Result<()> {
    let mut line = Object::default().with("timestamp", millis()).with("name", name);
    if !rest.0.is_empty() {
        line.0.push(',');
        line.0.push_str(&rest.0);
    }
    print(out, &line.to_string())
}

/// Prints a line of JSON, which is the same in every form of the answer.
///
/// # Errors
/// The stream's.
pub(super) fn print(out: &mut dyn Write, line: &str) -> io::Result<()> {
    answer::event(line)?;
    writeln!(out, "{line}")?;
    out.flush()
}

/// SIGTERM and SIGINT, and the exit codes that a JVM ends with on them.
pub(super) struct Told {
    terminate: Signal,
    interrupt: Signal,
}

impl Told {
    /// Listens from now on.
    pub(super) fn listen() -> io::Result<Told> {
        Ok(Told { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for one of them.
    pub(super) async fn stopped(&mut self) -> u8 {
        tokio::select! {
            _ = self.terminate.recv() => answer::TERMINATED,
            _ = self.interrupt.recv() => answer::INTERRUPTED,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stay_in_their_order_and_nothing_is_null() {
        let mut out = Vec::new();
        let part = Object::default().with("z", 1).with("a", "\"");
        event(&mut out, "records_consumed", Object::default().with("key", None::<String>).with_all("parts", [part]))
            .unwrap();
        let line = String::from_utf8(out).unwrap();
        let (head, rest) = line.split_once(",\"name\"").unwrap();
        assert!(head.starts_with("{\"timestamp\":1"), "{head}");
        assert_eq!(rest, ":\"records_consumed\",\"key\":null,\"parts\":[{\"z\":1,\"a\":\"\\\"\"}]}\n");
    }
}
