//! `-o`, `--columns`, `--sort`, `--no-headers` and `--watch`: each form on one command, and every command that lists or
//! describes takes them all.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use serde_json::Value;

use super::exit_codes::TABLE;
use super::harness::{Broker, Ran, feed, logbus, ran};

/// Verbs that only look.
const LOOKING: [&str; 12] =
    ["list", "describe", "get", "status", "info", "log-dirs", "api-versions", "lag", "isr", "health", "skew", "stale"];

fn run(broker: &Broker, words: &str) -> Ran {
    ran(logbus(words.split(' ')).env("LOGBUS_BOOTSTRAP_SERVER", broker.bootstrap()).output().unwrap())
}

fn done(broker: &Broker, words: &str) -> String {
    let ran = run(broker, words);
    assert_eq!(ran.code, 0, "{words}\n{}{}", ran.out, ran.err);
    ran.out
}

fn with_topics() -> Broker {
    let broker = Broker::start();
    for (name, partitions) in [("clicks", 12), ("flights", 2), ("orders", 6)] {
        done(&broker, &format!("topics create {name} -p {partitions}"));
    }
    let lines = "0123456789\n".repeat(2_000);
    assert_eq!(feed(&mut logbus(["produce", "orders", "-b", &broker.bootstrap()]), &lines).code, 0);
    broker
}

#[test]
fn one_command_in_every_form() {
    let broker = with_topics();
    let table = done(&broker, "topics list");
    assert!(table.starts_with("TOPIC    PARTITIONS  RF"), "{table}");
    assert!(!table.contains("ID") && done(&broker, "topics list -o wide").contains("  ID\n"));

    let document: Value = serde_json::from_str(&done(&broker, "topics list -o json")).unwrap();
    let yaml: Value = serde_saphyr::from_str(&done(&broker, "topics list -o yaml")).unwrap();
    let shape = |v: &Value| (v["schema"].clone(), v["kind"].clone(), v["data"][2]["name"].clone());
    assert_eq!(shape(&yaml), shape(&document));
    assert_eq!(yaml["data"][2]["records"], 2_000);

    let csv = done(&broker, "topics list -o csv");
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0], ["TOPIC", "PARTITIONS", "RF", "SIZE", "RECORDS", "LAST RECORD", "STATE", "ID"]);
    let (orders, flights) = (&rows[3], &rows[2]);
    assert_eq!((orders[0], orders[4]), ("orders", "2000"), "no grouping of digits");
    assert_eq!(orders[3].parse::<i64>().unwrap(), document["data"][2]["bytes"].as_i64().unwrap());
    assert!(orders[5].ends_with('Z') && orders[5].contains('T'), "{}", orders[5]);
    assert_eq!(flights[5], "", "empty is nothing, not `-`");

    assert_eq!(done(&broker, "topics list -o name"), "clicks\nflights\norders\n");
}

#[test]
fn columns_order_and_header_are_chosen() {
    let broker = with_topics();
    let table = done(&broker, "topics list --columns partitions,topic --sort partitions:desc");
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows, [["PARTITIONS", "TOPIC"], ["12", "clicks"], ["6", "orders"], ["2", "flights"]]);
    assert_eq!(done(&broker, "topics list --columns topic --no-headers"), "clicks\nflights\norders\n");
    assert_eq!(done(&broker, "topics list -o name --sort size:desc").lines().next(), Some("orders"));
    let json: Value = serde_json::from_str(&done(&broker, "topics list -o json --sort partitions")).unwrap();
    assert_eq!(json["data"][0]["name"], "flights");
    // A page becomes rows of all topics, each with its topic.
    let csv = done(&broker, "topics describe clicks orders -o csv --columns topic,p,leader --no-headers");
    assert_eq!(csv.lines().count(), 18);
    assert_eq!((csv.lines().next(), csv.lines().last()), (Some("clicks,0,1"), Some("orders,5,1")));

    for (words, beginning) in [
        ("topics list --columns colour", "error: there is no column `colour`\nhint: the columns: topic, partitions, "),
        ("topics list --sort size:up", "error: invalid value 'size:up' for '--sort <COLUMN[:desc]>': "),
        ("topics list -o json --columns topic", "error: --columns goes with tables and csv\nhint: "),
    ] {
        let ran = run(&broker, words);
        assert!(ran.code == 2 && ran.err.starts_with(beginning), "{words}: {} {}", ran.code, ran.err);
    }
}

#[test]
fn a_watched_command_answers_again_and_ends_with_ctrl_c() {
    let broker = Broker::start();
    let words = ["topics", "list", "-o", "csv", "--columns", "topic", "--no-headers", "--watch", "100ms"];
    let mut command = logbus(words);
    command.env("LOGBUS_BOOTSTRAP_SERVER", broker.bootstrap()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    done(&broker, "topics create late");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let seen = lines.by_ref().filter(|line| line == "late").take(3).count();
    assert_eq!(seen, 3, "once a round");
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT).unwrap();
    lines.for_each(drop);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(run(&broker, "topics list --watch -b nowhere").code, 2, "what is wrong at once ends at once");
}

fn leaves(command: &clap::Command, path: &str, visit: &mut impl FnMut(&str, &clap::Command)) {
    if !command.has_subcommands() {
        visit(path, command);
    }
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        leaves(sub, format!("{path} {}", sub.get_name()).trim(), visit);
    }
}

#[test]
fn every_command_that_lists_or_describes_takes_every_form() {
    let mut looking = Vec::new();
    leaves(&logbus::cli::command(), "", &mut |path, command| {
        let has = |id: &str| command.get_arguments().any(|arg| arg.get_id() == id);
        let forms = command.get_arguments().find(|arg| arg.get_id() == "format" && arg.get_short() == Some('o'));
        if let Some(forms) = forms {
            let values: Vec<String> = forms.get_possible_values().iter().map(|v| v.get_name().to_owned()).collect();
            assert_eq!(values, ["table", "wide", "json", "yaml", "csv", "name"], "{path}");
            assert!(has("columns") && has("sort") && has("no_headers"), "{path}");
        }
        let verb = path.rsplit(' ').next().unwrap_or_default();
        if LOOKING.contains(&verb) {
            assert!(forms.is_some() && has("watch"), "`logbus {path}` lacks -o or --watch");
            looking.push(path.to_owned());
        }
    });
    assert!(looking.len() > 10, "{looking:?}");

    let broker = Broker::start();
    done(&broker, "topics create clicks");
    done(&broker, "groups reset-offsets readers --topic clicks --to-earliest --execute");
    let mut wrong = Vec::new();
    for path in &looking {
        let Some(row) = TABLE.iter().find(|row| row.command == path.as_str()) else { continue };
        if !row.cluster {
            continue;
        }
        let words = format!("{path} {}", row.args).trim().to_owned();
        let words = if path == "lag" { "lag --sample 0".to_owned() } else { words };
        let table = run(&broker, &format!("{words} -o csv"));
        if table.code == 1
            && ["does not support", "coordinator of transactional id"].iter().any(|no| table.err.contains(no))
        {
            // This broker has no such thing.
            continue;
        }
        let first = table.out.lines().next().unwrap_or_default();
        let column = first.split(',').next().unwrap_or_default().to_lowercase().replace(' ', "-");
        if table.code != 0 || column.is_empty() {
            wrong.push(format!("{words} -o csv: {} {}{}", table.code, table.out, table.err));
        }
        for form in
            ["wide", "yaml", "json", "name", &format!("csv --columns {column} --sort {column}:desc --no-headers")]
        {
            let answer = run(&broker, &format!("{words} -o {form}"));
            let reads = match form {
                "yaml" => serde_saphyr::from_str::<Value>(&answer.out).is_ok_and(|v| v["schema"] == 1),
                "json" => serde_json::from_str::<Value>(&answer.out).is_ok_and(|v| v["schema"] == 1),
                _ => true,
            };
            if answer.code != 0 || !reads {
                wrong.push(format!("{words} -o {form}: {} {}{}", answer.code, answer.out, answer.err));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
