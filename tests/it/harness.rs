//! A real broker process for a test: its own directory, free ports, and an end of its own choosing.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

/// Bounds how long a process may hang before its test fails; a healthy one never waits for it.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The binary under test: the one that `LOGBUS_BIN` names, else the one that this build made.
pub fn logbus_bin() -> PathBuf {
    std::env::var_os("LOGBUS_BIN").map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_logbus")), PathBuf::from)
}

/// The root of the repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A `logbus` command that talks to a cluster.
pub fn logbus(args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
    let mut command = Command::new(logbus_bin());
    command.args(args).env_remove("LOGBUS_BOOTSTRAP_SERVER").env_remove("LOGBUS_PROFILE");
    // What commands write as their way back does not belong in the repository.
    command.env("LOGBUS_UNDO_DIR", env!("CARGO_TARGET_TMPDIR"));
    // The profiles of whoever runs the tests are none of their business.
    command.env("XDG_CONFIG_HOME", "/dev/null/config");
    command
}

/// What a command came to.
#[derive(Debug)]
pub struct Ran {
    /// Its exit code; -1 after a signal.
    pub code: i32,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
}

/// Reads what a command came to.
pub fn ran(output: Output) -> Ran {
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Runs a command with a text on its standard input.
pub fn feed(command: &mut Command, input: &str) -> Ran {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command is there");
    // One that stops at a bad line does not read the rest.
    let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
    ran(child.wait_with_output().expect("the command is our child"))
}

/// A port that nothing listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

/// Says on stderr, past the test runner's capture, that a test cannot run here.
pub fn skip(test: &str, missing: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED {test}: {missing} (scripts/setup-test-env installs it)");
}

/// A running `logbus broker`. Dropping it kills the process and removes its directory.
pub struct Broker {
    child: Child,
    stderr: Arc<Mutex<String>>,
    ready: String,
    directory: tempfile::TempDir,
    kafka_port: u16,
    admin_port: u16,
    overrides: Vec<String>,
}

impl Broker {
    /// Starts a broker on an empty directory.
    pub fn start() -> Broker {
        Broker::with(&[])
    }

    /// Starts a broker with settings, as `name=value`.
    pub fn with(overrides: &[&str]) -> Broker {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let (kafka_port, admin_port) = (free_port(), free_port());
        let overrides: Vec<String> = overrides.iter().map(|&setting| setting.to_owned()).collect();
        let (child, stderr, ready) = spawn(&directory.path().join("data"), kafka_port, admin_port, &overrides);
        Broker { child, stderr, ready, directory, kafka_port, admin_port, overrides }
    }

    /// `host:port` of the Kafka listener.
    pub fn bootstrap(&self) -> String {
        format!("127.0.0.1:{}", self.kafka_port)
    }

    /// The base URL of the admin daemon.
    pub fn admin(&self) -> String {
        format!("http://127.0.0.1:{}", self.admin_port)
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// The line that the broker printed when it was ready.
    pub fn ready_line(&self) -> &str {
        &self.ready
    }

    /// What the broker has logged so far.
    pub fn log(&self) -> String {
        self.stderr.lock().expect("the reader does not panic").clone()
    }

    /// What the broker has logged once `text` is in it: its lines come through a pipe, some time after what they tell of.
    pub fn log_with(&self, text: &str) -> String {
        wait_until(|| self.log().contains(text));
        self.log()
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL: the process has no say.
    pub fn kill(&mut self) {
        self.child.kill().expect("the broker is our child");
        self.child.wait().expect("the broker is our child");
    }

    /// SIGTERM, and the controlled shutdown that follows.
    pub fn terminate(&mut self) -> ExitStatus {
        signal_term(self.pid());
        wait_for_exit(&mut self.child).unwrap_or_else(|| panic!("no end after SIGTERM; log:\n{}", self.log()))
    }

    /// Starts the broker again, on the same directory and ports, after [`Broker::kill`] or [`Broker::terminate`].
    pub fn start_again(&mut self) {
        let (child, stderr, ready) = spawn(&self.data(), self.kafka_port, self.admin_port, &self.overrides);
        (self.child, self.stderr, self.ready) = (child, stderr, ready);
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let _ = writeln!(std::io::stderr(), "--- log of the broker\n{}---", self.log());
        }
    }
}

fn spawn(data: &Path, kafka: u16, admin: u16, overrides: &[String]) -> (Child, Arc<Mutex<String>>, String) {
    let mut command = logbus(["broker"]);
    command.arg("--data-dir").arg(data);
    command.args(["--listener", &format!("PLAINTEXT://127.0.0.1:{kafka}")]);
    command.args(["--admin-listener", &format!("127.0.0.1:{admin}")]);
    for setting in overrides {
        command.args(["--override", setting]);
    }
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("cannot start {}: {e}", logbus_bin().display()));
    let stderr = collect(child.stderr.take().expect("piped"));
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let (said, heard) = mpsc::channel();
    // The thread reads on after the first line, so that the broker never blocks on a full pipe.
    std::thread::spawn(move || {
        while let Some(Ok(line)) = lines.next() {
            let _ = said.send(line);
        }
    });
    let log = || stderr.lock().expect("the reader does not panic").clone();
    let Ok(ready) = heard.recv_timeout(PATIENCE) else {
        let _ = child.kill();
        let _ = child.wait();
        panic!("the broker never became ready; log:\n{}", log());
    };
    assert!(ready.starts_with("logbus ready: "), "first line {ready:?}; log:\n{}", log());
    (child, stderr, ready)
}

/// A small file system in memory, to be filled up. Dropping it unmounts it.
pub struct TinyDisk {
    directory: tempfile::TempDir,
}

impl TinyDisk {
    /// Mounts one of so many MiB; `None`, and a line on stderr, where that is not allowed.
    pub fn mount(test: &str, mib: usize) -> Option<TinyDisk> {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={mib}m"), "tmpfs"]).arg(directory.path());
        let mounted = mount.stdout(Stdio::null()).stderr(Stdio::null()).status();
        if !mounted.is_ok_and(|status| status.success()) {
            let _ = writeln!(std::io::stderr(), "SKIPPED {test}: cannot mount a tmpfs (that takes root)");
            return None;
        }
        Some(TinyDisk { directory })
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }
}

impl Drop for TinyDisk {
    fn drop(&mut self) {
        // Lazily: a test that failed may have left a file open.
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

/// Gathers a stream in the background.
pub fn collect(mut stream: impl Read + Send + 'static) -> Arc<Mutex<String>> {
    let text = Arc::new(Mutex::new(String::new()));
    let sink = Arc::clone(&text);
    std::thread::spawn(move || {
        let mut buffer = [0u8; 8192];
        while let Ok(n @ 1..) = stream.read(&mut buffer) {
            if let Ok(mut text) = sink.lock() {
                text.push_str(&String::from_utf8_lossy(&buffer[..n]));
            }
        }
    });
    text
}

/// Sends SIGTERM.
pub fn signal_term(pid: u32) {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw).expect("a live process has an id");
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("the process is our child");
}

/// Waits for a process to end by itself; `None` when it does not.
pub fn wait_for_exit(child: &mut Child) -> Option<ExitStatus> {
    let mut status = None;
    wait_until(|| {
        status = child.try_wait().expect("the process is our child");
        status.is_some()
    });
    status
}

/// Polls until a condition holds; whether it did before patience ran out.
pub fn wait_until(mut holds: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        if holds() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    holds()
}

/// Whether a Kafka server answers there and knows of a live broker: one Metadata request, v1, by hand.
pub fn has_live_broker(port: u16) -> bool {
    let ask = || -> std::io::Result<i32> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        // length; api key 3, version 1; correlation id; no client id; no topics
        let request = [0, 0, 0, 14, 0, 3, 0, 1, 0, 0, 0, 7, 0xff, 0xff, 0, 0, 0, 0];
        stream.write_all(&request)?;
        let mut head = [0u8; 12];
        stream.read_exact(&mut head)?;
        Ok(i32::from_be_bytes([head[8], head[9], head[10], head[11]]))
    };
    matches!(ask(), Ok(1..))
}
