//! Command-line parsing the way argparse4j 0.7.0 does it, for those of Kafka's tools that use it.
//!
//! What matters to scripts: an unambiguous beginning of a long option stands for it; `--name value` and `--name=value`
//! are one; values are converted as they are met, the last one of an option wins; a word that belongs to no option is
//! an error; usage and error go to stderr in argparse4j's layout, help to stdout.

use std::fmt::Write as _;

use super::answer;
use super::usage::pieces;

/// The columns that argparse4j fills when it cannot ask a terminal.
const WIDTH: usize = 75;
/// Where the descriptions of options begin.
pub(super) const HELP_INDENT: usize = 25;

/// One option.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    /// Its spellings, dashes included; the first stands in the usage.
    pub flags: &'static [&'static str],
    /// What it takes.
    pub takes: Takes,
    /// What stands for its value in usage and help.
    pub metavar: &'static str,
    /// Refused when absent.
    pub required: bool,
    /// The value when it is absent.
    pub default: Option<&'static str>,
    /// Belongs to the parser's group of which only one may be given.
    pub exclusive: bool,
    /// The heading of the help under which it stands; empty for "optional arguments".
    pub section: &'static str,
    /// The words that it may have; any if there are none.
    pub choices: &'static [&'static str],
    /// The description.
    pub help: &'static str,
}

/// What an option takes after its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Nothing: it prints the help.
    Help,
    /// Nothing.
    Nothing,
    /// One word.
    One(Type),
    /// One word or more, up to the next option.
    Words,
}

/// What a word is converted to, by its name in Java.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Any text.
    String,
    /// A 16-bit integer.
    Short,
    /// A 32-bit integer.
    Integer,
    /// A 64-bit integer.
    Long,
    /// A floating-point number.
    Double,
}

impl Argument {
    /// `-h`, which every parser has first.
    pub const HELP: Argument =
        Argument { help: "show this help message and exit", ..Argument::new(&["-h", "--help"], Takes::Help, "") };

    const fn new(flags: &'static [&'static str], takes: Takes, metavar: &'static str) -> Argument {
        Argument {
            flags,
            takes,
            metavar,
            required: false,
            default: None,
            exclusive: false,
            section: "",
            choices: &[],
            help: "",
        }
    }

    /// An option with one value.
    pub const fn one(flags: &'static [&'static str], ty: Type, metavar: &'static str, help: &'static str) -> Argument {
        Argument { help, ..Argument::new(flags, Takes::One(ty), metavar) }
    }

    /// An option that takes nothing, and whose default the help does not show.
    pub const fn switch(flags: &'static [&'static str], help: &'static str) -> Argument {
        Argument { help, ..Argument::new(flags, Takes::Nothing, "") }
    }

    /// Stands under a heading of its own in the help.
    pub const fn under(mut self, section: &'static str) -> Argument {
        self.section = section;
        self
    }

    /// An option with one value or more.
    pub const fn words(flags: &'static [&'static str], metavar: &'static str, help: &'static str) -> Argument {
        Argument { help, ..Argument::new(flags, Takes::Words, metavar) }
    }

    /// An option that takes nothing; false by default.
    pub const fn flag(flags: &'static [&'static str], help: &'static str) -> Argument {
        Argument { help, default: Some("false"), ..Argument::new(flags, Takes::Nothing, "") }
    }

    /// Refused when absent.
    pub const fn required(mut self) -> Argument {
        self.required = true;
        self
    }

    /// The value when it is absent.
    pub const fn or(mut self, default: &'static str) -> Argument {
        self.default = Some(default);
        self
    }

    /// One of these words, as Java prints them.
    pub const fn among(mut self, choices: &'static [&'static str]) -> Argument {
        self.choices = choices;
        self
    }

    /// Belongs to the group of which exactly one must be given.
    pub const fn exclusive(mut self) -> Argument {
        self.exclusive = true;
        self
    }

    /// As messages name it.
    fn name(&self) -> String {
        self.flags.join("/")
    }

    fn values(&self) -> String {
        match self.takes {
            Takes::Help | Takes::Nothing => String::new(),
            Takes::One(_) => format!(" {}", self.metavar),
            Takes::Words => format!(" {0} [{0} ...]", self.metavar),
        }
    }

    fn short_syntax(&self) -> String {
        let bare = self.bare_syntax();
        if self.required { bare } else { format!("[{bare}]") }
    }

    fn bare_syntax(&self) -> String {
        format!("{}{}", self.flags[0], self.values())
    }

    fn print(&self, out: &mut String) {
        let titles: Vec<String> = self.flags.iter().map(|flag| format!("{flag}{}", self.values())).collect();
        let title = titles.join(", ");
        let help = match self.default {
            Some(default) => format!("{} (default: {default})", self.help),
            None => self.help.to_owned(),
        };
        let text = wrap(&help, HELP_INDENT, HELP_INDENT);
        if title.chars().count() <= HELP_INDENT - 4 {
            let _ = writeln!(out, "  {title:0$}{text}", HELP_INDENT - 2);
        } else {
            let _ = writeln!(out, "  {title}\n{:HELP_INDENT$}{text}", "");
        }
    }

    fn convert(&self, ty: Type, text: &str) -> Result<(), String> {
        let (fits, java) = match ty {
            Type::String => (true, ""),
            Type::Short => (text.parse::<i16>().is_ok(), "Short"),
            Type::Integer => (text.parse::<i32>().is_ok(), "Integer"),
            Type::Long => (text.parse::<i64>().is_ok(), "Long"),
            Type::Double => (double(text).is_some(), "Double"),
        };
        if fits && (self.choices.is_empty() || self.choices.contains(&text)) {
            return Ok(());
        }
        if fits {
            let choices = self.choices.join(",");
            return Err(format!("argument {}: invalid choice: '{text}' (choose from {{{choices}}})", self.name()));
        }
        let why = match (ty, text) {
            (Type::Double, "") => "empty String".to_owned(),
            (Type::Short, _) if text.parse::<i32>().is_ok() => {
                format!("Value out of range. Value:\"{text}\" Radix:10")
            }
            _ => format!("For input string: \"{text}\""),
        };
        Err(format!("argument {}: could not convert '{text}' to {java} ({why})", self.name()))
    }
}

/// Reads a number as `Double.valueOf` does: blanks around it and a type's letter behind it do not matter.
pub fn double(text: &str) -> Option<f64> {
    let text = text.trim();
    let number = text.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(text);
    match number.trim_start_matches(['+', '-']) {
        // Spellings of Rust that Java does not know.
        word if word.starts_with(['i', 'I', 'n', 'N']) && !matches!(word, "Infinity" | "NaN") => None,
        _ => number.parse().ok(),
    }
}

/// A tool's options and what its help says.
#[derive(Clone, Copy, Debug)]
pub struct Parser {
    /// The program's name.
    pub prog: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// The options in the order of the usage, [`Argument::HELP`] first.
    pub arguments: &'static [Argument],
    /// The group of options of which only one may be given.
    pub group: Group,
    /// What stands in the usage between the program's name and the options: the way to a sub-command.
    pub before: &'static [&'static str],
    /// What stands in the usage behind the options.
    pub after: &'static [&'static str],
}

/// The group of options that exclude each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// There is none.
    None,
    /// One of them may be given.
    Optional,
    /// One of them must be given.
    Required,
    /// One of them must be given, and the help shows them apart, under this description.
    Described(&'static str),
    /// The same under a heading, and the description below it.
    Titled(&'static str, &'static str),
}

impl Group {
    const fn is_required(self) -> bool {
        matches!(self, Group::Required | Group::Described(_) | Group::Titled(..))
    }
}

/// Why a command line was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The help was asked for.
    Help,
    /// What is wrong with it, and the unknown option if that is it.
    Error(String, Option<String>),
}

/// A parsed command line.
#[derive(Clone, Debug)]
pub struct Namespace {
    arguments: &'static [Argument],
    found: Vec<(&'static str, Vec<String>)>,
}

impl Namespace {
    /// Whether the option was given.
    pub fn has(&self, flag: &str) -> bool {
        self.found.iter().any(|(name, _)| *name == flag)
    }

    /// The words of an option, the last time it was given.
    pub fn words(&self, flag: &str) -> Option<&[String]> {
        self.found.iter().rev().find(|(name, _)| *name == flag).map(|(_, words)| words.as_slice())
    }

    /// The single words of every time that the option was given, in order.
    pub fn all<'a>(&'a self, flag: &'a str) -> impl Iterator<Item = &'a str> {
        self.found.iter().filter(move |(name, _)| *name == flag).flat_map(|(_, words)| words).map(String::as_str)
    }

    /// The single word of an option, or its default.
    pub fn value(&self, flag: &str) -> Option<&str> {
        match self.words(flag) {
            Some(words) => words.first().map(String::as_str),
            None => self.arguments.iter().find(|a| a.flags[0] == flag).and_then(|a| a.default),
        }
    }

    /// The single word as a number; it was judged when it was met.
    pub fn number<N: std::str::FromStr>(&self, flag: &str) -> Option<N> {
        self.value(flag)?.parse().ok()
    }
}

/// Whether a word looks like an option. Negative numbers do not.
fn is_flag(word: &str) -> bool {
    let digits =
        word.strip_prefix('-').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()));
    word == "--" || (word.starts_with('-') && !digits && word.bytes().any(|b| b != b'-'))
}

impl Parser {
    /// Parses the words behind the tool's name.
    ///
    /// # Errors
    /// [`Refused`] at the first word that does not fit, or for what is missing.
    pub fn parse(&self, args: &[String]) -> Result<Namespace, Refused> {
        let (namespace, chosen, _) = self.scan(args, false)?;
        self.check_required(&namespace, chosen)?;
        Ok(namespace)
    }

    /// The options up to the end, or up to the first word that is none; whether one of the group is among them, and how
    /// many words they are.
    pub(super) fn scan(&self, args: &[String], stops_at_words: bool) -> Result<(Namespace, bool, usize), Refused> {
        let refuse = |message: String| Err(Refused::Error(message, None));
        let mut namespace = Namespace { arguments: self.arguments, found: Vec::new() };
        let mut chosen: Option<&Argument> = None;
        let mut at = 0;
        while let Some(word) = args.get(at) {
            if !is_flag(word) {
                if stops_at_words {
                    break;
                }
                return refuse(format!("unrecognized arguments: '{}'", args[at..].join(" ")));
            }
            at += 1;
            if word == "--" {
                match args.get(at..).filter(|rest| !rest.is_empty()) {
                    Some(rest) => return refuse(format!("unrecognized arguments: '{}'", rest.join(" "))),
                    None => break,
                }
            }
            let (flag, inline) = match word.split_once('=') {
                Some((flag, value)) => (flag, Some(value)),
                None => (word.as_str(), None),
            };
            let Some(argument) = self.resolve(flag).map_err(|message| Refused::Error(message, None))? else {
                // `-hx` is -h, and what follows is not looked at any more.
                if word.starts_with("-h") {
                    return Err(Refused::Help);
                }
                return Err(Refused::Error(format!("unrecognized arguments: '{word}'"), Some(word.clone())));
            };
            if argument.exclusive {
                match chosen {
                    Some(other) if other.flags != argument.flags => {
                        return refuse(format!(
                            "argument {}: not allowed with argument {}",
                            argument.name(),
                            other.name()
                        ));
                    }
                    _ => chosen = Some(argument),
                }
            }
            let words = self.take(argument, inline, args, &mut at)?;
            namespace.found.push((argument.flags[0], words));
        }
        Ok((namespace, chosen.is_some(), at))
    }

    fn take(
        &self,
        argument: &Argument,
        inline: Option<&str>,
        args: &[String],
        at: &mut usize,
    ) -> Result<Vec<String>, Refused> {
        let refuse = |message: String| Refused::Error(message, None);
        match (argument.takes, inline) {
            (Takes::Help | Takes::Nothing, Some(value)) => {
                Err(refuse(format!("argument {}: ignore implicit argument '{value}'", argument.name())))
            }
            (Takes::Help, None) => Err(Refused::Help),
            (Takes::Nothing, None) => Ok(Vec::new()),
            (Takes::One(ty), inline) => {
                let next = args.get(*at).filter(|next| inline.is_none() && !is_flag(next));
                *at += usize::from(next.is_some());
                let Some(value) = inline.or(next.map(String::as_str)) else {
                    return Err(refuse(format!("argument {}: expected one argument", argument.name())));
                };
                argument.convert(ty, value).map_err(refuse)?;
                Ok(vec![value.to_owned()])
            }
            (Takes::Words, Some(value)) => Ok(vec![value.to_owned()]),
            (Takes::Words, None) => {
                let words: Vec<String> = args[*at..].iter().take_while(|next| !is_flag(next)).cloned().collect();
                *at += words.len();
                if words.is_empty() {
                    return Err(refuse(format!("argument {}: expected 1 argument(s)", argument.name())));
                }
                Ok(words)
            }
        }
    }

    /// The option that a word names, in full or by an unambiguous beginning.
    fn resolve(&self, flag: &str) -> Result<Option<&'static Argument>, String> {
        if let Some(exact) = self.arguments.iter().find(|a| a.flags.contains(&flag)) {
            return Ok(Some(exact));
        }
        let mut candidates: Vec<&str> =
            self.arguments.iter().flat_map(|a| a.flags).copied().filter(|f| f.starts_with(flag)).collect();
        if let [only] = candidates[..] {
            return Ok(self.arguments.iter().find(|a| a.flags.contains(&only)));
        }
        if candidates.is_empty() {
            return Ok(None);
        }
        candidates.sort_unstable();
        Err(format!("ambiguous option: {flag} could match {}", candidates.join(", ")))
    }

    pub(super) fn check_required(&self, namespace: &Namespace, chosen: bool) -> Result<(), Refused> {
        // Of several that are missing argparse4j names the last.
        if let Some(missing) = self.arguments.iter().rev().find(|a| a.required && !namespace.has(a.flags[0])) {
            return Err(Refused::Error(format!("argument {} is required", missing.name()), None));
        }
        if chosen || !self.group.is_required() {
            return Ok(());
        }
        let group: Vec<String> = self.arguments.iter().filter(|a| a.exclusive).map(Argument::name).collect();
        Err(Refused::Error(format!("one of the arguments {} is required", group.join(" ")), None))
    }

    /// The usage.
    pub fn usage(&self) -> String {
        let mut syntaxes: Vec<String> =
            self.arguments.iter().filter(|a| !a.exclusive).map(Argument::short_syntax).collect();
        let group: Vec<String> = self.arguments.iter().filter(|a| a.exclusive).map(Argument::bare_syntax).collect();
        let (open, close) = if self.group.is_required() { ('(', ')') } else { ('[', ']') };
        if let [first, between @ .., last] = group.as_slice() {
            syntaxes.push(format!("{open}{first}"));
            for syntax in between {
                syntaxes.push("|".to_owned());
                syntaxes.push(syntax.clone());
            }
            syntaxes.push("|".to_owned());
            syntaxes.push(format!("{last}{close}"));
        } else {
            syntaxes.extend(group);
        }
        let apart = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        let syntaxes: Vec<String> = [apart(self.before), syntaxes, apart(self.after)].concat();
        let mut out = format!("usage: {}", self.prog);
        let (mut column, indent) = if out.len() > 30 { (6, 6) } else { (out.len(), out.len()) };
        if column == 6 {
            let _ = write!(out, "\n{:indent$}", "");
            // The blank behind a long name counts in the line that it begins.
            column += 1;
        }
        for (n, syntax) in syntaxes.iter().enumerate() {
            if n > 0 && column + 1 + syntax.len() > WIDTH {
                let _ = write!(out, "\n{:indent$}", "");
                column = indent;
            }
            let _ = write!(out, " {syntax}");
            column += 1 + syntax.len();
        }
        out.push('\n');
        out
    }

    /// The whole help.
    pub fn help(&self) -> String {
        self.help_with("")
    }

    /// The whole help, with `commands` between the description and the options.
    pub(super) fn help_with(&self, commands: &str) -> String {
        answer::helped();
        let mut out = self.usage();
        if !self.description.is_empty() {
            let _ = writeln!(out, "\n{}", wrap(self.description, 0, 0));
        }
        out.push_str(commands);
        out.push_str("\noptional arguments:\n");
        let described = matches!(self.group, Group::Described(_) | Group::Titled(..));
        for argument in self.arguments.iter().filter(|a| a.section.is_empty() && !(described && a.exclusive)) {
            argument.print(&mut out);
        }
        let mut heading = "";
        for argument in self.arguments.iter().filter(|a| !a.section.is_empty()) {
            if argument.section != heading {
                heading = argument.section;
                let _ = writeln!(out, "\n{heading}:");
            }
            argument.print(&mut out);
        }
        let heading = match self.group {
            Group::Described(text) => Some((String::new(), text)),
            Group::Titled(title, text) => Some((format!("\n{title}:"), text)),
            _ => None,
        };
        if let Some((title, text)) = heading {
            let _ = writeln!(out, "{title}\n  {}\n", wrap(text, 2, 2));
            for argument in self.arguments.iter().filter(|a| a.exclusive) {
                argument.print(&mut out);
            }
        }
        out
    }

    /// What stderr gets when the command line was refused.
    pub fn error(&self, message: &str, unknown: Option<&str>) -> String {
        answer::usage();
        let mut out = self.usage();
        out.push_str(&wrap(&format!("{}: error: {message}\n", self.prog), 0, 0));
        let body = unknown.map(|word| word.trim_start_matches('-')).filter(|body| body.chars().count() >= 2);
        if let Some(body) = body {
            let flags = self.arguments.iter().flat_map(|a| a.flags);
            let named = flags.map(|&flag| (flag.trim_start_matches('-'), flag)).filter(|(name, _)| name.len() > 1);
            out.push_str(&did_you_mean(body, named));
        }
        out
    }
}

/// The words nearest to an unknown one; nothing if none is near.
pub(super) fn did_you_mean(body: &str, words: impl Iterator<Item = (&'static str, &'static str)>) -> String {
    let mut words: Vec<(usize, &str)> =
        words.map(|(name, word)| (if name.starts_with(body) { 0 } else { distance(body, name) }, word)).collect();
    words.sort_unstable();
    let nearest = words.first().map_or(0, |(distance, _)| *distance);
    words.retain(|(distance, _)| *distance == nearest && nearest < 7);
    let words: Vec<&str> = words.into_iter().map(|(_, word)| word).collect();
    if words.is_empty() { String::new() } else { format!("\nDid you mean:\n\t{}\n", words.join("\n\t")) }
}

/// The weighted edit distance of argparse4j: a swap is free, a letter more costs 1, another letter 2, one less 4.
fn distance(from: &str, to: &str) -> usize {
    const SUBSTITUTE: usize = 2;
    const ADD: usize = 1;
    const DELETE: usize = 4;
    let (a, b): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let same = a[i - 1] == b[j - 1];
            row[j] = last[j - 1] + if same { 0 } else { SUBSTITUTE };
            if i >= 2 && j >= 2 && !same && a[i - 2] == b[j - 1] && a[i - 1] == b[j - 2] {
                row[j] = row[j].min(before[j - 2]);
            }
            row[j] = row[j].min(last[j] + DELETE).min(row[j - 1] + ADD);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

/// Breaks text at [`WIDTH`] columns and fills every line but the last of them with blanks (`TextHelper.wrap`).
pub(super) fn wrap(text: &str, offset: usize, indent: usize) -> String {
    let mut out = String::new();
    let mut line = String::new();
    let mut column = offset;
    for piece in pieces(text) {
        let width = piece.chars().count();
        if column + width > WIDTH {
            let _ = write!(out, "{}\n{:indent$}", justified(&line, column), "");
            line.clear();
            column = indent;
        }
        column += width;
        line.push_str(piece);
    }
    out + &line
}

/// A line whose blanks are widened, in the middle first, until it ends at [`WIDTH`].
fn justified(line: &str, column: usize) -> String {
    let trimmed = line.trim_matches(' ');
    let column = column - (line.chars().count() - trimmed.chars().count());
    let words: Vec<&str> = trimmed.split(' ').filter(|word| !word.is_empty()).collect();
    let gaps = words.len().saturating_sub(1);
    if gaps == 0 {
        return trimmed.to_owned();
    }
    let missing = WIDTH.saturating_sub(column);
    let (each, rest) = (missing / gaps, missing % gaps);
    let wider = (gaps - rest).div_ceil(2);
    let mut out = words[0].to_owned();
    for (gap, word) in words[1..].iter().enumerate() {
        let more = usize::from((wider..wider + rest).contains(&gap));
        let _ = write!(out, "{:1$}{word}", "", 1 + each + more);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[Argument] = &[
        Argument::HELP,
        Argument::one(&["--topic"], Type::String, "TOPIC", "The topic.").required(),
        Argument::one(&["--num-records"], Type::Long, "NUM-RECORDS", "How many.").required(),
        Argument::one(&["--throughput"], Type::Double, "THROUGHPUT", "How fast.").or("-1"),
        Argument::words(&["--props"], "K=V", "Settings."),
        Argument::flag(&["--print-metrics"], "Print."),
        Argument::one(&["--size"], Type::Integer, "SIZE", "Bytes.").exclusive(),
        Argument::flag(&["--monotonic"], "Numbers.").exclusive(),
    ];
    const PARSER: Parser = Parser {
        prog: "tool",
        description: "It does.",
        arguments: TABLE,
        group: Group::Described("Give exactly one."),
        before: &[],
        after: &[],
    };

    fn parsed(line: &str) -> Result<Namespace, Refused> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        PARSER.parse(&words)
    }

    fn message(line: &str) -> String {
        match parsed(line) {
            Err(Refused::Error(message, _)) => message,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn a_beginning_stands_for_an_option_and_the_last_value_wins() {
        let options = parsed("--to t --num=5 --num 6 --si 1 --thr -1 --props a=b c=d").unwrap();
        assert_eq!((options.value("--topic"), options.number("--num-records")), (Some("t"), Some(6)));
        assert_eq!(options.words("--props").unwrap(), ["a=b", "c=d"]);
        assert_eq!(options.value("--throughput"), Some("-1"));
        assert_eq!(message("--t x"), "ambiguous option: --t could match --throughput, --topic");
    }

    #[test]
    fn errors_are_argparse4js() {
        for (line, expected) in [
            ("", "argument --num-records is required"),
            ("--topic t --num-records 1", "one of the arguments --size --monotonic is required"),
            ("--num-records x", "argument --num-records: could not convert 'x' to Long (For input string: \"x\")"),
            ("--topic", "argument --topic: expected one argument"),
            ("--topic --size", "argument --topic: expected one argument"),
            ("--props --size", "argument --props: expected 1 argument(s)"),
            ("--size 1 --monotonic", "argument --monotonic: not allowed with argument --size"),
            ("--print-metrics=yes", "argument --print-metrics: ignore implicit argument 'yes'"),
            ("--foo", "unrecognized arguments: '--foo'"),
            ("--topic t stray word", "unrecognized arguments: 'stray word'"),
            ("-x", "unrecognized arguments: '-x'"),
        ] {
            assert_eq!(message(line), expected, "{line}");
        }
        assert_eq!(parsed("--topic t -h --foo").unwrap_err(), Refused::Help);
    }

    #[test]
    fn an_unknown_option_is_answered_with_the_nearest() {
        let error = PARSER.error("unrecognized arguments: '--topc'", Some("--topc"));
        assert!(
            error.ends_with("tool: error: unrecognized arguments: '--topc'\n\nDid you mean:\n\t--topic\n"),
            "{error}"
        );
    }

    #[test]
    fn numbers_are_read_as_java_reads_doubles() {
        assert_eq!((double("1e3"), double(" -1d "), double("Infinity")), (Some(1e3), Some(-1.0), Some(f64::INFINITY)));
        assert_eq!((double("inf"), double("nan"), double("")), (None, None, None));
    }

    #[test]
    fn lines_are_filled_from_the_middle() {
        let line = "word ".repeat(11);
        let filled = justified(&line, line.len());
        assert_eq!(filled.len(), WIDTH);
        // 21 blanks are missing in ten gaps: two each, and one more in the middle.
        assert_eq!(filled, format!("{}word    {}", "word   ".repeat(5), "word   ".repeat(5).trim_end()));
    }
}
