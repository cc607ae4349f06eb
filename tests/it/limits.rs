//! What a broker's settings bound: connections, frames, messages.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use logbus::model::{ErrorCode, TimestampMs};

use crate::harness::{Broker, PATIENCE, wait_until};
use crate::talk::{Talk, batch_of, code};

/// ApiVersions v0: length; API key 18, version 0; correlation id; no client id.
const HELLO: [u8; 14] = [0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff];

fn connect(broker: &Broker) -> TcpStream {
    let stream = TcpStream::connect(broker.bootstrap()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Whether the broker answers on a connection; not, when it closes it.
fn is_served(mut stream: &TcpStream) -> bool {
    // The broker may have closed already.
    let _ = stream.write_all(&HELLO);
    let mut length = [0; 4];
    if stream.read_exact(&mut length).is_err() {
        return false;
    }
    let mut answer = vec![0; i32::from_be_bytes(length) as usize];
    stream.read_exact(&mut answer).is_ok()
}

fn lines_with(broker: &Broker, text: &str) -> usize {
    broker.log_with(text).lines().filter(|line| line.contains(text)).count()
}

#[test]
fn an_address_over_max_connections_per_ip_is_turned_away_until_one_of_its_connections_ends() {
    let broker = Broker::with(&["max.connections.per.ip=2"]);
    let (first, second) = (connect(&broker), connect(&broker));
    assert!(is_served(&first) && is_served(&second));
    assert!(!is_served(&connect(&broker)), "a third is closed");
    assert_eq!(lines_with(&broker, "max.connections.per.ip"), 1, "log:\n{}", broker.log());
    assert!(is_served(&first) && is_served(&second), "the others stay");
    drop(first);
    assert!(wait_until(|| is_served(&connect(&broker))), "there is room again");
}

#[test]
fn connections_over_max_connections_wait_for_one_to_end() {
    let broker = Broker::with(&["max.connections=2"]);
    let (first, second) = (connect(&broker), connect(&broker));
    assert!(is_served(&first) && is_served(&second));
    let mut third = connect(&broker);
    third.write_all(&HELLO).unwrap();
    third.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    let waits = third.read(&mut [0; 4]).unwrap_err();
    assert_eq!(waits.kind(), std::io::ErrorKind::WouldBlock, "neither answered nor closed");
    assert!(is_served(&first) && is_served(&second), "the others stay");
    drop(first);
    third.set_read_timeout(Some(PATIENCE)).unwrap();
    third.read_exact(&mut [0; 4]).unwrap();
    assert_eq!(lines_with(&broker, "max.connections reached"), 1, "log:\n{}", broker.log());
}

#[test]
fn a_frame_over_socket_request_max_bytes_closes_its_connection_with_one_line() {
    let broker = Broker::with(&["socket.request.max.bytes=1000"]);
    let bystander = connect(&broker);
    let mut stream = connect(&broker);
    assert!(is_served(&stream), "a small frame is served");
    stream.write_all(&1001i32.to_be_bytes()).unwrap();
    assert_eq!(stream.read(&mut [0; 4]).unwrap(), 0, "closed at the length, before any byte of the frame");
    let _ = stream.shutdown(Shutdown::Both);
    assert!(is_served(&bystander), "nothing else happens");
    assert_eq!(lines_with(&broker, "socket.request.max.bytes"), 1, "log:\n{}", broker.log());
    assert_eq!(lines_with(&broker, "1001 bytes"), 1, "log:\n{}", broker.log());
}

#[test]
fn a_batch_over_message_max_bytes_is_refused_and_a_topic_may_have_its_own_bound() {
    let broker = Broker::with(&["message.max.bytes=2000"]);
    let talk = Talk::with(&broker.bootstrap());
    talk.create("small", 1, &[]);
    talk.create("large", 1, &["max.message.bytes=20000"]);
    let sized = |bytes: usize| {
        // The lengths inside take a byte or two more in a larger batch.
        let about = batch_of(&vec![b'x'; bytes - 100], TimestampMs(0)).len();
        let batch = batch_of(&vec![b'x'; bytes - 100 + (bytes - about)], TimestampMs::now());
        assert_eq!(batch.len(), bytes);
        batch
    };
    assert_eq!(code(&talk.produce("small", 0, sized(2000))), ErrorCode::None);
    let refused = talk.produce("small", 0, sized(2001));
    assert_eq!(code(&refused), ErrorCode::MessageTooLarge);
    assert!(refused.error_message.unwrap().contains("2000"), "the message names the bound");
    assert_eq!(code(&talk.produce("large", 0, sized(2001))), ErrorCode::None);
    assert_eq!(code(&talk.produce("large", 0, sized(20_001))), ErrorCode::MessageTooLarge);
}
