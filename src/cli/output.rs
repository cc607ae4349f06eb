//! `-o`: the same answer as a table, as JSON, or as bare names.

use std::io::Write as _;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::error::CliError;
use super::table::Table;

/// The form of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table for a person
    #[default]
    Table,
    /// The table with more columns
    Wide,
    /// One JSON document with a schema version
    Json,
    /// Names only, one a line
    Name,
}

/// The option that chooses the form.
#[derive(Clone, Copy, Debug, Args)]
pub struct Output {
    /// Form of the answer
    #[arg(
        short = 'o',
        long = "output",
        value_enum,
        default_value = "table",
        value_name = "FORM",
        help_heading = "Output"
    )]
    pub format: Format,
}

/// The version of every JSON document; raised when a field changes its meaning or goes away.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Document<'a, T: ?Sized> {
    schema: u32,
    kind: &'static str,
    #[serde(flatten)]
    body: Body<'a, T>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Body<'a, T: ?Sized> {
    Data(&'a T),
}

impl Output {
    /// Whether more columns were asked for.
    pub fn is_wide(self) -> bool {
        self.format == Format::Wide
    }

    /// Whether the answer is read by a person.
    pub fn is_table(self) -> bool {
        matches!(self.format, Format::Table | Format::Wide)
    }

    /// Prints `data` in the form that was asked for.
    pub fn print<T: Serialize + ?Sized>(
        self,
        kind: &'static str,
        data: &T,
        names: impl FnOnce() -> Vec<String>,
        table: impl FnOnce(bool) -> Table,
    ) -> Result<(), CliError> {
        match self.format {
            Format::Table | Format::Wide => say(&table(self.is_wide()).render()),
            Format::Name => say(&names().iter().map(|name| format!("{name}\n")).collect::<String>()),
            Format::Json => print_json(kind, data),
        }
    }
}

/// Prints one JSON document.
pub fn print_json<T: Serialize + ?Sized>(kind: &'static str, data: &T) -> Result<(), CliError> {
    let document = Document { schema: SCHEMA, kind, body: Body::Data(data) };
    let text = serde_json::to_string_pretty(&document)
        .map_err(|e| CliError::failed(format!("cannot write the answer as JSON: {e}")))?;
    say(&format!("{text}\n"))
}

/// Writes to stdout. A reader that has gone away, as `head` does, ends the command quietly.
pub fn say(text: &str) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        other => Ok(other?),
    }
}
