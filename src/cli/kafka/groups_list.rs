//! `kafka-groups.sh` (`org.apache.kafka.tools.GroupsCommand`).

use std::io::{self, Write};

use super::answer;
use super::cluster::{Failure, block_on, connect};
use super::java::hash_map_order;
use super::jopt::{Opt, Options, Type, parse};
use super::usage::{HELP, Stop, Streams, VERSION, forbid, help_or_version, log4j};
use crate::ops::groups::{self, ListedGroup};

/// The options, as the table shows them.
pub const OPTIONS: &[Opt] = &[
    Opt::required(
        "bootstrap-server",
        Type::String,
        "server to connect to",
        "REQUIRED: HOST:PORT of one or more brokers.",
    ),
    Opt::required(
        "command-config",
        Type::String,
        "command config property file",
        "A properties file for the admin client.",
    ),
    Opt::flag("consumer", "Only consumer groups: new ones, classic ones, and those that only hold offsets."),
    Opt::required("group-type", Type::String, "type", "Only groups of this type: classic, consumer, share or streams."),
    HELP,
    Opt::flag("list", "List the groups."),
    Opt::required("protocol", Type::String, "protocol", "Only groups of this protocol."),
    Opt::flag("share", "Only share groups."),
    Opt::flag("streams", "Only streams groups."),
    VERSION,
];

const TYPES: [&str; 4] = ["Classic", "Consumer", "Share", "Streams"];
const ABOUT: &str = "This tool helps to list groups of all types.";

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let options = parse(OPTIONS, args).map_err(Stop::usage_option)?;
    if !options.has("bootstrap-server") && !options.has("help") && !options.has("version") {
        return Err(Stop::Usage("Missing required option(s) [bootstrap-server]".to_owned()));
    }
    help_or_version(&options, args.is_empty(), ABOUT, streams)?;
    if !options.has("list") {
        return Err(Stop::Usage("Command must include exactly one action: --list.".to_owned()));
    }
    let kind = match options.value("group-type").map_err(Stop::usage_option)? {
        None => None,
        Some(text) => match TYPES.iter().find(|kind| kind.eq_ignore_ascii_case(text)) {
            Some(kind) => Some(*kind),
            None => return Err(Stop::Failure("--group-type must be a valid group type.".to_owned())),
        },
    };
    forbid(&options, "consumer", &["group-type", "protocol", "share", "streams"])?;
    forbid(&options, "share", &["consumer", "group-type", "protocol", "streams"])?;
    forbid(&options, "streams", &["consumer", "group-type", "protocol", "share"])?;
    match block_on(async { Ok(listed(&options).await) })? {
        Ok(mut all) => {
            all.retain(|group| is_wanted(group, kind, &options));
            answer::rows("groups", &all);
            Ok(print(&all, streams.out)?)
        }
        Err(failure) => {
            writeln!(streams.out, "Error while executing groups command : {}", failure.message)?;
            streams.out.flush()?;
            log4j("ERROR", failure, streams.err)?;
            Err(Stop::Exit(1))
        }
    }
}

async fn listed(options: &Options) -> Result<Vec<ListedGroup>, Failure> {
    let cluster = connect(options)?;
    let (mut all, silent) =
        groups::list(&cluster, &[], &[]).await.map_err(|error| Failure::without_brokers(&error, "ListGroups"))?;
    if let Some((_, refusal)) = silent.into_iter().next() {
        return Err(refusal.into());
    }
    hash_map_order(&mut all, |group| &group.group);
    // Brokers send the names of types in small letters, Java shows them as it calls them.
    for group in &mut all {
        let known = TYPES.iter().find(|kind| kind.eq_ignore_ascii_case(&group.kind));
        group.kind = (*known.unwrap_or(&"Unknown")).to_owned();
    }
    Ok(all)
}

fn is_wanted(group: &ListedGroup, kind: Option<&str>, options: &Options) -> bool {
    let is = |kind: &str| group.kind.eq_ignore_ascii_case(kind);
    let protocol = options.value("protocol").ok().flatten();
    let spoken = protocol.is_none_or(|protocol| group.protocol_type == protocol);
    if let Some(kind) = kind {
        is(kind) && spoken
    } else if protocol.is_some() {
        spoken
    } else if options.has("consumer") {
        matches!(group.protocol_type.as_str(), "consumer" | "") || is("Consumer")
    } else if options.has("share") {
        is("Share")
    } else {
        !options.has("streams") || is("Streams")
    }
}

/// Three columns, all as wide as the widest cell of any.
fn print(groups: &[ListedGroup], out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<[&str; 3]> =
        groups.iter().map(|g| [g.group.as_str(), g.kind.as_str(), g.protocol_type.as_str()]).collect();
    let width = rows.iter().flatten().map(|cell| cell.chars().count()).max().unwrap_or(0).max(20);
    writeln!(out, "{:width$} {:width$} {:width$}", "GROUP", "TYPE", "PROTOCOL")?;
    for [group, kind, protocol] in rows {
        writeln!(out, "{group:width$} {kind:width$} {protocol:width$} ")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(name: &str, kind: &str, protocol: &str) -> ListedGroup {
        ListedGroup {
            group: name.into(),
            kind: kind.into(),
            protocol_type: protocol.into(),
            state: "Stable".into(),
            coordinator: 1,
        }
    }

    #[test]
    fn consumer_groups_are_those_of_either_protocol_and_those_that_only_hold_offsets() {
        let groups = [
            group("new", "Consumer", "consumer"),
            group("old", "Classic", "consumer"),
            group("simple", "Classic", ""),
            group("connect", "Classic", "connect"),
            group("share", "Share", "share"),
        ];
        let wanted = |line: &str, kind: Option<&str>| -> Vec<String> {
            let options = parse(OPTIONS, &line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).unwrap();
            groups.iter().filter(|g| is_wanted(g, kind, &options)).map(|g| g.group.clone()).collect()
        };
        assert_eq!(wanted("--consumer", None), ["new", "old", "simple"]);
        assert_eq!(wanted("--share", None), ["share"]);
        assert_eq!(wanted("--protocol consumer", Some("Classic")), ["old"]);
        assert_eq!(wanted("--list", None).len(), 5);
    }

    #[test]
    fn all_columns_are_as_wide_as_the_widest_cell() {
        let mut out = Vec::new();
        print(&[group("a-group-with-a-long-name", "Share", "share")], &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text.lines().nth(1).unwrap(),
            "a-group-with-a-long-name Share                    share                    "
        );
        assert_eq!(
            text.lines().next().unwrap(),
            "GROUP                    TYPE                     PROTOCOL                "
        );
    }
}
