//! The admin daemon of a running broker, over plain HTTP.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Broker, logbus, wait_until};

/// An HTTP answer: status and body.
pub struct Answer {
    pub status: u16,
    pub body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e} in {}", self.body))
    }
}

/// One request on a connection of its own.
fn request(broker: &Broker, method: &str, path: &str, body: &str) -> Answer {
    let authority = broker.admin().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&authority).expect("the admin daemon listens");
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let head = format!("{method} {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n");
    let about_body = format!("Content-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(format!("{head}{about_body}{body}").as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status line");
    Answer { status, body: body.to_owned() }
}

pub fn get(broker: &Broker, path: &str) -> Answer {
    request(broker, "GET", path, "")
}

/// The path of the cluster, from the list of clusters.
fn cluster(broker: &Broker) -> String {
    let clusters = get(broker, "/v3/clusters").json();
    assert_eq!(clusters["kind"], "KafkaClusterList");
    format!("/v3/clusters/{}", clusters["data"][0]["cluster_id"].as_str().unwrap())
}

#[test]
fn a_started_broker_is_healthy_and_ready() {
    let broker = Broker::start();
    assert_eq!(get(&broker, "/healthz").json(), json!({"status": "ok"}));
    assert!(wait_until(|| get(&broker, "/readyz").status == 200));
}

#[test]
fn the_cluster_links_to_its_brokers_and_they_say_where_they_listen() {
    let broker = Broker::start();
    let cluster = cluster(&broker);
    let resource = get(&broker, &cluster).json();
    assert_eq!(resource["metadata"]["self"], format!("{}{cluster}", broker.admin()));
    let brokers = get(&broker, &format!("{cluster}/brokers")).json();
    let only = &brokers["data"][0];
    assert_eq!(format!("{}:{}", only["host"].as_str().unwrap(), only["port"]), broker.bootstrap());
    assert_eq!(get(&broker, &format!("{cluster}/brokers/1")).json()["broker_id"], 1);
    assert_eq!(get(&broker, &format!("{cluster}/brokers/7")).status, 404);
    assert_eq!(get(&broker, &format!("{cluster}/brokers/seven")).status, 400);
}

#[test]
fn a_topic_can_be_created_read_and_deleted() {
    let broker = Broker::start();
    let topics = format!("{}/topics", cluster(&broker));
    let wanted = json!({
        "topic_name": "clicks",
        "partitions_count": 3,
        "replication_factor": 1,
        "configs": [{"name": "retention.ms", "value": "3600000"}],
    })
    .to_string();

    let tried = request(&broker, "POST", &topics, &wanted.replace("}]", "}],\"validate_only\":true"));
    assert_eq!(tried.status, 200, "{}", tried.body);
    assert_eq!(get(&broker, &format!("{topics}/clicks")).status, 404, "only asked about");

    let created = request(&broker, "POST", &topics, &wanted);
    assert_eq!((created.status, &created.json()["partitions_count"]), (201, &json!(3)), "{}", created.body);
    let again = request(&broker, "POST", &topics, &wanted);
    assert_eq!((again.status, &again.json()["error_code"]), (400, &json!(40002)));

    let topic = get(&broker, &format!("{topics}/clicks")).json();
    assert_eq!((&topic["kind"], &topic["replication_factor"]), (&json!("KafkaTopic"), &json!(1)));
    let configs = get(&broker, &format!("{topics}/clicks/configs")).json();
    let retention = configs["data"].as_array().unwrap().iter().find(|c| c["name"] == "retention.ms").unwrap();
    assert_eq!((&retention["value"], &retention["source"]), (&json!("3600000"), &json!("DYNAMIC_TOPIC_CONFIG")));
    let partitions = get(&broker, &format!("{topics}/clicks/partitions")).json();
    assert_eq!(partitions["data"].as_array().unwrap().len(), 3);
    let replicas = get(&broker, &format!("{topics}/clicks/partitions/2/replicas")).json();
    assert_eq!((&replicas["data"][0]["is_leader"], &replicas["data"][0]["is_in_sync"]), (&json!(true), &json!(true)));
    assert_eq!(get(&broker, &format!("{topics}/clicks/partitions/3")).json()["error_code"], 40402);

    assert_eq!(request(&broker, "DELETE", &format!("{topics}/clicks"), "").status, 204);
    assert!(wait_until(|| get(&broker, &format!("{topics}/clicks")).status == 404));
    assert_eq!(request(&broker, "DELETE", &format!("{topics}/clicks"), "").json()["error_code"], 40403);
}

#[test]
fn what_is_not_there_or_not_understood_is_said_in_json() {
    let broker = Broker::start();
    let topics = format!("{}/topics", cluster(&broker));
    for (answer, status) in [
        (get(&broker, "/v3/nothing"), 404),
        (get(&broker, "/v3/clusters/another"), 404),
        (request(&broker, "DELETE", "/healthz", ""), 405),
        (request(&broker, "POST", &topics, "{not json"), 400),
        (request(&broker, "POST", &topics, "{}"), 400),
        (request(&broker, "POST", &topics, r#"{"topic_name":"a b"}"#), 400),
        (request(&broker, "POST", &topics, r#"{"topic_name":"x","replication_factor":3}"#), 400),
    ] {
        assert_eq!(answer.status, status, "{}", answer.body);
        let body = answer.json();
        assert!(body["error_code"].is_i64() && body["message"].is_string(), "{body}");
    }
}

#[test]
fn the_metrics_page_counts_what_clients_did() {
    let broker = Broker::start();
    let out = logbus(["topics", "create", "counted", "-b", &broker.bootstrap()]).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let page = get(&broker, "/metrics").body;
    let has = |line: &str| page.lines().any(|l| l.starts_with(line));
    assert!(has("# TYPE kafka_server_brokertopicmetrics_bytesin_total counter"), "{page}");
    assert!(has("kafka_network_requestmetrics_requests_total{request=\"CreateTopics\"} 1"), "{page}");
    assert!(has("kafka_log_log_logendoffset{topic=\"counted\",partition=\"0\"} 0"), "{page}");
    assert!(has("kafka_controller_kafkacontroller_activebrokercount 1"), "{page}");
    assert!(has("process_resident_memory_bytes "), "{page}");
}

#[test]
fn every_route_of_the_document_is_served() {
    let broker = Broker::start();
    let document = get(&broker, "/openapi.json").json();
    let id = cluster(&broker).rsplit('/').next().unwrap().to_owned();
    for (path, operations) in document["paths"].as_object().unwrap() {
        if operations["get"].is_null() {
            continue;
        }
        let filled = path
            .replace("{cluster_id}", &id)
            .replace("{topic_name}", "nosuch")
            .replace("{consumer_group_id}", "nosuch")
            .replace("{broker_id}", "1")
            .replace("{partition_id}", "0");
        let mut answer = Answer { status: 0, body: String::new() };
        // The first question about a group makes the broker create the topic that holds groups: 503 for a moment.
        wait_until(|| {
            answer = get(&broker, &filled);
            answer.status < 500
        });
        // A missing topic is a refusal of the handler; a missing route is not.
        assert!(!answer.body.contains("HTTP 404"), "{path} is in the document and not in the router");
        assert!(answer.status < 500, "{path}: {}", answer.body);
    }
}
