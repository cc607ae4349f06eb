//! `kafka-configs.sh` (`kafka.admin.ConfigCommand`): the options, the rules between them, and what is to be changed.
//!
//! What each action asks and prints is in `configs_run`.

use std::net::ToSocketAddrs as _;

use super::configs_run;
use super::java::hash_map_order;
use super::jopt::{Opt, OptionError, Options, Type, parse};
use super::usage::{HELP, Stop, Streams, VERSION, forbid, help_or_version};
use crate::client::Properties;

/// The options, as the table shows them.
pub const OPTIONS: &[Opt] = &[
    Opt::required(
        "add-config",
        Type::String,
        "",
        "Settings to change, 'k1=v1,k2=[v1,v2,v2],k3=v3': square brackets keep commas together. Users and clients together mean the clients of a user.",
    ),
    Opt::required("add-config-file", Type::String, "", "A properties file with settings to change."),
    Opt::flag("all", "With --describe: defaults and settings of the broker's file too."),
    Opt::flag("alter", "Change settings."),
    Opt::required(
        "bootstrap-controller",
        Type::String,
        "controller to connect to",
        "HOST:PORT of one or more controllers.",
    ),
    Opt::required("bootstrap-server", Type::String, "server to connect to", "HOST:PORT of one or more brokers."),
    Opt::required("broker", Type::String, "", "A broker's id."),
    Opt::flag("broker-defaults", "The defaults of all brokers."),
    Opt::required("broker-logger", Type::String, "", "The id of the broker whose loggers are meant."),
    Opt::required("client", Type::String, "", "A client's id."),
    Opt::flag("client-defaults", "The defaults of all clients."),
    Opt::required("client-metrics", Type::String, "", "The name of a subscription of client metrics."),
    Opt::required(
        "command-config",
        Type::String,
        "command config property file",
        "A properties file for the admin client.",
    ),
    Opt::required("delete-config", Type::String, "", "Names of settings to let fall back to their defaults, 'k1,k2'."),
    Opt::flag("describe", "Show settings."),
    Opt::flag("entity-default", "The default of the type before it: clients, users, brokers or ips."),
    Opt::required("entity-name", Type::String, "", "The name of what has the settings."),
    Opt::required(
        "entity-type",
        Type::String,
        "",
        "The type of what has the settings (topics/clients/users/brokers/broker-loggers/ips/client-metrics/groups).",
    ),
    Opt::required("group", Type::String, "", "A group's id."),
    HELP,
    Opt::required("ip", Type::String, "", "An IP address."),
    Opt::flag("ip-defaults", "The defaults of all addresses."),
    Opt::required("topic", Type::String, "", "A topic's name."),
    Opt::required("user", Type::String, "", "A user's name."),
    Opt::flag("user-defaults", "The defaults of all users."),
    VERSION,
];

/// What may have settings, in the order of the message that lists them.
const TYPES: &[&str] = &["topics", "clients", "users", "brokers", "ips", "client-metrics", "groups", "broker-loggers"];

/// Options that name both a type and an entity.
const FLAGS: &[(&str, &str)] = &[
    ("topic", "topics"),
    ("client", "clients"),
    ("user", "users"),
    ("broker", "brokers"),
    ("broker-logger", "broker-loggers"),
    ("ip", "ips"),
    ("client-metrics", "client-metrics"),
    ("group", "groups"),
];

/// Options that name a type's default.
const DEFAULT_FLAGS: &[(&str, &str)] = &[
    ("client-defaults", "clients"),
    ("user-defaults", "users"),
    ("broker-defaults", "brokers"),
    ("ip-defaults", "ips"),
];

/// A command line that is in order.
#[derive(Debug)]
pub(super) struct Plan {
    /// Types, one or users and clients.
    pub types: Vec<String>,
    /// Their names, the empty one for a default; maybe fewer than types when describing.
    pub names: Vec<String>,
    /// Whether `--all` was given.
    pub all: bool,
    /// What to change; `None` to describe.
    pub changes: Option<Changes>,
}

/// What `--alter` is to do.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    /// Names and new values, in the order of Java's map.
    pub set: Vec<(String, String)>,
    /// Names to unset.
    pub unset: Vec<String>,
}

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let about = "This tool helps to manipulate and describe entity config for a topic, client, user, broker, ip, client-metrics or group";
    let options = parse(OPTIONS, args).map_err(said)?;
    help_or_version(&options, args.is_empty(), about, streams)?;
    check(&options)?;
    let failed = |thrown: String| {
        Stop::Failure(format!("Error while executing config command with args '{}'\n{thrown}", args.join(" ")))
    };
    configs_run::run(&options, &failed, streams)
}

/// A bad argument: its message alone.
pub(super) fn said(error: OptionError) -> Stop {
    Stop::Failure(error.to_string())
}

pub(super) fn refused<T>(text: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Failure(text.into()))
}

/// The types that the command line names, in Java's order.
fn types_of(options: &Options) -> Vec<String> {
    let named = options.values("entity-type").into_iter();
    let by_flag = FLAGS.iter().chain(DEFAULT_FLAGS).filter(|(flag, _)| options.has(flag)).map(|(_, kind)| *kind);
    named.chain(by_flag).map(str::to_owned).collect()
}

/// The names, each in the place of its type.
fn names_of(options: &Options) -> Result<Vec<String>, Stop> {
    let mut given = options.values("entity-name").into_iter();
    let mut names: Vec<String> = Vec::new();
    for name in options.given_names() {
        match name {
            "entity-name" => names.push(given.next().unwrap_or_default().to_owned()),
            "entity-default" => names.push(String::new()),
            _ => {}
        }
    }
    for (flag, _) in FLAGS.iter().filter(|(flag, _)| options.has(flag)) {
        names.push(options.value(flag).map_err(said)?.unwrap_or_default().to_owned());
    }
    names.extend(DEFAULT_FLAGS.iter().filter(|(flag, _)| options.has(flag)).map(|_| String::new()));
    Ok(names)
}

/// The rules between options, in the order in which the tool applies them.
fn check(options: &Options) -> Result<(), Stop> {
    if options.has("alter") == options.has("describe") {
        return Err(Stop::Usage("Command must include exactly one action: --describe, --alter".to_owned()));
    }
    forbid(options, "alter", &["describe"])?;
    forbid(options, "describe", &["alter", "add-config", "delete-config"])?;
    let types = types_of(options);
    let twice: Vec<&str> = types
        .iter()
        .enumerate()
        .filter(|(at, kind)| types[..*at].contains(kind))
        .map(|(_, kind)| kind.as_str())
        .collect();
    if !twice.is_empty() {
        return refused(format!("Duplicate entity type(s) specified: {}", twice.join(",")));
    }
    if !options.has("bootstrap-server") && !options.has("bootstrap-controller") {
        return refused("Either --bootstrap-server or --bootstrap-controller must be specified.");
    }
    if let Some(strange) = types.iter().find(|kind| !TYPES.contains(&kind.as_str())) {
        return refused(format!(
            "Invalid entity type {strange}, the entity type must be one of {} with a --bootstrap-server or --bootstrap-controller argument",
            TYPES.join(", ")
        ));
    }
    let is = |kind: &str| types.iter().any(|named| named == kind);
    if types.is_empty() {
        return refused("At least one entity type must be specified");
    }
    if types.len() > 1 && !(types.len() == 2 && is("users") && is("clients")) {
        return refused("Only 'users' and 'clients' entity types may be specified together");
    }
    let by_type = ["entity-name", "entity-type", "entity-default"].iter().any(|name| options.has(name));
    if by_type && FLAGS.iter().chain(DEFAULT_FLAGS).any(|(flag, _)| options.has(flag)) {
        return refused("--entity-{type,name,default} should not be used in conjunction with specific entity flags");
    }
    let names = names_of(options)?;
    let (has_name, has_default) = (names.iter().any(|n| !n.is_empty()), names.iter().any(String::is_empty));
    if options.has("bootstrap-server") && options.has("bootstrap-controller") {
        return refused("Only one of --bootstrap-server or --bootstrap-controller can be specified");
    }
    let head = &types[0];
    if has_name && (is("brokers") || is("broker-loggers")) {
        for name in ["entity-name", "broker", "broker-logger"] {
            if let Some(id) = options.value(name).map_err(said)?.filter(|id| id.parse::<i32>().is_err()) {
                return refused(format!(
                    "The entity name for {head} must be a valid integer broker id, but it is: {id}"
                ));
            }
        }
    }
    if has_name && is("ips") {
        for name in ["entity-name", "ip"] {
            if let Some(ip) = options.value(name).map_err(said)?.filter(|ip| !is_address(ip)) {
                return refused(format!(
                    "The entity name for {head} must be a valid IP or resolvable host, but it is: {ip}"
                ));
            }
        }
    }
    let all = types.join(",");
    let has_defaults = is("users") || is("clients") || is("brokers") || is("ips");
    if options.has("describe") {
        if !has_defaults && options.has("entity-default") {
            return refused(format!("--entity-default must not be specified with --describe of {all}"));
        }
        if is("broker-loggers") && !has_name {
            return refused(format!("An entity name must be specified with --describe of {all}"));
        }
        return Ok(());
    }
    if has_defaults && !has_name && !has_default {
        return refused(
            "An entity-name or default entity must be specified with --alter of users, clients, brokers or ips",
        );
    }
    if !has_defaults && !has_name {
        return refused(format!("An entity name must be specified with --alter of {all}"));
    }
    match (options.has("add-config"), options.has("add-config-file"), options.has("delete-config")) {
        (true, true, _) => refused("Only one of --add-config or --add-config-file must be specified"),
        (false, false, false) => refused(
            "At least one of --add-config, --add-config-file, or --delete-config must be specified with --alter",
        ),
        _ => Ok(()),
    }
}

fn is_address(name: &str) -> bool {
    name.is_empty() || (name, 0).to_socket_addrs().is_ok_and(|mut found| found.next().is_some())
}

/// What is to be done, once the client's own settings are known to be good.
pub(super) fn plan(options: &Options, load: impl FnOnce(&str) -> Result<Properties, Stop>) -> Result<Plan, Stop> {
    let (types, names, all) = (types_of(options), names_of(options)?, options.has("all"));
    if options.has("describe") {
        return Ok(Plan { types, names, all, changes: None });
    }
    if types.len() != names.len() {
        return refused("An entity name must be specified for every entity type");
    }
    let mut set = match options.value("add-config-file").map_err(said)? {
        Some(file) => load(file)?.iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect(),
        None => Vec::new(),
    };
    if let Some(text) = options.value("add-config").map_err(said)? {
        for (key, value) in pairs(text).map_err(Stop::Failure)? {
            set.retain(|(known, _)| *known != key);
            set.push((key, value));
        }
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '$');
    if let Some((key, _)) = set.iter().find(|(key, _)| !key.chars().all(is_plain)) {
        return refused(format!("Invalid character found for config key: {key}"));
    }
    hash_map_order(&mut set, |(key, _)| key);
    let words = options.values("delete-config");
    let unset = words.iter().flat_map(|word| word.split(',')).filter(|name| !name.is_empty());
    let unset = unset.map(|name| name.trim().to_owned()).collect();
    Ok(Plan { types, names, all, changes: Some(Changes { set, unset }) })
}

/// Splits `k1=v1,k2=[a,b]`: commas and equal signs inside brackets belong to the value.
fn pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut parts = split(text, ',');
    // Java's split drops what is empty at the end.
    while parts.len() > 1 && parts.last().is_some_and(|part| part.is_empty()) {
        parts.pop();
    }
    let pair = |part: &str| {
        let halves = split(part, '=');
        let [key, value] = halves.as_slice() else {
            return Err("requirement failed: Invalid entity config: all configs to be added must be in the format \"key=val\" or  \"key=[val1,val2]\" to group values which contain commas.".to_owned());
        };
        Ok((key.trim().to_owned(), value.replace(['[', ']'], "").trim().to_owned()))
    };
    parts.into_iter().map(pair).collect()
}

/// Splits at every `mark` after which no bracket closes that was not opened after it.
fn split(text: &str, mark: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut from = 0;
    for (at, _) in text.match_indices(mark) {
        let rest = &text[at + mark.len_utf8()..];
        if !matches!(rest.find(['[', ']']).map(|next| rest.as_bytes()[next]), Some(b']')) {
            parts.push(&text[from..at]);
            from = at + mark.len_utf8();
        }
    }
    parts.push(&text[from..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(line: &str) -> Options {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        parse(OPTIONS, &words).unwrap()
    }

    fn refusal(line: &str) -> String {
        match check(&options(line)) {
            Err(Stop::Failure(text) | Stop::Usage(text)) => text,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn the_rules_between_options_are_kafkas() {
        for (line, text) in [
            ("--topic t", "Command must include exactly one action: --describe, --alter"),
            (
                "--describe --topic t --add-config a=b",
                "Option \"[describe]\" can't be used with option \"[add-config]\"",
            ),
            ("--describe --topic t", "Either --bootstrap-server or --bootstrap-controller must be specified."),
            ("--describe --bootstrap-server a:1", "At least one entity type must be specified"),
            (
                "--describe --bootstrap-server a:1 --entity-type topics --entity-type topics",
                "Duplicate entity type(s) specified: topics",
            ),
            (
                "--describe --bootstrap-server a:1 --entity-type topics --entity-type users",
                "Only 'users' and 'clients' entity types may be specified together",
            ),
            (
                "--describe --bootstrap-server a:1 --broker x",
                "The entity name for brokers must be a valid integer broker id, but it is: x",
            ),
            (
                "--alter --bootstrap-server a:1 --entity-type topics --add-config a=b",
                "An entity name must be specified with --alter of topics",
            ),
            (
                "--alter --bootstrap-server a:1 --topic t",
                "At least one of --add-config, --add-config-file, or --delete-config must be specified with --alter",
            ),
        ] {
            assert_eq!(refusal(line), text, "{line}");
        }
    }

    #[test]
    fn names_stand_in_the_place_of_their_types() {
        let given = options(
            "--describe --bootstrap-server a:1 --entity-type users --entity-name u --entity-type clients --entity-default",
        );
        assert_eq!(types_of(&given), ["users", "clients"]);
        assert_eq!(names_of(&given).unwrap(), ["u", ""]);
        let shortcuts = options("--describe --bootstrap-server a:1 --user-defaults --client c");
        assert_eq!(
            (types_of(&shortcuts), names_of(&shortcuts).unwrap()),
            (vec!["clients".to_owned(), "users".to_owned()], vec!["c".to_owned(), String::new()])
        );
    }

    #[test]
    fn brackets_protect_commas_and_equal_signs() {
        let read = |text| pairs(text).map(|list| list.into_iter().map(|(k, v)| format!("{k}:{v}")).collect::<Vec<_>>());
        assert_eq!(read("a=1, b = [x,y],c=").unwrap(), ["a:1", "b:x,y", "c:"]);
        assert_eq!(
            read("SCRAM-SHA-256=[iterations=8192,password=p]").unwrap(),
            ["SCRAM-SHA-256:iterations=8192,password=p"]
        );
        assert!(read("a").is_err() && read("a=b=c").is_err());
    }
}
