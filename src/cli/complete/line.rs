//! What a command line that is not finished asks for.

use clap::{Arg, ArgAction, Command};

use super::Candidate;

/// Names that only a cluster, or the user's own files, know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Live {
    Topic,
    Group,
    Broker,
    Profile,
    /// The names of the settings of what the line is about.
    ConfigKey,
}

/// Where values come from that are not fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Values {
    /// There are none.
    None,
    /// The shell has them.
    Files,
    Live(Live),
}

/// What may stand where the cursor is.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// The unfinished word.
    pub(super) word: String,
    /// The part of it that stands before the value, `--topic=` or `clicks,`.
    pub(super) before: String,
    /// What goes on behind the value, `=`.
    pub(super) after: &'static str,
    /// Candidates that are always the same.
    pub(super) fixed: Vec<Candidate>,
    pub(super) values: Values,
    /// The options that say how the cluster is reached, and what settings belong to, with their values.
    pub(super) given: Vec<(String, String)>,
}

/// The options that [`Asked::given`] keeps.
const KEPT: &[&str] = &[
    "bootstrap-server",
    "profile",
    "command-config",
    "topic",
    "broker",
    "all-brokers",
    "group",
    "broker-logger",
    "client-metrics",
];

/// Splits a line as a shell does, as far as it goes: the last word may be empty.
pub(super) fn split(line: &str) -> Vec<String> {
    let (mut words, mut word, mut begun) = (Vec::new(), String::new(), false);
    let (mut quote, mut escaped) = (None, false);
    for c in line.chars() {
        match (quote, c) {
            _ if escaped => {
                word.push(c);
                escaped = false;
            }
            (Some('\''), c) if c != '\'' => word.push(c),
            (_, '\\') => (begun, escaped) = (true, true),
            (Some(q), c) if q == c => quote = None,
            (None, '\'' | '"') => (begun, quote) = (true, Some(c)),
            (None, c) if c.is_whitespace() => {
                if begun {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            (None, '|' | ';' | '&') => {
                words.clear();
                word.clear();
                begun = false;
            }
            (_, c) => {
                word.push(c);
                begun = true;
            }
        }
    }
    words.push(word);
    words
}

/// Finds what a line of native commands asks for; there are two words at least.
pub(super) fn asked(root: &Command, words: &[String]) -> Asked {
    let mut root = root.clone();
    root.build();
    let (word, before) = (words.last().cloned().unwrap_or_default(), &words[1..words.len() - 1]);
    let mut walk = Walk { command: &root, path: Vec::new(), places: 0, pending: None, only_places: false };
    let mut given = Vec::new();
    for word in before {
        walk.pass(word, &mut given);
    }
    let mut asked = Asked::new(&word, given);
    if let Some(arg) = walk.pending {
        asked.take_value(&walk.path, arg, &word);
        return asked;
    }
    if !walk.only_places
        && word.starts_with("--")
        && let Some((name, value)) = word.split_once('=')
    {
        if let Some(arg) = walk.long(&name[2..]).filter(|arg| takes_value(arg)) {
            asked.before = format!("{name}=");
            asked.take_value(&walk.path, arg, value);
        }
        return asked;
    }
    if !walk.only_places && word.starts_with('-') {
        asked.fixed = walk.options();
        return asked;
    }
    if walk.places == 0 {
        let visible = walk.command.get_subcommands().filter(|sub| !sub.is_hide_set());
        asked.fixed.extend(visible.map(|sub| Candidate::new(sub.get_name(), &about(sub.get_about()))));
    }
    if let Some(arg) = walk.place() {
        asked.take_value(&walk.path, arg, &word);
    }
    asked
}

fn about(text: Option<&clap::builder::StyledStr>) -> String {
    text.map(ToString::to_string).unwrap_or_default()
}

fn takes_value(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Set | ArgAction::Append)
}

/// The way through the words before the one at the cursor.
struct Walk<'a> {
    command: &'a Command,
    path: Vec<&'a str>,
    /// Arguments by place so far.
    places: usize,
    /// The option whose value comes next.
    pending: Option<&'a Arg>,
    /// Whether `--` was there.
    only_places: bool,
}

impl<'a> Walk<'a> {
    fn pass(&mut self, word: &str, given: &mut Vec<(String, String)>) {
        let mut keep = |arg: &Arg, value: &str| {
            if let Some(name) = arg.get_long().filter(|name| KEPT.contains(name)) {
                given.push((name.to_owned(), value.to_owned()));
            }
        };
        if let Some(arg) = self.pending.take() {
            keep(arg, word);
            return;
        }
        if self.only_places {
            self.places += 1;
        } else if word == "--" {
            self.only_places = true;
        } else if let Some(name) = word.strip_prefix("--") {
            let (name, value) = name.split_once('=').map_or((name, None), |(name, value)| (name, Some(value)));
            match (self.long(name), value) {
                (Some(arg), Some(value)) => keep(arg, value),
                (Some(arg), None) if needs_value(arg) => self.pending = Some(arg),
                (Some(arg), None) => keep(arg, ""),
                (None, _) => {}
            }
        } else if word.len() > 1 && word.starts_with('-') {
            for (at, letter) in word.char_indices().skip(1) {
                let Some(arg) = self.short(letter) else { break };
                if takes_value(arg) {
                    match &word[at + letter.len_utf8()..] {
                        "" if needs_value(arg) => self.pending = Some(arg),
                        value => keep(arg, value.trim_start_matches('=')),
                    }
                    break;
                }
            }
        } else if let Some(sub) = self.command.find_subcommand(word).filter(|_| self.places == 0) {
            self.command = sub;
            self.path.push(sub.get_name());
        } else {
            self.places += 1;
        }
    }

    fn long(&self, name: &str) -> Option<&'a Arg> {
        self.command
            .get_arguments()
            .find(|arg| arg.get_long() == Some(name) || arg.get_all_aliases().unwrap_or_default().contains(&name))
    }

    fn short(&self, letter: char) -> Option<&'a Arg> {
        self.command.get_arguments().find(|arg| arg.get_short() == Some(letter))
    }

    /// The argument whose place it is; the last one may have several.
    fn place(&self) -> Option<&'a Arg> {
        let all: Vec<&Arg> = self.command.get_positionals().collect();
        let several = |arg: &&&Arg| {
            matches!(arg.get_action(), ArgAction::Append) || arg.get_num_args().is_some_and(|n| n.max_values() > 1)
        };
        all.get(self.places).or_else(|| all.last().filter(several)).copied()
    }

    fn options(&self) -> Vec<Candidate> {
        let visible = self.command.get_arguments().filter(|arg| !arg.is_positional() && !arg.is_hide_set());
        let named = visible.filter_map(|arg| Some((arg, arg.get_long()?)));
        named.map(|(arg, name)| Candidate::new(format!("--{name}"), &about(arg.get_help()))).collect()
    }
}

fn needs_value(arg: &Arg) -> bool {
    takes_value(arg) && arg.get_num_args().is_none_or(|n| n.min_values() > 0)
}

impl Asked {
    /// Nothing is asked for yet at `word`.
    pub(super) fn new(word: &str, given: Vec<(String, String)>) -> Asked {
        Asked {
            word: word.to_owned(),
            before: String::new(),
            after: "",
            fixed: Vec::new(),
            values: Values::None,
            given,
        }
    }

    /// The value of `arg` is asked for, of which `so_far` is there.
    fn take_value(&mut self, path: &[&str], arg: &Arg, so_far: &str) {
        if let Some(separator) = arg.get_value_delimiter()
            && let Some(at) = so_far.rfind(separator)
        {
            self.before.push_str(&so_far[..at + separator.len_utf8()]);
        }
        let possible = arg.get_possible_values();
        if !possible.is_empty() {
            let visible = possible.iter().filter(|value| !value.is_hide_set());
            self.fixed.extend(visible.map(|value| Candidate::new(value.get_name(), &about(value.get_help()))));
            return;
        }
        let value = arg.get_value_names().unwrap_or_default().first();
        self.after = if value.is_some_and(|name| name.as_str() == "NAME=VALUE") { "=" } else { "" };
        self.values = match live(path, arg) {
            Some(kind) => Values::Live(kind),
            None if is_file(arg) => Values::Files,
            None => Values::None,
        };
    }
}

fn is_file(arg: &Arg) -> bool {
    let name = arg.get_value_names().unwrap_or_default().first();
    name.is_some_and(|name| matches!(name.as_str(), "FILE" | "DIR" | "PATH" | "PLAN"))
}

/// What names an argument takes. The words of the table say it: `TOPIC` is a topic wherever it stands.
pub(super) fn live(path: &[&str], arg: &Arg) -> Option<Live> {
    let value = arg.get_value_names().unwrap_or_default().first().map(|name| name.as_str()).unwrap_or_default();
    let id = arg.get_id().as_str();
    let in_cluster = |noun: &str| path.first() == Some(&noun);
    if in_cluster("profiles") && matches!(id, "name" | "names") && path.get(1) != Some(&"create") {
        return Some(Live::Profile);
    }
    match (id, value) {
        ("profile", _) => Some(Live::Profile),
        // A node of a cluster on this machine need not run.
        _ if in_cluster("cluster") || in_cluster("broker") || in_cluster("storage") || in_cluster("links") => None,
        // New ones have no name yet, and those of another cluster are not known here.
        ("names", "TOPIC") if path == ["topics", "create"] => None,
        (_, "TOPIC" | "TOPIC[:PARTITION]" | "TOPIC:PARTITION") | ("topic" | "topics", _) => Some(Live::Topic),
        (_, "GROUP") | ("group" | "groups", _) => Some(Live::Group),
        ("broker" | "brokers" | "broker_logger", _) => Some(Live::Broker),
        ("configs", _) => Some(Live::ConfigKey),
        ("pairs" | "names", _) if in_cluster("configs") => Some(Live::ConfigKey),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: &str) -> Asked {
        asked(&crate::cli::command(), &split(line))
    }

    #[test]
    fn a_line_is_split_as_a_shell_splits_it() {
        assert_eq!(split("logbus  topics 'a b' c\\ d "), ["logbus", "topics", "a b", "c d", ""]);
        assert_eq!(split("cat x | logbus pro"), ["logbus", "pro"]);
    }

    #[test]
    fn names_are_asked_for_where_they_stand() {
        for (line, wanted) in [
            ("logbus topics describe ", Live::Topic),
            ("logbus topics describe a b", Live::Topic),
            ("logbus groups describe x", Live::Group),
            ("logbus topics list -C ", Live::Profile),
            ("logbus profiles use ", Live::Profile),
            ("logbus configs describe --topic ", Live::Topic),
            ("logbus configs set --topic t ", Live::ConfigKey),
            ("logbus brokers describe ", Live::Broker),
            ("logbus consume -b a:1 ", Live::Topic),
            ("logbus partitions elect ", Live::Topic),
            ("logbus lag ", Live::Group),
        ] {
            assert_eq!(at(line).values, Values::Live(wanted), "{line}");
        }
        assert_eq!(at("logbus topics create ").values, Values::None);
        assert_eq!(at("logbus apply --file ").values, Values::Files);
        assert_eq!(at("logbus cluster kill ").values, Values::None);
    }

    #[test]
    fn how_the_cluster_is_reached_is_kept() {
        let asked = at("logbus topics describe --bootstrap-server=a:1 -C prod t");
        assert!(asked.given.contains(&("bootstrap-server".into(), "a:1".into())), "{asked:?}");
        assert!(asked.given.contains(&("profile".into(), "prod".into())), "{asked:?}");
        assert_eq!(asked.values, Values::Live(Live::Topic));
    }
}
