//! `logbus report stale`, `report capacity` and `topics skew`.

use serde_json::Value;

use super::harness::{Broker, Ran, feed, logbus, ran};

fn run(broker: &Broker, words: &str) -> Ran {
    ran(logbus(words.split(' ')).env("LOGBUS_BOOTSTRAP_SERVER", broker.bootstrap()).output().unwrap())
}

fn done(broker: &Broker, words: &str) -> String {
    let ran = run(broker, words);
    assert_eq!(ran.code, 0, "{words}\n{}{}", ran.out, ran.err);
    ran.out
}

fn json(broker: &Broker, words: &str) -> Value {
    let document: Value = serde_json::from_str(&done(broker, &format!("{words} -o json"))).unwrap();
    document["data"].clone()
}

fn send(broker: &Broker, words: &str, lines: &str) {
    let bootstrap = broker.bootstrap();
    let words: Vec<&str> = words.split(' ').chain(["-b", &bootstrap]).collect();
    let sent = feed(&mut logbus(words), lines);
    assert_eq!(sent.code, 0, "{}", sent.err);
}

#[test]
fn what_nobody_uses_is_listed_with_its_reason_and_a_script() {
    let broker = Broker::start();
    for topic in ["used", "idle", "never"] {
        done(&broker, &format!("topics create {topic} -p 1"));
    }
    send(&broker, "produce idle", "a\n");
    send(&broker, "produce used", "a\nb\nc\n");
    done(&broker, "groups reset-offsets left --topic used --to-earliest --execute");
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    send(&broker, "produce used", "d\n");
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("delete.sh");
    let rows = json(&broker, &format!("report stale --older-than 1s --script {}", script.display()));
    let told: Vec<(&str, &str)> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["name"].as_str().unwrap(), row["is"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [("idle", "idle"), ("never", "no-records"), ("left", "left-behind")]);
    let text = std::fs::read_to_string(script).unwrap();
    assert!(
        text.contains("logbus topics delete 'idle' --yes\n") && text.contains("logbus groups delete 'left' --yes\n")
    );
    assert_eq!(done(&broker, "topics list -o name"), "idle\nnever\nused\n", "a report deletes nothing");
}

#[test]
fn capacity_is_measured_or_given() {
    let broker = Broker::start();
    let given = json(&broker, "report capacity --rate 1000 --record-size 1000 --retention 1h -r 3 --readers 2");
    assert_eq!(given["total"]["disk"], 1000.0 * 1000.0 * 3600.0 * 3.0);
    assert_eq!((&given["total"]["network_in"], &given["total"]["network_out"]), (&3e6.into(), &4e6.into()));

    done(&broker, "topics create t -p 2 -c retention.ms=3600000");
    send(&broker, "produce t", &"0123456789\n".repeat(7_200));
    let measured = json(&broker, "report capacity t --window 1h");
    let row = &measured["topics"][0];
    assert_eq!(row["records_per_second"], 2.0);
    let (now, needed) = (row["disk_now"].as_f64().unwrap(), row["needs"]["disk"].as_f64().unwrap());
    assert!((needed - now).abs() <= now * 0.01 + 2.0, "an hour's worth is what came in that hour: {row}");
    let doubled = json(&broker, "report capacity t --window 1h --growth 2");
    assert_eq!(doubled["topics"][0]["records_per_second"], 4.0);
}

#[test]
fn hot_partitions_and_the_keys_that_make_them_are_found() {
    let broker = Broker::start();
    done(&broker, "topics create t -p 4");
    let lines: String = (0..400).map(|n| format!("k{n}:v\n")).collect::<String>() + &"hot:v\n".repeat(600);
    send(&broker, "produce t -k :", &lines);
    let skew = json(&broker, "topics skew t");
    assert_eq!((&skew["keys"][0]["key"], &skew["keys"][0]["records"]), (&"hot".into(), &600.into()));
    let hottest = skew["partitions"]
        .as_array()
        .unwrap()
        .iter()
        .max_by(|a, b| a["of_mean"].as_f64().unwrap().total_cmp(&b["of_mean"].as_f64().unwrap()));
    let hottest = hottest.unwrap();
    assert_eq!(hottest["partition"], skew["keys"][0]["partition"]);
    assert!(hottest["of_mean"].as_f64().unwrap() > 2.0, "{hottest}");
    assert_eq!(run(&broker, "topics skew t --sample 0 --max 2").code, 5);
    assert_eq!(run(&broker, "topics skew t --sample 0 --max 4").code, 0);
}
