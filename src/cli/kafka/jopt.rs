//! Command-line parsing the way jopt-simple 5.0.4 does it with abbreviations off, which is how Kafka's tools use it.
//!
//! What matters to scripts: `--name value`, `--name=value` and `-name value` are one; a required argument always takes
//! the next word, even one that begins with a dash; an optional argument takes it only if it does not look like an
//! option; values are converted when they are read, not when they are parsed; stray words are kept and ignored.

use super::answer;
use std::fmt;

use crate::model::java_string_hash;

/// One option of a tool. Built with [`Opt::flag`], [`Opt::required`] and [`Opt::optional`].
#[derive(Clone, Copy, Debug)]
pub struct Opt {
    /// The long name, without dashes.
    pub name: &'static str,
    /// One or more sentences for the option table; `\n` starts a new line there.
    pub description: &'static str,
    /// Whether and what it takes.
    pub arg: Arg,
    /// The value when the option is absent, or present without its optional argument.
    pub default: Option<&'static str>,
    /// When not empty, the option is refused unless one of these is present.
    pub only_with: &'static [&'static str],
    /// Accepted, but left out of the option table.
    pub hidden: bool,
}

/// What an option takes after its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arg {
    /// Nothing; a value given with `=` is dropped.
    None,
    /// Exactly one word.
    Required(Type, &'static str),
    /// A word, if the next one does not look like an option.
    Optional(Type, &'static str),
}

/// What an argument is converted to; the names are those that Java's table shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Any text.
    String,
    /// A 32-bit integer.
    Integer,
    /// A 64-bit integer.
    Long,
}

impl Type {
    /// The class name in the option table.
    pub const fn name(self) -> &'static str {
        match self {
            Type::String => "String",
            Type::Integer => "Integer",
            Type::Long => "Long",
        }
    }

    fn accepts(self, text: &str) -> bool {
        match self {
            Type::String => true,
            Type::Integer => text.parse::<i32>().is_ok(),
            Type::Long => text.parse::<i64>().is_ok(),
        }
    }
}

impl Opt {
    const fn new(name: &'static str, arg: Arg, description: &'static str) -> Opt {
        Opt { name, description, arg, default: None, only_with: &[], hidden: false }
    }

    /// An option that takes nothing.
    pub const fn flag(name: &'static str, description: &'static str) -> Opt {
        Opt::new(name, Arg::None, description)
    }

    /// An option with one value; `placeholder` may be empty.
    pub const fn required(name: &'static str, ty: Type, placeholder: &'static str, description: &'static str) -> Opt {
        Opt::new(name, Arg::Required(ty, placeholder), description)
    }

    /// An option that may have a value.
    pub const fn optional(name: &'static str, ty: Type, placeholder: &'static str, description: &'static str) -> Opt {
        Opt::new(name, Arg::Optional(ty, placeholder), description)
    }

    /// The value to use when none is given.
    pub const fn or(mut self, default: &'static str) -> Opt {
        self.default = Some(default);
        self
    }

    /// Refused unless one of `names` is present (jopt-simple's `availableIf`).
    pub const fn only_with(mut self, names: &'static [&'static str]) -> Opt {
        self.only_with = names;
        self
    }

    /// Accepted, but not shown.
    pub const fn hidden(mut self) -> Opt {
        self.hidden = true;
        self
    }
}

/// What jopt-simple's exceptions say; the texts are part of the contract.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    /// No option of that name.
    #[error("{0} is not a recognized option")]
    Unrecognized(String),
    /// The command line ended where a value was due.
    #[error("Option {0} requires an argument")]
    MissingArgument(String),
    /// A single value was asked for and several are there.
    #[error("Found multiple arguments for option {0}, but you asked for only one")]
    MultipleArguments(String),
    /// The value is not of the option's type.
    #[error("Cannot parse argument '{value}' of option {option}")]
    Conversion {
        /// What was typed.
        value: String,
        /// The option's name.
        option: String,
    },
    /// The option needs another one that is not there.
    #[error("Option(s) [{0}] are unavailable given other options on the command line")]
    Unavailable(String),
}

impl OptionError {
    /// Tells that the command line is at fault, whatever the tool makes of it.
    fn told(self) -> OptionError {
        answer::usage();
        self
    }

    /// The simple name of the Java exception, for tools that let it reach the top.
    pub const fn exception(&self) -> &'static str {
        match self {
            OptionError::Unrecognized(_) => "UnrecognizedOptionException",
            OptionError::MissingArgument(_) => "OptionMissingRequiredArgumentException",
            OptionError::MultipleArguments(_) => "MultipleArgumentsForOptionException",
            OptionError::Conversion { .. } => "OptionArgumentConversionException",
            OptionError::Unavailable(_) => "UnavailableOptionException",
        }
    }
}

/// A parsed command line.
#[derive(Clone, Debug)]
pub struct Options {
    table: &'static [Opt],
    found: Vec<(&'static Opt, Option<String>)>,
    stray: Vec<String>,
}

/// Parses `args` by `table`. Every table must list `help` and `version` (see [`super::usage::COMMON`]): with either of
/// them present, the "only with" rules are not applied.
///
/// # Errors
/// An unknown option, a missing value, an option without its companion.
pub fn parse(table: &'static [Opt], args: &[String]) -> Result<Options, OptionError> {
    scan(table, args).map_err(OptionError::told)
}

fn scan(table: &'static [Opt], args: &[String]) -> Result<Options, OptionError> {
    let find = |name: &str| table.iter().find(|opt| opt.name == name);
    let mut options = Options { table, found: Vec::new(), stray: Vec::new() };
    let mut words = args.iter().peekable();
    while let Some(word) = words.next() {
        if word == "--" {
            options.stray.extend(words.cloned());
            break;
        }
        let Some((name, inline)) = option_token(word) else {
            options.stray.push(word.clone());
            continue;
        };
        let Some(opt) = find(name) else {
            // A single dash opens a cluster of one-letter options; Kafka's tools have none, so the first letter is it.
            let unknown = if word.starts_with("--") { name.to_owned() } else { word.chars().skip(1).take(1).collect() };
            return Err(OptionError::Unrecognized(unknown));
        };
        let inline = inline.filter(|value| !value.is_empty()).map(str::to_owned);
        let value = match opt.arg {
            Arg::None => None,
            Arg::Required(..) => match inline.or_else(|| words.next().cloned()) {
                Some(value) => Some(value),
                None => return Err(OptionError::MissingArgument(opt.name.to_owned())),
            },
            Arg::Optional(ty, _) => inline.or_else(|| {
                words.next_if(|next| ty.accepts(next) && (option_token(next).is_none() || ty != Type::String)).cloned()
            }),
        };
        options.found.push((opt, value));
    }
    options.check_companions()?;
    Ok(options)
}

/// Splits `--name`, `--name=value` and `-name[=value]`; `None` for plain words, a lone dash and the terminator.
fn option_token(word: &str) -> Option<(&str, Option<&str>)> {
    if word == "-" || word == "--" {
        return None;
    }
    let body = word.strip_prefix("--").or_else(|| word.strip_prefix('-'))?;
    Some(match body.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (body, None),
    })
}

impl Options {
    fn check_companions(&self) -> Result<(), OptionError> {
        if self.has("help") || self.has("version") {
            return Ok(());
        }
        let mut lonely: Vec<&str> = self
            .table
            .iter()
            .filter(|opt| !opt.only_with.is_empty() && self.has(opt.name))
            .filter(|opt| !opt.only_with.iter().any(|name| self.has(name)))
            .map(|opt| opt.name)
            .collect();
        // Named in the order in which Java's hash map of rules yields them.
        lonely.sort_by_key(|name| {
            let hash = java_string_hash(name).wrapping_add(31) as u32;
            (hash ^ (hash >> 16)) & 15
        });
        if lonely.is_empty() { Ok(()) } else { Err(OptionError::Unavailable(lonely.join(", "))) }
    }

    /// Whether the option was given.
    pub fn has(&self, name: &str) -> bool {
        self.found.iter().any(|(opt, _)| opt.name == name)
    }

    /// The names of the options that were given, in the order of the command line.
    pub fn given_names(&self) -> impl Iterator<Item = &'static str> {
        self.found.iter().map(|(opt, _)| opt.name)
    }

    /// The words that belong to no option, which most tools ignore.
    pub fn stray(&self) -> &[String] {
        &self.stray
    }

    /// The table it was parsed by.
    pub const fn table(&self) -> &'static [Opt] {
        self.table
    }

    /// The single value of a text option, or its default.
    ///
    /// # Errors
    /// When it was given more than once.
    pub fn value<'a>(&'a self, name: &'a str) -> Result<Option<&'a str>, OptionError> {
        let mut values = self.given(name);
        match (values.next(), values.next()) {
            (Some(_), Some(_)) => Err(OptionError::MultipleArguments(name.to_owned()).told()),
            (Some(value), None) => Ok(Some(value)),
            (None, _) => Ok(self.table.iter().find(|opt| opt.name == name).and_then(|opt| opt.default)),
        }
    }

    /// Every value given, in order; the default alone when there is none.
    pub fn values<'a>(&'a self, name: &'a str) -> Vec<&'a str> {
        let given: Vec<&str> = self.given(name).collect();
        if given.is_empty() {
            self.table.iter().filter(|opt| opt.name == name).filter_map(|opt| opt.default).collect()
        } else {
            given
        }
    }

    /// The single value as a number.
    ///
    /// # Errors
    /// When it was given more than once, or is no such number.
    pub fn number<N: std::str::FromStr>(&self, name: &str) -> Result<Option<N>, OptionError> {
        let Some(text) = self.value(name)? else { return Ok(None) };
        match text.parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(OptionError::Conversion { value: text.to_owned(), option: name.to_owned() }.told()),
        }
    }

    fn given<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.found.iter().filter(move |(opt, _)| opt.name == name).filter_map(|(_, value)| value.as_deref())
    }
}

impl fmt::Display for Opt {
    /// As Kafka's messages name an option: `[topic]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}]", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[Opt] = &[
        Opt::flag("help", ""),
        Opt::flag("version", ""),
        Opt::flag("describe", ""),
        Opt::flag("members", "").only_with(&["describe"]),
        Opt::required("topic", Type::String, "topic", ""),
        Opt::required("shift-by", Type::Long, "n", "").or("3"),
        Opt::optional("state", Type::String, "", ""),
    ];

    fn parsed(line: &str) -> Result<Options, OptionError> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        parse(TABLE, &words)
    }

    #[test]
    fn three_spellings_of_a_value_are_one() {
        for line in ["--topic t", "--topic=t", "-topic t", "-topic=t", "stray --topic t words"] {
            assert_eq!(parsed(line).unwrap().value("topic").unwrap(), Some("t"), "{line}");
        }
    }

    #[test]
    fn a_required_argument_takes_the_next_word_even_with_a_dash() {
        assert_eq!(parsed("--shift-by -10").unwrap().number::<i64>("shift-by"), Ok(Some(-10)));
        assert_eq!(parsed("--topic --describe").unwrap().value("topic").unwrap(), Some("--describe"));
        assert_eq!(parsed("--topic= t").unwrap().value("topic").unwrap(), Some("t"));
    }

    #[test]
    fn an_optional_argument_leaves_options_alone() {
        let options = parsed("--state --describe").unwrap();
        assert!(options.has("state") && options.has("describe"));
        assert_eq!(options.value("state").unwrap(), None);
        assert_eq!(parsed("--state stable").unwrap().value("state").unwrap(), Some("stable"));
    }

    #[test]
    fn abbreviations_are_not_options() {
        assert_eq!(parsed("--top t").unwrap_err().to_string(), "top is not a recognized option");
        assert_eq!(parsed("-xyz").unwrap_err().to_string(), "x is not a recognized option");
    }

    #[test]
    fn a_value_is_judged_when_it_is_read() {
        let options = parsed("--shift-by ten --topic a --topic b").unwrap();
        assert_eq!(
            options.number::<i64>("shift-by").unwrap_err().to_string(),
            "Cannot parse argument 'ten' of option shift-by"
        );
        assert_eq!(options.values("topic"), ["a", "b"]);
        assert_eq!(
            options.value("topic").unwrap_err().to_string(),
            "Found multiple arguments for option topic, but you asked for only one"
        );
        assert_eq!(parsed("").unwrap().number::<i64>("shift-by"), Ok(Some(3)));
    }

    #[test]
    fn a_companion_is_demanded_unless_help_is_asked_for() {
        assert_eq!(
            parsed("--members").unwrap_err().to_string(),
            "Option(s) [members] are unavailable given other options on the command line"
        );
        assert!(parsed("--members --describe").is_ok());
        assert!(parsed("--members --help").is_ok());
    }

    #[test]
    fn a_missing_value_and_the_terminator() {
        assert_eq!(parsed("--topic").unwrap_err().to_string(), "Option topic requires an argument");
        assert!(!parsed("-- --describe").unwrap().has("describe"));
    }
}
