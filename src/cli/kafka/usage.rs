//! The checks and the option table that Kafka's jopt tools share (`org.apache.kafka.server.util.CommandLineUtils`), and
//! the ways a tool stops.

use std::io::{self, Write};

use super::answer;
use super::jopt::{Arg, Opt, OptionError, Options};

/// The options that every tool has (`CommandDefaultOptions`).
pub const HELP: Opt = Opt::flag("help", "Show this table.");
/// Beside [`HELP`].
pub const VERSION: Opt = Opt::flag("version", "Show the version of Apache Kafka that the tool speaks for.");

/// The release whose tools these are: `--version` prints it, because runbooks compare it.
pub const KAFKA_VERSION: &str = "4.3.1";
/// The commit of that release, which one of the tools prints beside it.
pub const KAFKA_COMMIT: &str = "26b251a451ce941d";

/// Where a tool writes. A pair of buffers in tests.
pub struct Streams<'a> {
    /// The answer.
    pub out: &'a mut dyn Write,
    /// The talk.
    pub err: &'a mut dyn Write,
}

/// Why a tool stopped before its end.
#[derive(Debug)]
pub enum Stop {
    /// The message and the option table on stderr, exit 1 (`CommandLineUtils.printUsageAndExit`).
    Usage(String),
    /// One or more lines on stderr, exit 1.
    Failure(String),
    /// Everything is said; this exit code.
    Exit(u8),
    /// The streams are gone.
    Io(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        Stop::Io(error)
    }
}

impl Stop {
    /// What Java prints when an exception leaves `main`.
    pub fn uncaught(exception: &str, message: impl std::fmt::Display) -> Stop {
        let message = message.to_string();
        let colon = if message.is_empty() { "" } else { ": " };
        Stop::Failure(format!("Exception in thread \"main\" {exception}{colon}{message}"))
    }

    /// The same for an option error.
    pub fn uncaught_option(error: OptionError) -> Stop {
        Stop::uncaught(&format!("joptsimple.{}", error.exception()), error)
    }

    /// An option error with the table behind it, as the tools print it that catch their parser's exception.
    pub fn usage_option(error: OptionError) -> Stop {
        Stop::Usage(error.to_string())
    }

    /// Says what is left to say and gives the exit code.
    pub fn finish(&self, table: &[Opt], streams: &mut Streams<'_>) -> u8 {
        let said = match self {
            Stop::Usage(message) => writeln!(streams.err, "{message}").and_then(|()| print_table(table, streams.err)),
            Stop::Failure(message) => writeln!(streams.err, "{message}"),
            Stop::Exit(_) | Stop::Io(_) => Ok(()),
        };
        match self {
            Stop::Exit(code) => *code,
            // A reader that went away is not a failure of the tool: Java's print streams never notice it.
            Stop::Io(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
            _ if said.is_err() => 1,
            _ => 1,
        }
    }
}

/// `--help` and no words at all print the table and exit 1; `--version` prints the version and exits 0.
///
/// # Errors
/// [`Stop`] when one of the two was asked for.
pub fn help_or_version(
    options: &Options,
    nothing_given: bool,
    about: &str,
    streams: &mut Streams<'_>,
) -> Result<(), Stop> {
    if options.has("help") {
        answer::helped();
    }
    if nothing_given || options.has("help") {
        return Err(Stop::Usage(about.to_owned()));
    }
    if options.has("version") {
        writeln!(streams.out, "{KAFKA_VERSION}")?;
        return Err(Stop::Exit(0));
    }
    Ok(())
}

/// Refuses a command line without `name`.
///
/// # Errors
/// The usage message.
pub fn require(options: &Options, names: &[&str]) -> Result<(), Stop> {
    match names.iter().find(|name| !options.has(name)) {
        Some(name) => Err(Stop::Usage(format!("Missing required argument \"[{name}]\""))),
        None => Ok(()),
    }
}

/// Refuses `used` beside any of `others`.
///
/// # Errors
/// The usage message.
pub fn forbid(options: &Options, used: &str, others: &[&str]) -> Result<(), Stop> {
    if !options.has(used) {
        return Ok(());
    }
    match others.iter().find(|other| options.has(other)) {
        Some(other) => Err(Stop::Usage(format!("Option \"[{used}]\" can't be used with option \"[{other}]\""))),
        None => Ok(()),
    }
}

/// The name under which an option was given that has an old one too; the new one if it was not given.
///
/// # Errors
/// The usage message when it was given under both.
pub fn name_in_use(options: &Options, new: &'static str, old: &'static str) -> Result<&'static str, Stop> {
    match (options.has(new), options.has(old)) {
        (true, true) => Err(Stop::Usage(format!("Options --{new} and --{old} cannot be specified together."))),
        (false, true) => Ok(old),
        _ => Ok(new),
    }
}

/// Writes a line as log4j does in the tools' own layout.
///
/// # Errors
/// The stream's.
pub fn log4j(level: &str, text: impl std::fmt::Display, err: &mut dyn Write) -> io::Result<()> {
    let now = jiff::Zoned::now().strftime("%Y-%m-%d %H:%M:%S,%3f").to_string();
    writeln!(err, "[{now}] {level} {text}")
}

/// Demands exactly one of `names`.
///
/// # Errors
/// The usage message.
pub fn exactly_one_of(options: &Options, names: &[&str]) -> Result<(), Stop> {
    if names.iter().filter(|name| options.has(name)).count() == 1 {
        return Ok(());
    }
    let list: Vec<String> = names.iter().map(|name| format!("[{name}]")).collect();
    Err(Stop::Usage(format!("Exactly one of the following arguments is required: {}", list.join(", "))))
}

/// Reads repeated `key=value` words (`CommandLineUtils.parseKeyValueArgs`): a word without `=` is an error, an empty
/// value is kept as such.
///
/// # Errors
/// The offending word, in Kafka's words.
pub fn key_values(words: &[&str]) -> Result<Vec<(String, String)>, String> {
    words
        .iter()
        .map(|word| match word.split_once('=') {
            Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
            _ => Err(format!("Invalid command line properties: {word}")),
        })
        .collect()
}

/// The table of options as jopt-simple's default formatter lays it out: two columns in 80, hanging indent of two.
///
/// # Errors
/// The stream's.
pub fn print_table(table: &[Opt], out: &mut dyn Write) -> io::Result<()> {
    const WIDTH: usize = 80;
    const GAP: usize = 2;
    let mut rows =
        vec![("Option".to_owned(), "Description".to_owned()), ("------".to_owned(), "-----------".to_owned())];
    let mut shown: Vec<&Opt> = table.iter().filter(|opt| !opt.hidden).collect();
    shown.sort_by_key(|opt| opt.name);
    rows.extend(shown.into_iter().map(|opt| (left_cell(opt), right_cell(opt))));
    let widest = |cell: fn(&(String, String)) -> &String, rows: &[(String, String)]| {
        rows.iter().flat_map(|row| cell(row).split('\n')).map(|line| line.chars().count()).max().unwrap_or(0)
    };
    let left = widest(|row| &row.0, &rows).min((WIDTH - GAP) / 2);
    let right = widest(|row| &row.1, &rows).min(WIDTH - left - GAP);
    for (option, description) in rows {
        let (options, descriptions) = (wrap(&option, left), wrap(&description, right));
        for line in 0..options.len().max(descriptions.len()) {
            let cell = |lines: &[String]| lines.get(line).cloned().unwrap_or_default();
            writeln!(out, "{:left$}{:GAP$}{:right$}", cell(&options), "", cell(&descriptions))?;
        }
    }
    Ok(())
}

fn left_cell(opt: &Opt) -> String {
    let typed = |ty: &str, placeholder: &str| match placeholder {
        "" => ty.to_owned(),
        _ => format!("{ty}: {placeholder}"),
    };
    match opt.arg {
        Arg::None => format!("--{}", opt.name),
        Arg::Required(ty, placeholder) => format!("--{} <{}>", opt.name, typed(ty.name(), placeholder)),
        Arg::Optional(ty, placeholder) => format!("--{} [{}]", opt.name, typed(ty.name(), placeholder)),
    }
}

fn right_cell(opt: &Opt) -> String {
    match opt.default {
        Some(default) => format!("{} (default: {default})", opt.description),
        None => opt.description.to_owned(),
    }
}

/// Breaks after blanks and hyphens, and inside dotted names; every line after the first is indented by two.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.trim().split('\n') {
        let mut line = String::new();
        for word in pieces(paragraph) {
            if line.chars().count() + word.chars().count() > width {
                lines.push(line.trim_end().to_owned());
                line = String::from("  ");
            }
            line.push_str(word);
        }
        if !line.is_empty() {
            lines.push(line);
        }
    }
    lines
}

/// Splits text where a line may end, as Java's `BreakIterator` finds the places.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut chars = rest.char_indices().peekable();
        let mut end = rest.len();
        while let Some((_, c)) = chars.next() {
            let Some(&(at, next)) = chars.peek() else { break };
            let after_blank = c == ' ' && next != ' ';
            let after_mark =
                (c == '-' && next != ' ' && next != '-') || (matches!(c, '.' | ':') && next.is_alphabetic());
            if after_blank || after_mark {
                end = at;
                break;
            }
        }
        let (piece, tail) = rest.split_at(end);
        rest = tail;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::super::jopt::{Type, parse};
    use super::*;

    const TABLE: &[Opt] = &[
        HELP,
        VERSION,
        Opt::required(
            "topic",
            Type::String,
            "topic",
            "The topic to create, alter, describe or delete; a regular expression but for --create.",
        ),
        Opt::optional("codec", Type::String, "", "The codec.").or("gzip"),
        Opt::flag("list", "List."),
    ];

    fn options(line: &[&str]) -> Options {
        parse(TABLE, &line.iter().map(|&word| word.to_owned()).collect::<Vec<_>>()).unwrap()
    }

    fn usage(stop: Result<(), Stop>) -> String {
        match stop {
            Err(Stop::Usage(message)) => message,
            other => panic!("not a usage error: {other:?}"),
        }
    }

    #[test]
    fn the_checks_speak_as_kafka_does() {
        assert_eq!(usage(require(&options(&[]), &["topic"])), "Missing required argument \"[topic]\"");
        assert_eq!(
            usage(forbid(&options(&["--topic", "t", "--list"]), "topic", &["codec", "list"])),
            "Option \"[topic]\" can't be used with option \"[list]\""
        );
        assert_eq!(
            usage(exactly_one_of(&options(&[]), &["topic", "list"])),
            "Exactly one of the following arguments is required: [topic], [list]"
        );
        assert_eq!(key_values(&["a=b=c", "d="]).unwrap(), [("a".into(), "b=c".into()), ("d".into(), String::new())]);
        assert!(key_values(&["novalue"]).is_err());
    }

    #[test]
    fn an_option_has_one_name_at_a_time() {
        assert_eq!(name_in_use(&options(&[]), "topic", "codec").unwrap(), "topic");
        assert_eq!(name_in_use(&options(&["--codec", "x"]), "topic", "codec").unwrap(), "codec");
        let both = name_in_use(&options(&["--codec", "x", "--topic", "t"]), "topic", "codec");
        assert_eq!(usage(both.map(drop)), "Options --topic and --codec cannot be specified together.");
    }

    #[test]
    fn the_table_is_laid_out_as_jopt_simple_lays_it_out() {
        let mut text = Vec::new();
        print_table(TABLE, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0].trim_end(), "Option                   Description");
        assert_eq!(lines[1].trim_end(), "------                   -----------");
        assert_eq!(lines[2].trim_end(), "--codec [String]         The codec. (default: gzip)");
        assert_eq!(lines[4].trim_end(), "--list                   List.");
        assert_eq!(lines[5].trim_end(), "--topic <String: topic>  The topic to create, alter, describe or delete; a");
        assert!(lines[6].starts_with(&format!("{:27}regular expression", "")));
        assert!(lines.iter().all(|line| line.len() == lines[0].len() && line.len() <= 80));
    }
}
