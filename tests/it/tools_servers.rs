//! Kafka's scripts around a broker, and the clients that system tests are made of.

use std::net::TcpStream;
use std::process::{Child, Stdio};

use crate::harness::{Ran, free_port, logbus, ran, wait_until};

/// A broker that ends with its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn tool(words: &str) -> Ran {
    ran(logbus(words.split_whitespace()).output().unwrap())
}

/// The names of the events that a verifiable client printed.
fn events(ran: &Ran) -> Vec<String> {
    let event = |line: &str| {
        let event: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{line}: {e}"));
        event["name"].as_str().unwrap().to_owned()
    };
    ran.out.lines().map(event).collect()
}

#[test]
fn a_broker_is_started_used_and_stopped_by_kafkas_names() {
    let home = tempfile::tempdir().unwrap();
    let (port, controller) = (free_port(), free_port());
    // No other broker on this machine may be stopped: nobody has this id.
    let id = 1_000_000 + u32::from(port);
    let config = home.path().join("server.properties");
    let settings = format!(
        "process.roles=broker,controller\nnode.id={id}\n\
         listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}\n\
         controller.listener.names=CONTROLLER\ncontroller.quorum.voters={id}@127.0.0.1:{controller}\n\
         log.dirs={}\nlogbus.admin.listener=\noffsets.topic.num.partitions=1\noffsets.topic.replication.factor=1\ngroup.initial.rebalance.delay.ms=0\n",
        home.path().join("data").display()
    );
    std::fs::write(&config, settings).unwrap();
    let formatted = tool(&format!("kafka-storage format -t 5L6g3nShT-eMCtK--X86sw -c {}", config.display()));
    assert_eq!(formatted.code, 0, "{formatted:?}");

    let mut start = logbus(["kafka-server-start"]);
    start.arg(&config).args(["--override", "num.partitions=2"]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut broker = Running(start.spawn().unwrap());
    assert!(wait_until(|| TcpStream::connect(("127.0.0.1", port)).is_ok()), "no broker");

    let server = format!("--bootstrap-server 127.0.0.1:{port}");
    let produced = tool(&format!("kafka-verifiable-producer {server} --topic t --max-messages 3"));
    let success = "producer_send_success";
    assert_eq!(events(&produced), ["startup_complete", success, success, success, "shutdown_complete", "tool_data"]);
    let consumed = tool(&format!("kafka-verifiable-consumer {server} --topic t --group-id g --max-messages 3"));
    assert_eq!(consumed.code, 0, "{consumed:?}");
    let told = events(&consumed);
    assert_eq!(told[..2], ["startup_complete", "partitions_assigned"], "num.partitions was overridden: {consumed:?}");
    assert!(consumed.out.contains("\"partition\":1}"), "{consumed:?}");
    assert_eq!(told[told.len() - 3..], ["partitions_revoked", "shutdown_complete", "shutdown_requested"]);
    let reset = tool(&format!("kafka-streams-application-reset {server} --application-id g --input-topics t"));
    assert_eq!(reset.code, 0, "{reset:?}");
    let offsets = tool(&format!("kafka-consumer-groups {server} --describe --group g --offsets")).out;
    let lags: i64 = offsets.lines().filter_map(|line| line.split_whitespace().nth(5)?.parse::<i64>().ok()).sum();
    assert_eq!(lags, 3, "{offsets}");

    tool(&format!("kafka-server-stop --node-id={}", id + 1));
    assert!(broker.0.try_wait().unwrap().is_none(), "another node was meant");
    let stopped = tool(&format!("kafka-server-stop --node-id={id}"));
    assert_eq!((stopped.code, stopped.out.as_str()), (0, ""), "{stopped:?}");
    let mut status = None;
    assert!(wait_until(|| {
        status = broker.0.try_wait().unwrap();
        status.is_some()
    }));
    assert!(status.is_some_and(|status| status.success()), "a controlled shutdown: {status:?}");
}
