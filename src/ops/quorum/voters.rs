//! Giving a controller a vote, and taking it (KIP-853).

use std::path::Path;

use serde::Serialize;

use super::as_text;
use crate::client::{ClientError, Cluster, Properties, Target};
use crate::log::files::MetaProperties;
use crate::model::Uuid;
use crate::ops::Result;
use crate::ops::cluster::{self, Side};
use crate::wire::messages::add_raft_voter::{AddRaftVoterRequest, Listener};
use crate::wire::messages::remove_raft_voter::RemoveRaftVoterRequest;

/// A controller that shall have a vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewVoter {
    /// `node.id`.
    pub id: i32,
    /// The id of its metadata directory.
    #[serde(serialize_with = "as_text")]
    pub directory_id: Uuid,
    /// Its controller listeners: name, host, port.
    pub endpoints: Vec<(String, String, u16)>,
}

impl NewVoter {
    /// `LISTENER://host:port`, one for each listener.
    pub fn addresses(&self) -> Vec<String> {
        self.endpoints.iter().map(|(name, host, port)| format!("{name}://{host}:{port}")).collect()
    }
}

/// Gives a controller a vote; the answer comes when the new set of voters is decided.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked, or refuses.
pub async fn add_voter(cluster: &Cluster, side: Side, voter: &NewVoter) -> Result<()> {
    let cluster = cluster::administrator(cluster, side).await?;
    let endpoints = voter.endpoints.iter();
    let request = AddRaftVoterRequest {
        cluster_id: None,
        timeout_ms: i32::try_from(cluster.config().request_timeout.as_millis()).unwrap_or(i32::MAX),
        voter_id: voter.id,
        voter_directory_id: voter.directory_id,
        listeners: endpoints
            .map(|(name, host, port)| Listener { name: name.clone(), host: host.clone(), port: *port })
            .collect(),
        ..Default::default()
    };
    let answer = cluster.request(Target::Any, &request).await?;
    let about = || format!("cannot add controller {}", voter.id);
    Ok(ClientError::check(answer.error_code, answer.error_message.as_deref(), about)?)
}

/// Takes the vote from a controller.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked, or refuses.
pub async fn remove_voter(cluster: &Cluster, side: Side, id: i32, directory_id: Uuid) -> Result<()> {
    let cluster = cluster::administrator(cluster, side).await?;
    let request = RemoveRaftVoterRequest { cluster_id: None, voter_id: id, voter_directory_id: directory_id };
    let answer = cluster.request(Target::Any, &request).await?;
    let about = || format!("cannot remove controller {id}");
    Ok(ClientError::check(answer.error_code, answer.error_message.as_deref(), about)?)
}

/// Reads a controller's own configuration as a new voter.
///
/// # Errors
/// What stands in the way, in Kafka's words.
pub fn new_voter(properties: &Properties) -> Result<NewVoter, String> {
    let id = properties
        .get("node.id")
        .ok_or("node.id not found in configuration file. Is this a valid controller configuration file?")?;
    let id: i32 = id.parse().ok().filter(|id| *id >= 0).ok_or_else(|| format!("Invalid node.id {id}"))?;
    let list = |key: &str| -> Vec<String> {
        let words = properties.get(key).unwrap_or_default().split(',').map(str::trim);
        words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let names = list("controller.listener.names");
    if names.is_empty() {
        return Err("controller.listener.names was not found. Is this a valid controller configuration file?".into());
    }
    if !list("process.roles").iter().any(|role| role == "controller") {
        return Err("process.roles did not contain 'controller'. Is this a valid controller configuration file?".into());
    }
    let directory =
        properties.get("metadata.log.dir").map(str::to_owned).or_else(|| list("log.dirs").into_iter().next());
    let directory = directory
        .or_else(|| properties.get("log.dir").map(str::to_owned))
        .ok_or("Neither metadata.log.dir nor log.dirs was found. Is this a valid controller configuration file?")?;
    let unreadable = || format!("Unable to read meta.properties from {directory}");
    let meta = MetaProperties::read(Path::new(&directory)).ok().flatten().ok_or_else(unreadable)?;
    let directory_id = meta.directory_id.ok_or_else(|| format!("No directory id found in {directory}"))?;
    let (listeners, advertised) = (list("listeners"), list("advertised.listeners"));
    let endpoint = |name: &String| {
        let of = |all: &[String]| all.iter().find(|l| l.split_once("://").is_some_and(|(n, _)| n == name)).cloned();
        let found = of(&advertised).or_else(|| of(&listeners));
        let (host, port) = found
            .as_deref()
            .and_then(|text| text.split_once("://")?.1.rsplit_once(':'))
            .ok_or_else(|| format!("Cannot find information about controller listener name: {name}"))?;
        let port = port.parse::<u16>().map_err(|_| format!("Invalid port {port} of controller listener {name}"))?;
        let host = if host.is_empty() { "localhost" } else { host };
        Ok((name.clone(), host.trim_matches(['[', ']']).to_owned(), port))
    };
    let endpoints = names.iter().map(endpoint).collect::<Result<Vec<_>, String>>()?;
    Ok(NewVoter { id, directory_id, endpoints })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_controllers_is_told_so() {
        let mut properties = Properties::default();
        assert!(new_voter(&properties).unwrap_err().starts_with("node.id not found in configuration file."));
        properties.set("node.id", "3");
        assert!(new_voter(&properties).unwrap_err().starts_with("controller.listener.names was not found."));
        properties.set("controller.listener.names", "CONTROLLER");
        assert!(new_voter(&properties).unwrap_err().starts_with("process.roles did not contain 'controller'."));
        properties.set("process.roles", "controller");
        properties.set("log.dirs", "/nowhere/at/all");
        assert_eq!(new_voter(&properties).unwrap_err(), "Unable to read meta.properties from /nowhere/at/all");
    }
}
