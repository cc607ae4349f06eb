//! The perf tools under Kafka's names, against a running broker: what they print, count, send and leave behind.

use std::process::Output;

use super::harness::{Broker, free_port, logbus, logbus_bin};

struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn ran(output: Output) -> Ran {
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn run(words: &str) -> Ran {
    ran(logbus(words.split(' ')).output().unwrap())
}

fn done(words: &str) -> String {
    let ran = run(words);
    assert_eq!(ran.code, 0, "{words}\n{}{}", ran.out, ran.err);
    ran.out
}

fn create(broker: &Broker, topic: &str, partitions: u32) {
    done(&format!("topics create {topic} -p {partitions} -b {}", broker.bootstrap()));
}

/// Every number as `N`, so that what was measured does not matter.
fn shape(line: &str) -> String {
    let mut shape = String::new();
    for c in line.chars() {
        match c {
            '0'..='9' if shape.ends_with('N') => {}
            '0'..='9' => shape.push('N'),
            c => shape.push(c),
        }
    }
    shape
}

#[test]
fn the_producer_test_sends_its_records_and_sums_up() {
    let broker = Broker::start();
    let at = broker.bootstrap();
    create(&broker, "load", 3);
    let out = done(&format!(
        "kafka-producer-perf-test --bootstrap-server {at} --topic load --num-records 20000 --record-size 100 --throughput -1"
    ));
    // A slow machine has lines for its intervals before.
    let last = out.lines().last().unwrap();
    assert!(last.starts_with("20000 records sent, "), "{out}");
    assert_eq!(
        shape(last),
        "N records sent, N.N records/sec (N.N MB/sec), N.N ms avg latency, N.N ms max latency, N ms Nth, N ms Nth, N ms Nth, N ms N.Nth."
    );
    let read = done(&format!("consume load --from-beginning --until end -b {at}"));
    assert_eq!(read.lines().count(), 20_000);
    assert!(read.lines().all(|line| line.len() == 100 && line.bytes().all(|b| b.is_ascii_uppercase())));
}

#[test]
fn the_producer_test_sends_the_bytes_that_kafkas_sends() {
    let broker = Broker::start();
    let at = broker.bootstrap();
    create(&broker, "load", 1);
    let out = done(&format!(
        "kafka-producer-perf-test --topic load --num-records 2 --record-size 10 --throughput -1 --producer-props bootstrap.servers={at} acks=1"
    ));
    assert!(
        out.starts_with(
            "Option --producer-props has been deprecated and will be removed in a future version. Use --command-property instead.\n"
        ),
        "{out}"
    );
    done(&format!("kafka-producer-perf-test --boot {at} --topic load --num-r 2 --payload-mono --thr 1000"));
    let read = done(&format!("consume load --from-beginning --until end -b {at}"));
    assert_eq!(read, "YQHHNEBSEP\nDNSEIFGAMS\n0\n1\n");
}

#[test]
fn a_warm_up_is_counted_apart() {
    let broker = Broker::start();
    create(&broker, "load", 1);
    let out = done(&format!(
        "kafka-producer-perf-test --bootstrap-server {} --topic load --num-records 50 --payload-monotonic --throughput -1 --warmup-records 20",
        broker.bootstrap()
    ));
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines[0], "Warmup first 20 records. Steady state results will print after the complete test summary.");
    assert!(
        lines[1].starts_with("50 records sent, ") && lines[2].starts_with("30 steady state records sent, "),
        "{out}"
    );
}

#[test]
fn a_producer_test_that_cannot_deliver_says_so_once_and_fails() {
    let broker = Broker::with(&["auto.create.topics.enable=false", "min.insync.replicas=1"]);
    let at = broker.bootstrap();
    let words = "--num-records 1000 --record-size 10 --throughput -1";
    let missing = run(&format!(
        "kafka-producer-perf-test --bootstrap-server {at} --topic nothing {words} --command-property default.api.timeout.ms=300"
    ));
    assert_eq!((missing.code, missing.err.lines().count()), (1, 1), "{}", missing.err);
    assert!(missing.out.starts_with("0 records sent, "), "{}", missing.out);
    let transactional =
        run(&format!("kafka-producer-perf-test --bootstrap-server {at} --topic t {words} --transactional-id x"));
    assert_eq!((transactional.code, transactional.out.as_str()), (1, ""));
    // Who has no transaction coordinator says so, and the client gives up in its time.
    assert!(transactional.err.contains("The coordinator is not available."), "{}", transactional.err);
}

#[test]
fn the_consumer_test_reads_whole_polls_and_commits_what_it_read() {
    let broker = Broker::start();
    let at = broker.bootstrap();
    create(&broker, "load", 3);
    done(&format!(
        "kafka-producer-perf-test --bootstrap-server {at} --topic load --num-records 5000 --record-size 100 --throughput -1 --command-property batch.size=2000"
    ));
    let out = done(&format!(
        "kafka-consumer-perf-test --bootstrap-server {at} --topic load --num-records 1200 --group g --command-property max.poll.records=100"
    ));
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(
        lines[0],
        "start.time, end.time, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec"
    );
    let row: Vec<&str> = lines[1].split(", ").collect();
    assert_eq!(row.len(), 10, "{out}");
    assert_eq!(shape(row[0]), "N-N-N N:N:N:N");
    let read: u32 = row[4].parse().unwrap();
    assert!((1200..1300).contains(&read), "{out}");
    let rest = done(&format!(
        "kafka-consumer-perf-test --bootstrap-server {at} --include lo.d --messages {} --group g --hide-header",
        5000 - read
    ));
    let lines: Vec<&str> = rest.lines().collect();
    assert_eq!(lines[0], "Warning: --messages is deprecated. Use --num-records instead.");
    assert_eq!(lines[1].split(", ").nth(4).unwrap(), (5000 - read).to_string(), "each record once over both runs");
}

#[test]
fn the_console_consumer_commits_only_what_it_printed() {
    let broker = Broker::start();
    let at = broker.bootstrap();
    create(&broker, "load", 3);
    done(&format!(
        "kafka-producer-perf-test --bootstrap-server {at} --topic load --num-records 300 --record-size 100 --throughput -1 --command-property batch.size=500"
    ));
    let read = |count: usize| {
        let out = done(&format!(
            "kafka-console-consumer --bootstrap-server {at} --topic load --group g --from-beginning --max-messages {count}"
        ));
        out.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let mut all = read(100);
    // With a record lost to the first run this would wait for it.
    all.extend(read(200));
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 300);
}

#[test]
fn a_consumer_test_without_records_warns_and_ends_well() {
    let address = format!("127.0.0.1:{}", free_port());
    for options in ["--topic t", "--include t"] {
        let ran = run(&format!(
            "kafka-consumer-perf-test --bootstrap-server {address} {options} --num-records 10 --timeout 1500 --hide-header"
        ));
        assert_eq!(ran.code, 0, "{}", ran.err);
        assert!(
            ran.out.starts_with("WARNING: Exiting before consuming the expected number of records: timeout (1500 ms) exceeded. You can use the --timeout option to increase the timeout.\n"),
            "{}",
            ran.out
        );
        assert!(
            ran.err.contains(" WARN [Consumer clientId=perf-consumer-client, groupId=perf-consumer-"),
            "{}",
            ran.err
        );
    }
}

#[test]
fn latencies_are_measured_from_end_to_end_on_a_topic_that_is_made_for_it() {
    let broker = Broker::start();
    let at = broker.bootstrap();
    let out = done(&format!(
        "kafka-e2e-latency --bootstrap-server {at} --topic trip --num-records 20 --producer-acks all --record-size 30 --record-key-size 5 --num-headers 2 --record-header-key-size 3 --record-header-size -1"
    ));
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(
        lines[0],
        "Topic \"trip\" does not exist. Will create topic with 1 partition(s) and replication factor = 1"
    );
    assert_eq!(shape(lines[1]), "N\tN.N");
    assert_eq!(shape(lines[2]), "Avg latency: N.N ms");
    assert_eq!(shape(lines[3]), "Percentiles: Nth = N, Nth = N, N.Nth = N");
    let old = done(&format!("kafka-e2e-latency {at} trip 2 1 10"));
    assert!(old.starts_with("WARNING: Positional argument usage is deprecated"), "{old}");
    assert_eq!(old.lines().count(), 4);
}

#[test]
fn the_tools_run_by_their_own_names() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["kafka-producer-perf-test", "kafka-consumer-perf-test.sh", "kafka-e2e-latency.sh"] {
        let link = directory.path().join(name);
        std::os::unix::fs::symlink(logbus_bin(), &link).unwrap();
        let ran = ran(std::process::Command::new(&link).arg("--foo").output().unwrap());
        assert_eq!(ran.code, 1, "{name}");
        assert!(ran.err.contains("foo") || ran.err.starts_with("Invalid number of arguments."), "{name}: {}", ran.err);
    }
}
