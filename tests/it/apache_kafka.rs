//! An Apache Kafka for parity tests, from the jars in `.cache/kafka-libs`: one KRaft node, a small heap, free ports.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use crate::harness::{collect, free_port, has_live_broker, repository, skip, wait_until};

/// The class path of Apache Kafka; `None`, and a line on stderr, when jars or Java are missing.
pub fn class_path(test: &str) -> Option<String> {
    let libs = repository().join(".cache/kafka-libs");
    if !libs.join("complete").exists() {
        skip(test, "no Apache Kafka jars");
        return None;
    }
    if Command::new("java").arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        skip(test, "no java");
        return None;
    }
    Some(format!("{}/*", libs.display()))
}

/// `java`, tuned to start fast.
pub fn java(class_path: &str) -> Command {
    let mut command = Command::new("java");
    command.args(["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-cp", class_path]);
    command
}

/// A running Apache Kafka. Dropping it kills the process and removes its directory.
pub struct ApacheKafka {
    child: Child,
    output: Arc<Mutex<String>>,
    directory: tempfile::TempDir,
    class_path: String,
    port: u16,
}

impl ApacheKafka {
    /// Formats and starts one; `None`, and a line on stderr, when it is not installed.
    pub fn start(test: &str) -> Option<ApacheKafka> {
        let directory = tempfile::tempdir().expect("a temporary directory");
        ApacheKafka::start_in(test, directory, &[])
    }

    /// Starts one on a directory that may already hold `data/`, with more lines for its `server.properties`.
    pub fn start_in(test: &str, directory: tempfile::TempDir, more: &[&str]) -> Option<ApacheKafka> {
        ApacheKafka::start_with(test, directory, more, &[])
    }

    /// The same with more words for the format command. `{port}` and `{controller}` in the lines stand for the ports of
    /// the first listener and of the controller.
    pub fn start_with(test: &str, directory: tempfile::TempDir, more: &[&str], format: &[&str]) -> Option<ApacheKafka> {
        let class_path = class_path(test)?;
        let (port, controller) = (free_port(), free_port());
        let properties = directory.path().join("server.properties");
        let data = directory.path().join("data");
        let text = format!(
            "process.roles=broker,controller\nnode.id=1\nlog.dirs={}\n\
             listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}\n\
             controller.listener.names=CONTROLLER\ncontroller.quorum.bootstrap.servers=127.0.0.1:{controller}\n\
             offsets.topic.replication.factor=1\noffsets.topic.num.partitions=4\n\
             transaction.state.log.replication.factor=1\ntransaction.state.log.min.isr=1\n\
             group.initial.rebalance.delay.ms=0\n{}\n",
            data.display(),
            more.join("\n").replace("{port}", &port.to_string()).replace("{controller}", &controller.to_string())
        );
        std::fs::write(&properties, text).expect("the directory is ours");
        if !data.join("meta.properties").exists() {
            let format = java(&class_path)
                .args(["kafka.tools.StorageTool", "format", "--standalone", "-t", "5L6g3nShT-eMCtK--X86sw", "-c"])
                .arg(&properties)
                .args(format)
                .output()
                .expect("java runs");
            assert!(format.status.success(), "{}", String::from_utf8_lossy(&format.stderr));
        }
        let (child, output) = spawn(&class_path, &properties);
        let mut kafka = ApacheKafka { child, output, directory, class_path, port };
        kafka.wait_until_ready();
        Some(kafka)
    }

    fn wait_until_ready(&mut self) {
        let (port, child) = (self.port, &mut self.child);
        let is_ready = wait_until(|| has_live_broker(port) || matches!(child.try_wait(), Ok(Some(_))));
        assert!(is_ready && has_live_broker(port), "Apache Kafka did not start:\n{}", self.output());
    }

    /// `host:port` of the broker.
    pub fn bootstrap(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// Its `server.properties`.
    pub fn properties(&self) -> PathBuf {
        self.directory.path().join("server.properties")
    }

    /// The class path of its tools.
    pub fn class_path(&self) -> &str {
        &self.class_path
    }

    /// What it has printed.
    pub fn output(&self) -> String {
        self.output.lock().expect("the reader does not panic").clone()
    }

    /// SIGKILL, and a start on the same directory and ports.
    pub fn kill_and_start_again(&mut self) {
        self.kill_and_start_again_after(|_| {});
    }

    /// SIGKILL, a change of the data directory, and a start on what it is then.
    pub fn kill_and_start_again_after(&mut self, change: impl FnOnce(&Path)) {
        self.stop();
        change(&self.data());
        (self.child, self.output) = spawn(&self.class_path, &self.directory.path().join("server.properties"));
        self.wait_until_ready();
    }

    fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for ApacheKafka {
    fn drop(&mut self) {
        self.stop();
    }
}

fn spawn(class_path: &str, properties: &Path) -> (Child, Arc<Mutex<String>>) {
    let mut child = java(class_path)
        .arg("kafka.Kafka")
        .arg(properties)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("java runs");
    let output = collect(child.stderr.take().expect("piped"));
    (child, output)
}
