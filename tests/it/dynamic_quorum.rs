//! Voters that come, and move, by themselves (KIP-853): real controllers whose quorum stands in the log.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Stdio};

use crate::harness::{free_port, logbus, ran, signal_term, wait_for_exit, wait_until};

const CLUSTER: &str = "MkU3OEVBNTcwNTJENDM2Qg";

/// A controller, with a broker where it is the first.
struct Node {
    home: tempfile::TempDir,
    id: i32,
    broker: Option<u16>,
    process: Option<Child>,
}

impl Node {
    fn format(id: i32, controller: u16, broker: Option<u16>, bootstrap: u16, how: &str) -> Node {
        let node = Node { home: tempfile::tempdir().unwrap(), id, broker, process: None };
        node.set_controller_port(controller, bootstrap);
        let mut format = logbus(["kafka-storage", "format", "--cluster-id", CLUSTER, how, "--config"]);
        let outcome = ran(format.arg(node.config()).output().unwrap());
        assert_eq!(outcome.code, 0, "{outcome:?}");
        node
    }

    fn config(&self) -> PathBuf {
        self.home.path().join("server.properties")
    }

    fn set_controller_port(&self, controller: u16, bootstrap: u16) {
        let (roles, broker) = match self.broker {
            Some(port) => ("broker,controller", format!("PLAINTEXT://127.0.0.1:{port},")),
            None => ("controller", String::new()),
        };
        let settings = format!(
            "process.roles={roles}\nnode.id={}\nlisteners={broker}CONTROLLER://127.0.0.1:{controller}\n\
             controller.listener.names=CONTROLLER\nlistener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT\n\
             controller.quorum.bootstrap.servers=127.0.0.1:{bootstrap}\ncontroller.quorum.auto.join.enable=true\n\
             log.dirs={}\nlogbus.admin.listener=\n",
            self.id,
            self.home.path().join("data").display(),
        );
        fs::write(self.config(), settings).unwrap();
    }

    fn start(&mut self) {
        let log = fs::File::options().create(true).append(true).open(self.home.path().join("log")).unwrap();
        let mut command = logbus(["broker", "--config"]);
        let child = command.arg(self.config()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
        self.process = Some(child.unwrap());
    }

    fn stop(&mut self) {
        let mut child = self.process.take().unwrap();
        signal_term(child.id());
        assert!(wait_for_exit(&mut child).is_some_and(|status| status.success()), "{}", self.log());
    }

    fn log(&self) -> String {
        fs::read_to_string(self.home.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(mut child) = self.process.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        if std::thread::panicking() {
            eprintln!("--- log of node {}\n{}---", self.id, self.log());
        }
    }
}

/// `kafka-metadata-quorum describe --status`, its line of voters.
fn voters(broker: u16) -> String {
    let address = format!("127.0.0.1:{broker}");
    let status = ["kafka-metadata-quorum", "--bootstrap-server", &address, "describe", "--status"];
    let outcome = ran(logbus(status).output().unwrap());
    outcome.out.lines().find(|line| line.starts_with("CurrentVoters:")).unwrap_or_default().to_owned()
}

#[test]
fn controllers_join_by_themselves_and_tell_where_they_have_moved() {
    let (first, broker) = (free_port(), free_port());
    let ports: Vec<u16> = (0..3).map(|_| free_port()).collect();
    let mut one = Node::format(1, first, Some(broker), first, "--standalone");
    let mut others: Vec<Node> =
        [2, 3].into_iter().map(|id| Node::format(id, ports[id as usize - 2], None, first, "-N")).collect();
    one.start();
    others.iter_mut().for_each(Node::start);
    let is_voter = |line: &str, port: u16| line.contains(&format!("CONTROLLER://127.0.0.1:{port}\""));
    let all = || [first, ports[0], ports[1]].iter().all(|port| is_voter(&voters(broker), *port));
    assert!(wait_until(all), "{}", voters(broker));

    others[1].stop();
    others[1].set_controller_port(ports[2], first);
    others[1].start();
    let moved = || is_voter(&voters(broker), ports[2]) && !is_voter(&voters(broker), ports[1]);
    assert!(wait_until(moved), "{}", voters(broker));

    // The one that moved counts: with another one gone it makes the majority.
    others[0].stop();
    let address = format!("127.0.0.1:{broker}");
    let create = ["topics", "create", "t", "--partitions", "1", "--replication-factor", "1", "-b", &address];
    let outcome = ran(logbus(create).output().unwrap());
    assert_eq!(outcome.code, 0, "{outcome:?}");
}
