//! `LOGBUS_OUTPUT=json` and `LOGBUS_STRICT=1`: every Kafka-named tool has a JSON form, with the fields that
//! `docs/kafka-tools.md` names, and an exit code that tells the truth.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use logbus::cli::kafka::{self, answer_forms::FORMS};
use serde_json::{Value, json};

use super::apache_kafka::ApacheKafka;
use super::harness::{Broker, Ran, feed, logbus, repository};

/// The fields of each kind of each tool, as the page has them; with `true` those that are in every row.
fn documented() -> BTreeMap<(String, String), BTreeMap<String, bool>> {
    let page = fs::read_to_string(repository().join("docs/kafka-tools.md")).unwrap();
    let words = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<String>>();
    let mut all = BTreeMap::new();
    for line in page.lines().filter(|line| line.starts_with("| `kafka-") || line.starts_with("| `zookeeper-")) {
        let cells: Vec<&str> = line.split('|').collect();
        let [tool, kind] = [words(cells[1]).remove(0), words(cells[2]).remove(0)];
        let field = |name: String| (name.trim_end_matches('?').to_owned(), !name.ends_with('?'));
        all.insert((tool, kind), words(cells[3]).into_iter().map(field).collect());
    }
    all
}

#[test]
fn every_tool_has_a_json_form_and_the_page_describes_it() {
    let with_form: Vec<&str> = FORMS.iter().map(|form| form.tool).collect();
    assert_eq!(with_form, kafka::names().collect::<Vec<_>>(), "a tool needs its row in answer_forms.rs");
    let declared: BTreeSet<(String, String)> = FORMS
        .iter()
        .flat_map(|form| form.kinds.iter().map(|kind| (form.tool.to_owned(), (*kind).to_owned())))
        .collect();
    let described: BTreeSet<(String, String)> = documented().into_keys().collect();
    assert_eq!(declared, described, "docs/kafka-tools.md has a row a kind");
}

/// Runs a line as a script would that has set both variables; `@B` stands for the cluster.
fn run(broker: &str, line: &str, input: &str) -> Ran {
    let logs = tempfile::tempdir().unwrap();
    let line = line.replace("@B", &format!("--bootstrap-server {broker}"));
    let mut command = logbus(line.split_whitespace());
    feed(command.env("LOGBUS_OUTPUT", "json").env("LOGBUS_STRICT", "1").env("LOG_DIR", logs.path()), input)
}

/// Checks documents of a tool against the page, and gives their kinds.
fn check(line: &str, ran: &Ran, page: &BTreeMap<(String, String), BTreeMap<String, bool>>) -> Vec<String> {
    let tool = line.split_whitespace().next().unwrap();
    let form = FORMS.iter().find(|form| form.tool == tool).unwrap();
    let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_else(|e| panic!("{line}: {e}\n{text}"));
    let documents: Vec<Value> = match form.lines {
        true => ran.out.lines().map(parse).collect(),
        false if ran.out.is_empty() => Vec::new(),
        false => vec![parse(&ran.out)],
    };
    let mut kinds = Vec::new();
    for document in documents {
        let is_bare = document.get("schema").is_none();
        let (kind, data) = match is_bare {
            // Lines of records and of batches are what the native commands print, events those of verifiable clients.
            true => {
                let other = if form.kinds == ["event"] { "event" } else { "record" };
                (document.get("kind").map_or(other, |kind| kind.as_str().unwrap()).to_owned(), document.clone())
            }
            false => {
                assert_eq!(document["schema"], 1, "{line}");
                (document["kind"].as_str().unwrap().to_owned(), document["data"].clone())
            }
        };
        kinds.push(kind.clone());
        if kind == "text" {
            assert!(data.as_array().is_some_and(|lines| lines.iter().all(Value::is_string)), "{line}: {data}");
            continue;
        }
        let fields = page.get(&(tool.to_owned(), kind.clone())).unwrap_or_else(|| panic!("{line} gives {kind}"));
        let rows = match data {
            Value::Array(rows) => rows,
            one => vec![one],
        };
        for row in rows {
            let there: BTreeSet<&String> = row.as_object().unwrap_or_else(|| panic!("{line}: {row}")).keys().collect();
            let unknown: Vec<_> = there.iter().filter(|name| !fields.contains_key(**name)).collect();
            let missing: Vec<_> = fields.iter().filter(|(name, always)| **always && !there.contains(name)).collect();
            assert!(
                unknown.is_empty() && missing.is_empty(),
                "{line}: not on the page {unknown:?}, not there {missing:?}"
            );
        }
    }
    kinds
}

/// A line, what its stdin has, how it ends, and the kinds that it gives.
struct Case {
    line: &'static str,
    input: &'static str,
    exit: i32,
    kinds: &'static [&'static str],
}

const fn case(line: &'static str, exit: i32, kinds: &'static [&'static str]) -> Case {
    Case { line, input: "", exit, kinds }
}

const CASES: &[Case] = &[
    case("kafka-topics @B --create --topic clicks --partitions 2 --config min.insync.replicas=2", 0, &["actions"]),
    case("kafka-topics @B --create --topic clicks", 1, &["actions"]),
    case("kafka-topics @B --create --topic plain --partitions 1", 0, &["actions"]),
    case("kafka-topics @B --create --if-not-exists --topic plain", 0, &["actions"]),
    case("kafka-topics @B --list", 0, &["topics"]),
    case("kafka-topics @B --describe", 0, &["described-topics"]),
    case("kafka-topics @B --describe --topic nothing", 1, &[]),
    case("kafka-topics @B --describe --under-min-isr-partitions", 0, &["partition-problems"]),
    case("kafka-topics @B --describe --under-replicated-partitions", 0, &["partition-problems"]),
    case("kafka-topics @B --alter --topic plain --partitions 3", 0, &["actions"]),
    case("kafka-topics @B --list --describe", 2, &[]),
    case("kafka-topics --list", 2, &[]),
    case("kafka-topics --frobnicate", 2, &[]),
    case("kafka-topics --version", 0, &["text"]),
    case("kafka-topics --help", 0, &[]),
    case("kafka-topics --bootstrap-server 127.0.0.1:1 --list", 3, &[]),
    case("kafka-configs @B --describe --entity-type topics --entity-name clicks", 0, &["resource-configs"]),
    case("kafka-configs @B --describe --entity-type topics --entity-name nothing", 1, &["resource-configs"]),
    case(
        "kafka-configs @B --alter --entity-type topics --entity-name plain --add-config retention.ms=60000",
        0,
        &["actions"],
    ),
    case("kafka-configs @B --alter --entity-type topics --entity-name plain --add-config retention.ms=x", 1, &[]),
    Case { input: "a\nb\nc\n", ..case("kafka-console-producer @B --topic plain", 0, &["actions"]) },
    case("kafka-console-consumer @B --topic plain --from-beginning --max-messages 3 --group g", 0, &["record"; 3]),
    case("kafka-get-offsets @B --topic plain", 0, &["offsets"]),
    case("kafka-get-offsets @B --topic nothing", 1, &[]),
    case("kafka-groups @B --list", 0, &["groups"]),
    case("kafka-consumer-groups @B --list", 0, &["groups"]),
    case("kafka-consumer-groups @B --list --state", 0, &["groups"]),
    case("kafka-consumer-groups @B --describe --group g", 0, &["described-groups"]),
    case("kafka-consumer-groups @B --describe --group g --members", 0, &["described-groups"]),
    case("kafka-consumer-groups @B --describe --group nobody", 1, &[]),
    case(
        "kafka-consumer-groups @B --reset-offsets --group g --topic plain --to-earliest --dry-run",
        0,
        &["reset-offsets"],
    ),
    case(
        "kafka-consumer-groups @B --reset-offsets --group g --topic plain --to-earliest --execute --export",
        0,
        &["reset-offsets"],
    ),
    case("kafka-consumer-groups @B --delete-offsets --group g --topic plain:0", 0, &["actions"]),
    case("kafka-consumer-groups @B --delete --group g", 0, &["actions"]),
    case("kafka-consumer-groups @B --delete --group nobody", 1, &["actions"]),
    case("kafka-consumer-groups --validate-regex a.*", 0, &["regex"]),
    case("kafka-consumer-groups --validate-regex a[", 5, &["regex"]),
    case("kafka-log-dirs @B --describe", 0, &["log-dirs"]),
    case("kafka-log-dirs @B --describe --topic-list nothing", 1, &["log-dirs"]),
    case("kafka-broker-api-versions @B", 0, &["api-versions"]),
    case("kafka-broker-api-versions --bootstrap-server 127.0.0.1:1", 3, &[]),
    case("kafka-cluster cluster-id @B", 0, &["cluster"]),
    case("kafka-cluster list-endpoints @B", 0, &["endpoints"]),
    case("kafka-cluster unregister --id 7 @B", 1, &[]),
    case("kafka-cluster", 2, &[]),
    case("kafka-features @B describe", 0, &["features"]),
    case("kafka-features @B version-mapping", 0, &["feature-levels"]),
    case("kafka-features @B feature-dependencies --feature kraft.version=1", 0, &["feature-dependencies"]),
    case("kafka-features @B upgrade --dry-run --feature group.version=99", 1, &["actions"]),
    case("kafka-metadata-quorum @B describe --status", 0, &["quorum"]),
    case("kafka-metadata-quorum @B describe", 2, &[]),
    case(
        "kafka-metadata-quorum @B remove-controller --controller-id 9 --controller-directory-id AAAAAAAAAAAAAAAAAAAAAQ --dry-run",
        0,
        &["actions"],
    ),
    case("kafka-leader-election @B --election-type preferred --topic plain --partition 0", 0, &["elections"]),
    case("kafka-leader-election @B --election-type preferred --topic plain --partition 9", 1, &["elections"]),
    case("kafka-leader-election @B --election-type preferred", 2, &[]),
    case("kafka-reassign-partitions @B --list", 0, &["reassignments"]),
    case(
        "kafka-reassign-partitions @B --generate --topics-to-move-json-file @D/topics.json --broker-list 1",
        0,
        &["reassignment-plan"],
    ),
    case("kafka-reassign-partitions @B --verify --reassignment-json-file @D/here.json", 0, &["reassignment-states"]),
    case("kafka-reassign-partitions @B --verify --reassignment-json-file @D/there.json", 5, &["reassignment-states"]),
    case("kafka-reassign-partitions @B --execute --reassignment-json-file @D/here.json", 0, &["actions"]),
    case("kafka-reassign-partitions @B --execute --reassignment-json-file @D/there.json", 1, &[]),
    case("kafka-reassign-partitions @B --cancel --reassignment-json-file @D/here.json", 0, &["actions"]),
    case("kafka-delete-records @B --offset-json-file @D/records.json", 4, &["deleted-records"]),
    case("kafka-delete-records @B --offset-json-file /nowhere", 1, &[]),
    case("kafka-client-metrics @B --alter --name m --metrics a. --interval 10000", 0, &["actions"]),
    case("kafka-client-metrics @B --list", 0, &["client-metrics"]),
    case("kafka-client-metrics @B --describe --name m", 0, &["resource-configs"]),
    case("kafka-client-metrics @B --describe --name nothing", 1, &["resource-configs"]),
    case(
        "kafka-producer-perf-test @B --topic plain --num-records 100 --record-size 10 --throughput -1",
        0,
        &["producer-perf"],
    ),
    case("kafka-consumer-perf-test @B --topic plain --num-records 50 --group p", 0, &["consumer-perf"]),
    case("kafka-e2e-latency @B --topic e2e --num-records 10 --producer-acks 1 --record-size 10", 0, &["e2e-latency"]),
    case("kafka-storage random-uuid", 0, &["uuid"]),
    case("kafka-storage version-mapping", 0, &["feature-levels"]),
    case("kafka-storage feature-dependencies --feature kraft.version=1", 0, &["feature-dependencies"]),
    case("kafka-storage format -c @D/server.properties -t AAAAAAAAAAAAAAAAAAAAAQ --standalone", 0, &["actions"]),
    case("kafka-storage format -c @D/server.properties -t AAAAAAAAAAAAAAAAAAAAAQ --standalone", 1, &[]),
    case("kafka-storage info -c @D/server.properties", 0, &["storage"]),
    case("kafka-storage info -c @D/other.properties", 1, &["storage"]),
    case(
        "kafka-dump-log --files @D/data/__cluster_metadata-0/00000000000000000000.log --cluster-metadata-decoder",
        0,
        &["batch", "record"],
    ),
    case("kafka-dump-log --files @R/tests/golden/dump-log/txn-0/00000000000000000000.index", 0, &["file"]),
    case("kafka-dump-log --files /nowhere/0.log", 1, &[]),
    case("kafka-metadata-shell --snapshot @D/data/__cluster_metadata-0/00000000000000000000.log ls /", 0, &["text"]),
    case("kafka-metadata --snapshot /nowhere ls /", 1, &[]),
    case("zookeeper-shell @Z ls /brokers", 0, &["text"]),
    case("zookeeper-shell @Z ls /nothing", 1, &[]),
    case("kafka-verifiable-producer @B --topic plain --max-messages 3", 0, &["event"]),
    case("kafka-verifiable-producer @B --topic plain --max-messages 3 --acks 7", 2, &[]),
    case("kafka-verifiable-consumer @B --topic plain --group-id v --max-messages 3 --verbose", 0, &["event"]),
    case("kafka-verifiable-consumer @B --topic plain", 2, &[]),
    case("kafka-streams-application-reset @B --application-id app --input-topics plain --dry-run", 0, &["actions"]),
    case("kafka-streams-application-reset @B --application-id app --input-topics plain", 0, &["actions"]),
    case("kafka-streams-application-reset @B --application-id app --input-topics plain,nothing", 4, &["actions"]),
    case("kafka-streams-application-reset @B --application-id app --input-topics nothing", 1, &["actions"]),
    case("kafka-streams-application-reset @B", 2, &[]),
    case("kafka-streams-groups @B --list", 0, &["groups"]),
    case("kafka-streams-groups @B --describe --all-groups", 0, &["described-groups"]),
    case("kafka-streams-groups @B --describe --group nobody", 1, &["described-groups"]),
    case("kafka-streams-groups @B --delete --group nobody", 1, &["actions"]),
    case("kafka-streams-groups @B --delete-offsets --group nobody --input-topic plain", 1, &["actions"]),
    case("kafka-streams-groups --list --bootstrap-server 127.0.0.1:1 --timeout 2000", 3, &[]),
    case("kafka-share-groups @B --list", 0, &["groups"]),
    case("kafka-share-groups @B --list --state Empty", 0, &["groups"]),
    case("kafka-share-groups @B --describe --all-groups", 0, &["described-groups"]),
    case("kafka-share-groups @B --describe --group nobody", 1, &[]),
    case("kafka-share-groups @B --delete --group nobody", 1, &["actions"]),
    case("kafka-share-groups @B --delete-offsets --group nobody --topic plain", 1, &["actions"]),
    case("kafka-share-groups @B --delete", 2, &[]),
    case("kafka-share-groups --list --bootstrap-server 127.0.0.1:1 --timeout 2000", 3, &[]),
    case("kafka-console-share-consumer @B --topic plain --max-messages 1", 1, &[]),
    case("kafka-share-consumer-perf-test @B --topic plain --num-records 1", 1, &[]),
    case("kafka-verifiable-share-consumer @B --topic plain --group-id s --max-messages 1", 1, &["event"]),
    case("kafka-replica-verification --broker-list @Z --topics-include nothing", 1, &[]),
    case("kafka-server-start --version", 0, &["text"]),
    case("kafka-server-start /nowhere", 1, &[]),
    case("kafka-server-start", 2, &[]),
    // What the process comes to is in the file.
    case("kafka-server-start -daemon /nowhere", 0, &["actions"]),
    // Nobody has this id.
    case("kafka-server-stop --node-id=2000000000", 1, &["actions"]),
    case("kafka-acls @B --list", 1, &[]),
    case("kafka-delegation-tokens @B --describe --command-config @D/empty.properties", 1, &[]),
    case("kafka-transactions @B list", 1, &[]),
    case("kafka-topics @B --delete --topic plain", 0, &["actions"]),
];

/// Kinds that only a cluster with an authorizer, with logins, with transactions or with share groups has, or one of
/// several brokers; and those of a tool that never ends.
const ELSEWHERE: &[(&str, &str)] = &[
    ("kafka-acls", "acls"),
    ("kafka-acls", "actions"),
    ("kafka-cluster", "actions"),
    ("kafka-configs", "client-configs"),
    ("kafka-console-share-consumer", "record"),
    ("kafka-delegation-tokens", "actions"),
    ("kafka-delegation-tokens", "tokens"),
    ("kafka-metadata", "text"),
    ("kafka-replica-verification", "replica-difference"),
    ("kafka-replica-verification", "replica-lag"),
    ("kafka-share-consumer-perf-test", "share-consumer-perf"),
    ("kafka-share-groups", "reset-offsets"),
    ("kafka-streams-groups", "reset-offsets"),
    ("kafka-transactions", "actions"),
    ("kafka-transactions", "hanging_transactions"),
    ("kafka-transactions", "producers"),
    ("kafka-transactions", "transactions"),
];

#[test]
fn every_tool_answers_as_json_and_ends_with_a_code_that_is_true() {
    let broker = Broker::start();
    let scratch = tempfile::tempdir().unwrap();
    files(scratch.path(), &broker);
    let page = documented();
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    for Case { line, input, exit, kinds } in CASES {
        let typed = line
            .replace("@R", repository().to_str().unwrap())
            .replace("@D", scratch.path().to_str().unwrap())
            .replace("@Z", &broker.bootstrap());
        let ran = run(&broker.bootstrap(), &typed, input);
        assert_eq!(ran.code, *exit, "{line}\n{}{}", ran.out, ran.err);
        let found = check(line, &ran, &page);
        let mut each = found.clone();
        each.dedup();
        let as_expected =
            if kinds.len() > 2 { found == *kinds } else { kinds.iter().all(|k| each.contains(&(*k).to_owned())) };
        assert!(as_expected && (!kinds.is_empty() || found.is_empty()), "{line}: {found:?}");
        let tool = line.split(' ').next().unwrap().to_owned();
        seen.extend(found.into_iter().map(|kind| (tool.clone(), kind)));
        if *exit == 0 {
            assert!(!ran.err.starts_with('{'), "{line}: {}", ran.err);
            continue;
        }
        let error: Value = serde_json::from_str(&ran.err).unwrap_or_else(|e| panic!("{line}: {e}\n{}", ran.err));
        assert_eq!(
            (&error["schema"], &error["kind"], &error["data"]["exit"]),
            (&json!(1), &json!("error"), &json!(exit))
        );
        assert!(error["data"]["message"].as_str().is_some_and(|text| text.len() > 3), "{line}: {error}");
    }
    for form in FORMS {
        for kind in form.kinds {
            let here = seen.contains(&(form.tool.to_owned(), (*kind).to_owned()));
            assert_eq!(here, !ELSEWHERE.contains(&(form.tool, kind)), "{} {kind}: seen or ELSEWHERE", form.tool);
        }
    }
}

/// What Apache Kafka serves and logbus does not.
const KAFKA_CASES: &[Case] = &[
    case("kafka-topics @B --create --topic t", 0, &["actions"]),
    case("kafka-acls @B --add --topic t --allow-principal User:a --operation Read", 0, &["actions"]),
    case("kafka-acls @B --list", 0, &["acls"]),
    case("kafka-acls @B --remove --topic t --allow-principal User:a --operation Read --force", 0, &["actions"]),
    case("kafka-acls @B --list --topic nothing", 0, &["acls"]),
    case(
        "kafka-configs @B --alter --entity-type users --entity-name u --add-config producer_byte_rate=1024",
        0,
        &["actions"],
    ),
    case("kafka-configs @B --describe --entity-type users", 0, &["client-configs"]),
    case("kafka-transactions @B list", 0, &["transactions"]),
    case("kafka-transactions @B describe --transactional-id nothing", 1, &[]),
    case("kafka-transactions @B describe-producers --topic t --partition 0", 0, &["producers"]),
    case("kafka-transactions @B find-hanging --topic t", 0, &["hanging_transactions"]),
    case("kafka-cluster unregister --id 7 @B", 1, &[]),
    case(
        "kafka-configs @B --alter --entity-type groups --entity-name s --add-config share.auto.offset.reset=earliest",
        0,
        &["actions"],
    ),
    Case { input: "a\nb\nc\n", ..case("kafka-console-producer @B --topic t", 0, &["actions"]) },
    case("kafka-console-share-consumer @B --topic t --group s --max-messages 3 --timeout-ms 30000", 0, &["record"]),
    case("kafka-share-groups @B --list", 0, &["groups"]),
    case("kafka-share-groups @B --describe --group s", 0, &["described-groups"]),
    case("kafka-share-groups @B --describe --group s --members", 0, &["described-groups"]),
    case("kafka-share-groups @B --describe --group nobody", 1, &[]),
    case("kafka-share-groups @B --reset-offsets --group s --topic t --to-earliest --execute", 0, &["reset-offsets"]),
    case("kafka-share-consumer-perf-test @B --topic t --group s --num-records 3", 0, &["share-consumer-perf"]),
    case("kafka-share-groups @B --reset-offsets --group s --topic t --to-earliest --execute", 0, &["reset-offsets"]),
    case("kafka-verifiable-share-consumer @B --topic t --group-id s --max-messages 3 --verbose", 0, &["event"]),
    case("kafka-share-groups @B --delete-offsets --group s --topic t", 0, &["actions"]),
    case("kafka-share-groups @B --delete --group s", 0, &["actions"]),
    case("kafka-share-groups @B --delete --group nobody", 1, &["actions"]),
    case("kafka-streams-groups @B --describe --group nobody", 1, &["described-groups"]),
    case(
        "kafka-streams-groups @B --reset-offsets --group nobody --input-topic t --to-earliest --dry-run",
        1,
        &["reset-offsets"],
    ),
];

#[test]
fn what_only_apache_kafka_serves_has_its_form_too() {
    let settings = [
        "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users=User:ANONYMOUS",
        "share.coordinator.state.topic.replication.factor=1",
        "share.coordinator.state.topic.min.isr=1",
        "share.coordinator.state.topic.num.partitions=1",
    ];
    let test = "what_only_apache_kafka_serves_has_its_form_too";
    let Some(kafka) = ApacheKafka::start_in(test, tempfile::tempdir().unwrap(), &settings) else { return };
    let page = documented();
    for Case { line, input, exit, kinds } in KAFKA_CASES {
        let ran = run(&kafka.bootstrap(), line, input);
        assert_eq!(ran.code, *exit, "{line}\n{}{}", ran.out, ran.err);
        let mut found = check(line, &ran, &page);
        found.dedup();
        assert_eq!(found, *kinds, "{line}");
    }
}

#[test]
fn a_tool_that_never_ends_tells_as_it_goes() {
    let broker = Broker::start();
    let made = run(&broker.bootstrap(), "kafka-topics @B --create --topic t --partitions 1", "");
    assert_eq!(made.code, 0, "{}", made.err);
    let line = format!("kafka-replica-verification --broker-list {} --report-interval-ms 100", broker.bootstrap());
    let mut command = logbus(line.split_whitespace());
    command.env("LOGBUS_OUTPUT", "json").stdout(Stdio::piped()).stderr(Stdio::null());
    let mut tool = command.spawn().unwrap();
    let mut out = String::new();
    let mut reader = BufReader::new(tool.stdout.take().unwrap());
    for _ in 0..2 {
        reader.read_line(&mut out).unwrap();
    }
    tool.kill().unwrap();
    tool.wait().unwrap();
    let ran = Ran { out, ..made };
    assert_eq!(check(&line, &ran, &documented()), ["replica-lag"; 2]);
    let first: Value = serde_json::from_str(ran.out.lines().next().unwrap()).unwrap();
    assert_eq!((&first["data"]["topic"], &first["data"]["partitions"]), (&json!("t"), &json!(1)), "{first}");
}

/// The files that the lines name.
fn files(dir: &Path, broker: &Broker) {
    let write = |name: &str, text: &str| fs::write(dir.join(name), text).unwrap();
    let moves = |partition: i32| {
        let entry = json!({"topic": "plain", "partition": partition, "replicas": [1], "log_dirs": ["any"]});
        json!({"version": 1, "partitions": [entry]})
    };
    write("topics.json", r#"{"version": 1, "topics": [{"topic": "plain"}]}"#);
    write("here.json", &moves(0).to_string());
    write("there.json", &moves(9).to_string());
    let offset = |topic: &str| json!({"topic": topic, "partition": 0, "offset": 0});
    write("records.json", &json!({"version": 1, "partitions": [offset("plain"), offset("nothing")]}).to_string());
    let properties = |name: &str| {
        let at = dir.join(name);
        format!(
            "process.roles=broker,controller\nnode.id=1\nlisteners=PLAINTEXT://127.0.0.1:1,CONTROLLER://127.0.0.1:2\n\
             controller.listener.names=CONTROLLER\ncontroller.quorum.bootstrap.servers=127.0.0.1:2\nlog.dirs={}\n",
            at.display()
        )
    };
    write("server.properties", &properties("formatted"));
    write("other.properties", &properties("nowhere"));
    write("empty.properties", "");
    std::os::unix::fs::symlink(broker.data(), dir.join("data")).unwrap();
}

#[test]
fn strictness_and_form_go_alone_too_and_change_nothing_else() {
    let line = ["kafka-consumer-groups", "--bootstrap-server", "127.0.0.1:1", "--list"];
    let run = |variables: &[(&str, &str)]| {
        let mut command = logbus(line);
        feed(command.envs(variables.iter().copied()), "")
    };
    let plain = run(&[]);
    assert_eq!(plain.code, 0, "{}{}", plain.out, plain.err);
    let strict = run(&[("LOGBUS_STRICT", "1")]);
    assert_eq!((strict.code, &strict.out, &strict.err), (3, &plain.out, &plain.err));
    let json = run(&[("LOGBUS_OUTPUT", "json")]);
    assert_eq!((json.code, json.out.as_str()), (0, ""));
    assert_eq!(serde_json::from_str::<Value>(&json.err).unwrap()["data"]["error"], "unreachable");
    let mut help = logbus(["kafka-verifiable-producer", "--help"]);
    let help = feed(help.env("LOGBUS_OUTPUT", "json").env("LOGBUS_STRICT", "1"), "");
    assert!(help.code == 0 && help.out.starts_with("usage: verifiable-producer"), "{}{}", help.out, help.err);
    let wrong = run(&[("LOGBUS_OUTPUT", "xml")]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.starts_with("error: LOGBUS_OUTPUT=xml"), "{}", wrong.err);
}
