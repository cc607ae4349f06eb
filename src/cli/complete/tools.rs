//! What a line of a Kafka-named tool asks for: its options, and the names that they take.

use super::Candidate;
use super::line::{Asked, Live, Values};
use crate::cli::kafka::{self, jopt::Arg};

/// Finds what a line asks for; the tool's name is the first of at least two words.
pub(super) fn asked(words: &[String]) -> Asked {
    let options = kafka::options(&words[0]);
    let word = words.last().cloned().unwrap_or_default();
    let takes = |name: &str| options.iter().any(|opt| opt.name == name && matches!(opt.arg, Arg::Required(..)));
    let (mut given, mut pending) = (Vec::new(), None);
    for word in &words[1..words.len() - 1] {
        if let Some(name) = pending.take() {
            given.push((name, word.clone()));
        } else if let Some(name) = word.strip_prefix("--") {
            match name.split_once('=') {
                Some((name, value)) => given.push((name.to_owned(), value.to_owned())),
                None if takes(name) || options.is_empty() => pending = Some(name.to_owned()),
                None => {}
            }
        }
    }
    let entity = given.iter().find(|(name, _)| name == "entity-type").map(|(_, kind)| kind.clone());
    let mut asked = Asked::new(&word, given);
    if let Some(name) = pending {
        asked.values = values(&name, entity.as_deref());
        return asked;
    }
    match word.split_once('=') {
        Some((name, _)) if takes(name.trim_start_matches('-')) => {
            asked.before = format!("{name}=");
            asked.values = values(name.trim_start_matches('-'), entity.as_deref());
        }
        _ if word.starts_with('-') || word.is_empty() => {
            let mut shown: Vec<_> = options.iter().filter(|opt| !opt.hidden).collect();
            shown.sort_by_key(|opt| opt.name);
            asked.fixed.extend(shown.iter().map(|opt| Candidate::new(format!("--{}", opt.name), opt.description)));
        }
        _ => asked.values = Values::Files,
    }
    asked
}

/// What an option takes.
fn values(option: &str, entity: Option<&str>) -> Values {
    let live = match (option, entity) {
        ("topic" | "include", _) | ("entity-name", Some("topics")) => Live::Topic,
        ("group" | "consumer-group", _) | ("entity-name", Some("groups")) => Live::Group,
        ("broker-list" | "broker-id", _) | ("entity-name", Some("brokers" | "broker-loggers")) => Live::Broker,
        ("add-config" | "delete-config" | "config", _) => Live::ConfigKey,
        _ if option.contains("config") || option.contains("file") => return Values::Files,
        _ => return Values::None,
    };
    Values::Live(live)
}

#[cfg(test)]
mod tests {
    use super::super::line::split;
    use super::*;

    #[test]
    fn names_are_asked_for_behind_the_options_that_take_them() {
        let of = |line: &str| asked(&split(line)).values;
        assert_eq!(of("kafka-topics --bootstrap-server a:1 --describe --topic c"), Values::Live(Live::Topic));
        assert_eq!(of("kafka-consumer-groups.sh --describe --group "), Values::Live(Live::Group));
        assert_eq!(of("kafka-configs --entity-type brokers --entity-name "), Values::Live(Live::Broker));
        assert_eq!(of("kafka-topics --command-config "), Values::Files);
        assert_eq!(of("kafka-topics --topic t --list "), Values::None);
        let asked = asked(&split("kafka-topics --bootstrap-server a:1 --describe --topic c"));
        assert!(asked.given.contains(&("bootstrap-server".into(), "a:1".into())));
    }
}
