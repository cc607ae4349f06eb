//! A disk that fails once and is well again: what it failed is never taken for done, whatever it says afterwards.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use logbus::model::{ErrorCode, TimestampMs};
use logbus::wire::messages::list_offsets::{ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic};

use crate::harness::{Broker, signal_term, skip, wait_until};
use crate::talk::{Talk, batch_of, code};

/// Makes the next system call of a kind on one file fail with EIO, and no other. Ends with its value.
struct Failing(Child);

impl Failing {
    /// `None`, and a line on stderr, where processes cannot be traced.
    fn next(test: &str, pid: u32, call: &str, file: &Path) -> Option<Failing> {
        let mut strace = Command::new("strace");
        strace.args(["-f", "-p", &pid.to_string(), "-e", &format!("trace={call}"), "-P"]).arg(file);
        strace.args(["-e", &format!("inject={call}:error=EIO:when=1")]);
        let child = strace.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        let Ok(mut child) = child else {
            skip(test, "no strace");
            return None;
        };
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (said, heard) = std::sync::mpsc::channel();
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| drop(said.send(line))));
        // It says so once all threads are stopped that there are.
        match heard.recv_timeout(crate::harness::PATIENCE) {
            Ok(line) if line.contains("attached") => Some(Failing(child)),
            other => {
                let _ = child.kill();
                let _ = child.wait();
                skip(test, &format!("strace cannot trace a process: {other:?}"));
                None
            }
        }
    }
}

impl Drop for Failing {
    fn drop(&mut self) {
        // It lets go of the process in order.
        signal_term(self.0.id());
        let _ = self.0.wait();
    }
}

#[test]
fn a_write_or_sync_that_fails_once_is_not_tried_again_nor_acknowledged_later() {
    for call in ["fdatasync", "pwritev"] {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let log_dirs = format!("log.dirs={},{}", first.path().display(), second.path().display());
        let mut broker = Broker::with(&[&log_dirs]);
        let talk = Talk::with(&broker.bootstrap());
        talk.create("careful", 2, &["flush.messages=1"]);
        let produce = |talk: &Talk, partition: i32, value: &str| {
            code(&talk.produce("careful", partition, batch_of(value.as_bytes(), TimestampMs::now())))
        };
        for partition in 0..2 {
            assert_eq!(produce(&talk, partition, "first"), ErrorCode::None);
        }
        // The first directory has the metadata.
        let failing = (0..2).find(|p| second.path().join(format!("careful-{p}")).is_dir()).unwrap();
        let file = second.path().join(format!("careful-{failing}/00000000000000000000.log"));
        let Some(once) = Failing::next("a disk that fails once", broker.pid(), call, &file) else { return };
        assert_eq!(produce(&talk, failing, "failed"), ErrorCode::KafkaStorageError, "{call}");
        for _ in 0..3 {
            assert_eq!(
                produce(&talk, failing, "again"),
                ErrorCode::KafkaStorageError,
                "{call}: the disk is well again"
            );
        }
        drop(once);
        assert_eq!(produce(&talk, failing, "later"), ErrorCode::KafkaStorageError, "{call}: and nobody looks");
        assert_eq!(produce(&talk, 1 - failing, "other"), ErrorCode::None, "{call}: the other directory serves");
        let log = broker.log_with("out of service until a restart");
        assert!(log.contains("Input/output error") && log.contains(&file.display().to_string()), "{call}: {log}");

        broker.terminate();
        broker.start_again();
        let talk = Talk::with(&broker.bootstrap());
        // The controller hears that the directory is there again a moment after the broker is.
        let mut served = ErrorCode::NotLeaderOrFollower;
        wait_until(|| {
            served = produce(&talk, failing, "after");
            served != ErrorCode::NotLeaderOrFollower
        });
        assert_eq!(served, ErrorCode::None, "{call}");
        let end = talk.fetch("careful", failing, 0).high_watermark;
        let values = talk.read("careful", failing, usize::try_from(end).unwrap());
        // Of what was not acknowledged, the first try may stand there and nothing else.
        let expected: [&[&[u8]]; 2] = [&[b"first", b"after"], &[b"first", b"failed", b"after"]];
        assert!(expected.iter().any(|expected| values.iter().eq(expected.iter())), "{call}: {values:?}");
        assert_eq!(talk.read("careful", 1 - failing, 2), [&b"first"[..], b"other"], "{call}");
    }
}

#[test]
fn a_look_up_by_time_that_fails_takes_the_directory_out_of_service_and_the_broker_answers_on() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let log_dirs = format!("log.dirs={},{}", first.path().display(), second.path().display());
    let broker = Broker::with(&[&log_dirs]);
    let talk = Talk::with(&broker.bootstrap());
    talk.create("timed", 2, &[]);
    for partition in 0..2 {
        assert_eq!(code(&talk.produce("timed", partition, batch_of(b"x", TimestampMs(1_000)))), ErrorCode::None);
    }
    let failing = (0..2).find(|p| second.path().join(format!("timed-{p}")).is_dir()).unwrap();
    let file = second.path().join(format!("timed-{failing}/00000000000000000000.log"));
    let look_up = |talk: &Talk, partition: i32| {
        let wanted = ListOffsetsPartition { partition_index: partition, timestamp: 500, ..Default::default() };
        let topics = vec![ListOffsetsTopic { name: "timed".into(), partitions: vec![wanted] }];
        let answer = talk.ask(&ListOffsetsRequest { replica_id: -1, topics, ..Default::default() });
        ErrorCode::from_code(answer.topics[0].partitions[0].error_code)
    };
    let Some(once) = Failing::next("a look-up that fails", broker.pid(), "pread64", &file) else { return };
    assert_eq!(look_up(&talk, failing), ErrorCode::KafkaStorageError);
    drop(once);
    assert_eq!(look_up(&talk, 1 - failing), ErrorCode::None, "the other directory serves");
    assert!(broker.log_with("out of service until a restart").contains("Input/output error"));
}
