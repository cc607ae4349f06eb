//! `logbus doctor` finds what is wrong: a test a planted misconfiguration. Those of SASL stand in `security.rs`, beside
//! the Apache Kafka that they need.

use std::io::Write as _;
use std::net::TcpListener;

use super::harness::{Broker, Ran, free_port, logbus, ran};
use super::tls_front::{TlsFront, fixture};

fn doctor(address: &str, properties: &str, more: &[&str]) -> Ran {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(properties.as_bytes()).unwrap();
    let mut command = logbus(["doctor", "-b", address, "--timeout", "3s", "--command-config"]);
    ran(command.arg(file.path()).args(more).output().unwrap())
}

/// The name of the step that failed, and what was said about it.
fn diagnosis(ran: &Ran) -> (i32, String, String) {
    let failed = ran.out.lines().find_map(|line| line.strip_prefix("FAIL  ")).unwrap_or_default();
    let lines: Vec<&str> = ran.err.lines().collect();
    assert!(
        matches!(*lines, [e, h] if e.starts_with("error: ") && h.starts_with("hint: ")),
        "{}\n{}",
        ran.out,
        ran.err
    );
    (ran.code, failed.split_whitespace().next().unwrap_or_default().to_owned(), ran.err.clone())
}

#[track_caller]
fn finds(ran: &Ran, code: i32, step: &str, words: &[&str]) {
    let (found_code, found_step, said) = diagnosis(ran);
    assert_eq!((found_code, found_step.as_str()), (code, step), "{}\n{said}", ran.out);
    for word in words {
        assert!(said.contains(word), "`{word}` is not in\n{said}");
    }
}

fn ssl(trust: &str) -> String {
    format!("security.protocol=SSL\nssl.truststore.location={}\nssl.truststore.password=changeit\n", fixture(trust))
}

/// A broker behind TLS with a certificate, told to advertise that listener.
fn secured(pem: &str) -> (Broker, TlsFront, String) {
    let port = free_port();
    let broker = Broker::with(&[&format!("advertised.listeners=PLAINTEXT://localhost:{port}")]);
    let front = TlsFront::start(port, pem, broker.bootstrap());
    (broker, front, format!("localhost:{port}"))
}

#[test]
fn a_cluster_in_good_health_passes_every_step() {
    let (broker, _front, address) = secured("broker.pem");
    let created =
        ran(logbus(["topics", "create", "clicks", "-b", &address, "--command-config", "/dev/null"]).output().unwrap());
    // The plain listener of the broker itself is still there; through the front only TLS is.
    assert_eq!(created.code, 1, "{}", created.err);
    assert!(created.err.contains("the listener speaks TLS"), "{}", created.err);
    let report = doctor(&address, &ssl("trust.p12"), &[]);
    assert_eq!((report.code, report.err.as_str()), (0, ""), "{}", report.out);
    let steps: Vec<&str> = report.out.lines().filter_map(|line| line.get(6..)?.split_whitespace().next()).collect();
    let expected = ["dns", "tcp", "tls", "api-versions", "advertised", "describe-cluster", "list-topics"];
    assert_eq!(&steps[..7], expected, "{}", report.out);
    assert!(report.out.contains("CN=broker, O=Test for localhost, 127.0.0.1, signed by CN=TestCA, valid until 2119-"));
    let json = doctor(&address, &ssl("trust.jks"), &["-o", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(json["data"]["steps"][2]["step"], "tls");
    assert_eq!(json["data"]["steps"][2]["health"], "ok");
    drop(broker);
}

#[test]
fn a_topic_is_read_and_on_request_written() {
    let broker = Broker::start();
    let at = broker.bootstrap();
    assert_eq!(ran(logbus(["topics", "create", "clicks", "-b", &at]).output().unwrap()).code, 0);
    let report = doctor(&at, "", &["--topic", "clicks", "--write"]);
    assert_eq!(report.code, 0, "{}{}", report.out, report.err);
    assert!(report.out.contains("wrote one record to partition 0"), "{}", report.out);
    let report = doctor(&at, "", &["--topic", "clicks"]);
    assert!(report.out.contains("1 partitions, read "), "{}", report.out);
    finds(&doctor(&at, "", &["--topic", "nothing"]), 5, "fetch", &["nothing: there is no such topic"]);
}

#[test]
fn an_unknown_host() {
    finds(
        &doctor("no-such-host.invalid:9092", "", &[]),
        3,
        "dns",
        &["no-such-host.invalid:9092", "is the name right?"],
    );
}

#[test]
fn a_closed_port() {
    let address = format!("127.0.0.1:{}", free_port());
    finds(&doctor(&address, "", &[]), 3, "tcp", &["connection refused", "is it the right port?"]);
}

#[test]
fn a_port_of_something_else() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for socket in listener.incoming().flatten().take(4) {
            let mut socket = socket;
            let _ = socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
            // The request is read away, so that the answer is not lost with a reset.
            let _ = std::io::Read::read(&mut socket, &mut [0; 512]);
        }
    });
    finds(&doctor(&address, "", &[]), 3, "api-versions", &["not a Kafka listener?", "another program"]);
}

#[test]
fn a_tls_listener_and_a_plain_client() {
    let (_broker, _front, address) = secured("broker.pem");
    finds(&doctor(&address, "", &[]), 5, "tls", &["the listener speaks TLS", "security.protocol=SSL"]);
}

#[test]
fn a_plain_listener_and_a_tls_client() {
    let broker = Broker::start();
    let address = broker.bootstrap();
    finds(&doctor(&address, &ssl("trust.p12"), &[]), 5, "tls", &["the listener does not speak TLS", "PLAINTEXT"]);
}

#[test]
fn an_authority_that_is_not_trusted() {
    let (_broker, _front, address) = secured("broker.pem");
    // The client's own certificate is trusted, and did not sign the broker's.
    let file = "security.protocol=SSL\nssl.truststore.type=PEM\nssl.truststore.location=";
    let text = std::fs::read_to_string(fixture("client.pem")).unwrap();
    let own = text.split_inclusive("-----END CERTIFICATE-----").next().unwrap();
    let trust = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(trust.path(), &own[own.find("-----BEGIN CERTIFICATE").unwrap()..]).unwrap();
    let ran = doctor(&address, &format!("{file}{}\n", trust.path().display()), &[]);
    finds(
        &ran,
        5,
        "tls",
        &["CN=broker, O=Test (signed by CN=TestCA) is not signed by anybody", "ssl.truststore.location"],
    );
}

#[test]
fn a_certificate_for_another_host() {
    let (_broker, _front, address) = secured("elsewhere.pem");
    let ran = doctor(&address, &ssl("trust.p12"), &[]);
    finds(&ran, 5, "tls", &["CN=elsewhere, O=Test is for kafka.example.org, not for localhost"]);
    let unchecked = format!("{}ssl.endpoint.identification.algorithm=\n", ssl("trust.p12"));
    assert_eq!(doctor(&address, &unchecked, &[]).code, 0);
}

#[test]
fn a_certificate_that_has_expired() {
    let (_broker, _front, address) = secured("expired.pem");
    let ran = doctor(&address, &ssl("trust.p12"), &[]);
    finds(&ran, 5, "tls", &["CN=expired, O=Test expired at 2020-01-", "a new certificate"]);
}

#[test]
fn an_advertised_listener_that_nobody_listens_on() {
    let nobody = free_port();
    let broker = Broker::with(&[&format!("advertised.listeners=PLAINTEXT://127.0.0.1:{nobody}")]);
    let ran = doctor(&broker.bootstrap(), "", &[]);
    finds(&ran, 5, "advertised", &[&format!("broker 1 at 127.0.0.1:{nobody} is not reached"), "advertised.listeners"]);
}
