//! Moving groups about: the way back from a reset, copies for another group, and partitions that cannot be read.

use std::path::PathBuf;

use serde_json::Value;

use super::harness::{Broker, Ran, feed, logbus, ran};

fn run(broker: &Broker, words: &str) -> Ran {
    ran(logbus(words.split(' ')).env("LOGBUS_BOOTSTRAP_SERVER", broker.bootstrap()).output().unwrap())
}

fn done(broker: &Broker, words: &str) -> Ran {
    let ran = run(broker, words);
    assert_eq!(ran.code, 0, "{words}\n{}{}", ran.out, ran.err);
    ran
}

/// What a group has committed, partition by partition.
fn committed(broker: &Broker, group: &str) -> Vec<(String, String, String)> {
    let words = format!("groups describe {group} -o csv --columns topic,p,committed --no-headers");
    let text = done(broker, &words).out;
    let row = |line: &str| {
        let fields: Vec<String> = line.split(',').map(str::to_owned).collect();
        (fields[0].clone(), fields[1].clone(), fields[2].clone())
    };
    text.lines().map(row).collect()
}

fn with_orders(partitions: i32) -> Broker {
    let broker = Broker::with(&["auto.create.topics.enable=false"]);
    done(&broker, &format!("topics create orders -p {partitions}"));
    let lines: String = (0..300).map(|n| format!("k{n}:v{n}\n")).collect();
    let sent = feed(&mut logbus(["produce", "orders", "-k", ":", "-b", &broker.bootstrap()]), &lines);
    assert_eq!(sent.code, 0, "{}", sent.err);
    broker
}

/// The file that the command named as the way back.
fn way_back(ran: &Ran) -> PathBuf {
    let line = ran.err.lines().find_map(|line| line.strip_prefix("the way back: logbus groups undo-reset "));
    PathBuf::from(line.unwrap_or_else(|| panic!("no way back: {}", ran.err)).trim_end_matches(" --execute"))
}

#[test]
fn a_reset_and_its_undo_leave_every_offset_where_it_was() {
    let broker = with_orders(3);
    done(&broker, "groups reset-offsets g --topic orders:0 --to-offset 7 --execute");
    done(&broker, "groups reset-offsets g --topic orders:1 --to-latest --execute");
    let before = committed(&broker, "g");
    assert_eq!(before.len(), 2, "partition 2 has no commit");

    let reset = done(&broker, "groups reset-offsets g --topic orders --to-earliest --execute");
    let file = way_back(&reset);
    assert_eq!(committed(&broker, "g").len(), 3);
    let shown = done(&broker, &format!("groups undo-reset {}", file.display()));
    assert!(shown.out.contains("commit deleted") && shown.out.ends_with("add --execute to apply.\n"), "{}", shown.out);
    assert_eq!(committed(&broker, "g").len(), 3, "nothing was changed");
    let undone = done(&broker, &format!("groups undo-reset {} --execute", file.display()));
    assert_eq!(committed(&broker, "g"), before);
    let again = done(&broker, &format!("groups undo-reset {} --execute", file.display()));
    assert_eq!(again.out.lines().last(), Some("group g stands there already."));
    // The undo has a way back as well.
    done(&broker, &format!("groups undo-reset {} --execute", way_back(&undone).display()));
    assert_eq!(committed(&broker, "g").len(), 3);

    let unwritable = run(&broker, "groups reset-offsets g --topic orders --to-latest --execute --backup /nowhere/x");
    assert!(unwritable.code == 1 && unwritable.err.starts_with("error: nothing was changed: "), "{}", unwritable.err);
    assert!(committed(&broker, "g").iter().all(|(.., offset)| offset == "0"));

    let other = Broker::start();
    let strange = run(&other, &format!("groups undo-reset {}", file.display()));
    assert!(strange.code == 1 && strange.err.starts_with("error: these are offsets of cluster "), "{}", strange.err);
}

#[test]
fn a_clone_stands_where_the_other_group_stands() {
    let broker = with_orders(3);
    done(&broker, "groups reset-offsets g --topic orders --to-offset 5 --execute");
    let plan = done(&broker, "groups clone g copy");
    assert!(plan.out.ends_with("would set 3 offsets of group copy. Nothing was changed: add --execute to apply.\n"));
    assert_eq!(run(&broker, "groups describe copy").code, 1);
    done(&broker, "groups clone g copy --topic orders:1,2 --execute");
    assert_eq!(committed(&broker, "copy"), committed(&broker, "g")[1..]);
    done(&broker, "groups clone g copy --execute");
    assert_eq!(committed(&broker, "copy"), committed(&broker, "g"));
}

#[test]
fn one_partition_that_cannot_be_read_does_not_hide_the_others() {
    let broker = with_orders(1);
    done(&broker, "topics create gone -p 1");
    for topic in ["orders", "gone"] {
        done(&broker, &format!("groups reset-offsets g --topic {topic} --to-earliest --execute"));
    }
    done(&broker, "topics delete gone --yes");
    let ran = done(&broker, "groups describe g -o json");
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    let rows = document["data"][0]["offsets"].as_array().unwrap();
    let row = |topic: &str| rows.iter().find(|row| row["topic"] == topic);
    assert_eq!(row("orders").unwrap()["lag"], 300);
    // The broker may drop the commits of a deleted topic; while it has them, they are a row with its reason.
    if let Some(gone) = row("gone") {
        assert_eq!(gone["error"], "UNKNOWN_TOPIC_OR_PARTITION");
        assert!(done(&broker, "groups describe g").out.contains("deleted"));
    }
    assert_eq!(done(&broker, "lag g --sample 0 -o name").code, 0);
}
