//! A new local cluster: its ports, its voters, and a settings file a node.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use super::error::{At as _, LocalError};
use super::layout::{Node, PROPERTIES, node_dir, nodes};
use crate::model::Properties;

/// A controller port is this far from the node's port for clients, and the admin daemon's as far again.
const PORTS_APART: u16 = 100;
/// More nodes than anyone tries on one machine; also what keeps the ranges of ports apart.
const MAX_NODES: u16 = PORTS_APART;
/// Voters of a new cluster unless told: more cost every write of metadata, and survive more than one loss.
const VOTERS: u16 = 3;

/// What to make.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How many nodes, numbered from 1.
    pub nodes: u16,
    /// How many of them, from 1 up, vote on the metadata; `None` for three, or one when there are fewer than three nodes.
    pub controllers: Option<u16>,
    /// The first node's port for clients; those of the others follow. `None` for free ones.
    pub base_port: Option<u16>,
    /// Settings for every node, over those that a local cluster has anyway.
    pub settings: Vec<(String, String)>,
}

/// The ports of one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ports {
    kafka: u16,
    controller: u16,
    admin: u16,
}

/// Makes the directories of a new cluster, with settings and without data.
///
/// # Errors
/// [`LocalError::Exists`], [`LocalError::Plan`], and the disk's.
pub fn create(dir: &Path, plan: &Plan) -> Result<Vec<Node>, LocalError> {
    if let Ok(found) = nodes(dir) {
        return Err(LocalError::Exists { dir: dir.to_owned(), nodes: found.len() });
    }
    let controllers = plan.voters()?;
    let ports = match plan.base_port {
        Some(base) => fixed_ports(base, plan.nodes)?,
        None => free_ports(plan.nodes).map_err(|e| LocalError::Plan(format!("cannot find free ports: {e}")))?,
    };
    let dir = std::path::absolute(dir).at("find", dir)?;
    // Backwards: only with the first node's file is it a cluster.
    for id in (1..=plan.nodes).rev() {
        let home = node_dir(&dir, i32::from(id));
        fs::create_dir_all(&home).at("create", &home)?;
        let path = home.join(PROPERTIES);
        let text = settings_of(id, &ports, controllers, &home, plan);
        fs::write(&path, text).at("write", &path)?;
    }
    nodes(&dir)
}

impl Plan {
    /// So many nodes, and nothing else asked for.
    pub const fn of(nodes: u16) -> Plan {
        Plan { nodes, controllers: None, base_port: None, settings: Vec::new() }
    }

    /// Whether its numbers make a cluster.
    ///
    /// # Errors
    /// [`LocalError::Plan`].
    pub fn check(&self) -> Result<(), LocalError> {
        self.voters()?;
        self.base_port.map_or(Ok(()), |base| fixed_ports(base, self.nodes).map(drop))
    }

    fn voters(&self) -> Result<u16, LocalError> {
        if self.nodes == 0 || self.nodes > MAX_NODES {
            return Err(LocalError::Plan(format!("{} nodes: write a number from 1 to {MAX_NODES}", self.nodes)));
        }
        let voters = self.controllers.unwrap_or(if self.nodes < VOTERS { 1 } else { VOTERS });
        if voters == 0 || voters > self.nodes {
            let nodes = self.nodes;
            return Err(LocalError::Plan(format!("{voters} controllers among {nodes} nodes: write 1 to {nodes}")));
        }
        Ok(voters)
    }
}

fn settings_of(id: u16, ports: &[Ports], controllers: u16, home: &Path, plan: &Plan) -> String {
    let is_controller = id <= controllers;
    let own = ports[usize::from(id - 1)];
    let voters = (1..=controllers).zip(ports);
    let voters = voters.map(|(id, p)| format!("{id}@127.0.0.1:{}", p.controller)).collect::<Vec<_>>();
    let addresses = ports.iter().take(usize::from(controllers));
    let addresses = addresses.map(|p| format!("127.0.0.1:{}", p.controller)).collect::<Vec<_>>();
    let replicas = plan.nodes.min(3).to_string();
    let in_sync = if plan.nodes < 3 { "1" } else { "2" }.to_owned();
    let mut listeners = format!("PLAINTEXT://127.0.0.1:{}", own.kafka);
    if is_controller {
        listeners.push_str(&format!(",CONTROLLER://127.0.0.1:{}", own.controller));
    }
    let mut settings: Properties = [
        ("process.roles", if is_controller { "broker,controller".to_owned() } else { "broker".to_owned() }),
        ("node.id", id.to_string()),
        ("listeners", listeners),
        ("controller.listener.names", "CONTROLLER".to_owned()),
        ("controller.quorum.voters", voters.join(",")),
        ("controller.quorum.bootstrap.servers", addresses.join(",")),
        ("log.dirs", home.join("data").display().to_string()),
        ("logbus.admin.listener", format!("127.0.0.1:{}", own.admin)),
        ("default.replication.factor", replicas.clone()),
        ("min.insync.replicas", in_sync.clone()),
        ("offsets.topic.replication.factor", replicas.clone()),
        ("transaction.state.log.replication.factor", replicas.clone()),
        ("transaction.state.log.min.isr", in_sync.clone()),
        ("share.coordinator.state.topic.replication.factor", replicas),
        ("share.coordinator.state.topic.min.isr", in_sync),
        ("group.initial.rebalance.delay.ms", "0".to_owned()),
    ]
    .into_iter()
    .collect();
    for (name, value) in &plan.settings {
        settings.set(name, value);
    }
    let mut text = "# A node of a local cluster. Edit it, then stop and start the node.\n".to_owned();
    for (name, value) in settings.iter() {
        text.push_str(&line(name, value));
    }
    text
}

/// A line as a person would write it; as Java would where that reads back as something else.
fn line(name: &str, value: &str) -> String {
    let plain = format!("{name}={value}\n");
    let read = Properties::parse_str(&plain);
    let is_same = read.len() == 1 && read.get(name) == Some(value) && plain.is_ascii();
    if is_same { plain } else { std::iter::once((name, value)).collect::<Properties>().to_text() }
}

fn fixed_ports(base: u16, nodes: u16) -> Result<Vec<Ports>, LocalError> {
    let port = |node: u16, group: u16| base.checked_add(group * PORTS_APART + node);
    let of = |node| Some(Ports { kafka: port(node, 0)?, controller: port(node, 1)?, admin: port(node, 2)? });
    let all: Option<Vec<Ports>> = (0..nodes).map(of).collect();
    all.filter(|_| base > 0).ok_or_else(|| {
        let last = u16::MAX - 2 * PORTS_APART - nodes + 1;
        LocalError::Plan(format!("base port {base}: {nodes} nodes need one from 1 to {last}"))
    })
}

/// Ports that nothing listens on; each is held until all are found, so that no two are the same.
fn free_ports(nodes: u16) -> std::io::Result<Vec<Ports>> {
    let bind = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let held = (0..nodes * 3).map(|_| bind()).collect::<std::io::Result<Vec<_>>>()?;
    let ports = held.iter().map(|l| Ok(l.local_addr()?.port())).collect::<std::io::Result<Vec<u16>>>()?;
    Ok(ports.chunks_exact(3).map(|p| Ports { kafka: p[0], controller: p[1], admin: p[2] }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(nodes: u16) -> Plan {
        Plan { nodes, controllers: None, base_port: Some(19_000), settings: Vec::new() }
    }

    fn read(dir: &Path, id: u16) -> Properties {
        Properties::parse(&fs::read(node_dir(dir, i32::from(id)).join(PROPERTIES)).unwrap())
    }

    #[test]
    fn three_nodes_vote_and_copy_everything_three_times() {
        let tmp = tempfile::tempdir().unwrap();
        let made = create(tmp.path(), &plan(3)).unwrap();
        let told: Vec<_> = made.iter().map(|n| (n.id, n.is_controller, n.kafka.clone().unwrap())).collect();
        assert_eq!(
            told,
            [
                (1, true, "127.0.0.1:19000".into()),
                (2, true, "127.0.0.1:19001".into()),
                (3, true, "127.0.0.1:19002".into())
            ]
        );
        assert_eq!(made[1].controller.as_deref(), Some("127.0.0.1:19101"));
        assert_eq!(made[1].admin.as_deref(), Some("127.0.0.1:19201"));
        let settings = read(tmp.path(), 2);
        assert_eq!(
            settings.get("controller.quorum.voters"),
            Some("1@127.0.0.1:19100,2@127.0.0.1:19101,3@127.0.0.1:19102")
        );
        for name in ["default.replication.factor", "offsets.topic.replication.factor"] {
            assert_eq!(settings.get(name), Some("3"), "{name}");
        }
        assert_eq!(settings.get("min.insync.replicas"), Some("2"));
    }

    #[test]
    fn nodes_past_the_voters_are_brokers_alone() {
        let tmp = tempfile::tempdir().unwrap();
        let made = create(tmp.path(), &plan(4)).unwrap();
        let last = &made[3];
        assert!(last.is_broker && !last.is_controller && last.controller.is_none());
        assert_eq!(read(tmp.path(), 4).get("listeners"), Some("PLAINTEXT://127.0.0.1:19003"));
    }

    #[test]
    fn two_nodes_have_one_voter_since_two_would_stop_with_either() {
        let tmp = tempfile::tempdir().unwrap();
        let made = create(tmp.path(), &plan(2)).unwrap();
        assert_eq!(made.iter().filter(|n| n.is_controller).count(), 1);
        assert_eq!(read(tmp.path(), 1).get("min.insync.replicas"), Some("1"));
    }

    #[test]
    fn settings_of_the_user_win_and_read_back_as_given() {
        let tmp = tempfile::tempdir().unwrap();
        let settings = vec![("min.insync.replicas".to_owned(), "1".to_owned()), ("a".to_owned(), " b\\ü".to_owned())];
        create(tmp.path(), &Plan { settings, ..plan(3) }).unwrap();
        let read = read(tmp.path(), 3);
        assert_eq!((read.get("min.insync.replicas"), read.get("a")), (Some("1"), Some(" b\\ü")));
    }

    #[test]
    fn a_cluster_is_not_made_over_another_nor_out_of_nothing() {
        let tmp = tempfile::tempdir().unwrap();
        let refused = |plan: &Plan| create(tmp.path(), plan).unwrap_err().to_string();
        assert!(refused(&plan(0)).starts_with("0 nodes: "));
        assert!(refused(&Plan { controllers: Some(4), ..plan(3) }).starts_with("4 controllers among 3 nodes: "));
        assert!(refused(&Plan { base_port: Some(65_400), ..plan(3) }).contains("1 to 65333"));
        create(tmp.path(), &Plan { base_port: None, ..plan(1) }).unwrap();
        assert!(refused(&plan(3)).starts_with("there is a cluster of 1 nodes in "));
    }

    #[test]
    fn free_ports_are_all_different() {
        let ports = free_ports(20).unwrap();
        let all: std::collections::BTreeSet<u16> =
            ports.iter().flat_map(|p| [p.kafka, p.controller, p.admin]).collect();
        assert_eq!(all.len(), 60);
    }

    #[test]
    fn the_last_base_port_that_fits_is_the_one_that_is_told() {
        assert_eq!(fixed_ports(65_333, 3).unwrap()[2], Ports { kafka: 65_335, controller: 65_435, admin: 65_535 });
        assert!(fixed_ports(65_334, 3).is_err());
    }
}
