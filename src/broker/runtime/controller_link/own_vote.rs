//! What the quorum must know of this node's vote (KIP-853): that it is reached elsewhere than the log says, and, with
//! `controller.quorum.auto.join.enable`, that it wants one.

use std::time::Duration;

use super::{ControllerLink, Manner};
use crate::broker::runtime::quorum::{Voter, VoterChange};
use crate::broker::state::controller::Refusal;
use crate::log::storage::VoterEndpoint;
use crate::model::{BrokerId, ErrorCode};
use crate::wire::messages::add_raft_voter::{self, AddRaftVoterRequest};
use crate::wire::messages::describe_quorum::{
    DescribeQuorumRequest, DescribeQuorumRequestPartitionData, DescribeQuorumRequestTopicData, DescribeQuorumResponse,
    DescribeQuorumResponsePartitionData,
};
use crate::wire::messages::remove_raft_voter::RemoveRaftVoterRequest;
use crate::wire::messages::update_raft_voter::{self, KRaftVersionFeature, UpdateRaftVoterRequest};

/// Pause after a change that was refused, not heard, or followed by another: a node that joins must catch up first.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// How long the leader may take over a change.
const CHANGE_TIMEOUT_MS: i32 = 30_000;

/// A node's own place in the quorum, as it should be.
#[derive(Clone, Debug)]
pub struct OwnVote {
    /// This node as a voter.
    pub voter: Voter,
    /// Whether its endpoints were set by name: a guess is no reason to change what the voters know.
    pub is_stated: bool,
    /// `controller.quorum.auto.join.enable`.
    pub joins: bool,
    /// `controller.quorum.bootstrap.servers`.
    pub bootstrap: Vec<String>,
    /// The cluster's id.
    pub cluster_id: String,
}

impl OwnVote {
    /// What must change for the voters to know this node rightly. Where voters stand in files (kraft.version 0) nothing
    /// can.
    fn wish(&self, voters: &[Voter]) -> Option<VoterChange> {
        if voters.is_empty() || voters.iter().any(|voter| voter.directory_id.is_zero()) {
            return None;
        }
        match voters.iter().find(|voter| voter.id == self.voter.id) {
            Some(known) if known.directory_id == self.voter.directory_id => {
                let moved = self.is_stated && known.endpoints != self.voter.endpoints;
                moved.then(|| VoterChange::Update(self.voter.clone()))
            }
            // This node with another disk: that vote is lost, and counts against every majority.
            Some(former) => {
                self.joins.then_some(VoterChange::Remove { id: former.id, directory_id: former.directory_id })
            }
            None => self.joins.then(|| VoterChange::Add(self.voter.clone())),
        }
    }
}

impl ControllerLink {
    /// Keeps this node's vote as `own` says, under whichever node leads; never returns.
    pub async fn keep_vote(self, own: OwnVote) {
        let mut leadership = self.leadership();
        let mut voters = self.quorum().voters();
        let mut alone = false;
        loop {
            let leader = leadership.borrow_and_update().leader;
            voters.borrow_and_update();
            let outcome = match leader {
                Some(_) => self.settle_vote(&own).await,
                // It may be that the others do not find this node where it is now: so it must find them.
                None if alone => self.settle_from_afar(&own).await,
                None => Ok(true),
            };
            alone = leader.is_none() && !own.bootstrap.is_empty();
            let mut pause = AGAIN_AFTER;
            match outcome {
                Ok(false) if leader.is_some() || own.bootstrap.is_empty() => pause = Duration::from_hours(1),
                Ok(_) => {}
                Err(refusal) => {
                    if !matches!(refusal.code, ErrorCode::NotController | ErrorCode::RequestTimedOut) {
                        tracing::warn!("this node's vote stays as it is: {}", refusal.text());
                    }
                }
            }
            tokio::select! {
                changed = leadership.changed() => if changed.is_err() { return },
                changed = voters.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Has what is wrong changed; whether something was.
    async fn settle_vote(&self, own: &OwnVote) -> Result<bool, Refusal> {
        let Some(change) = own.wish(&self.known_voters().await?) else { return Ok(false) };
        tracing::info!(?change, "telling the metadata quorum of this node's vote");
        let code = match &change {
            // Nobody wishes that for one voter.
            VoterChange::Name { .. } => return Ok(false),
            VoterChange::Add(voter) => {
                let request = add_request(own, voter);
                let answer = self.change_voters(request, change, |answer| answer.error_code).await?;
                answer.map_or(0, |answer| answer.error_code)
            }
            VoterChange::Remove { id, directory_id } => {
                let request = RemoveRaftVoterRequest {
                    cluster_id: Some(own.cluster_id.clone()),
                    voter_id: id.get(),
                    voter_directory_id: *directory_id,
                };
                let answer = self.change_voters(request, change, |answer| answer.error_code).await?;
                answer.map_or(0, |answer| answer.error_code)
            }
            VoterChange::Update(voter) => {
                let request = update_request(own, voter, self.leadership().borrow().epoch.get());
                let answer = self.change_voters(request, change, |answer| answer.error_code).await?;
                answer.map_or(0, |answer| answer.error_code)
            }
        };
        match ErrorCode::from_code(code) {
            ErrorCode::None => Ok(true),
            code => Err(Refusal::bare(code)),
        }
    }

    /// Has it told where this node is, by any controller that passes it on to the leader.
    async fn settle_from_afar(&self, own: &OwnVote) -> Result<bool, Refusal> {
        for address in &own.bootstrap {
            let Ok(answer) = self.send(Manner::Own, address, &whole_quorum()).await else { continue };
            let Some(VoterChange::Update(voter)) = own.wish(&voters_in(&answer)) else { continue };
            tracing::info!(%address, "telling the metadata quorum where this node is");
            let leader_epoch = partitions_of(&answer).next().map_or(-1, |partition| partition.leader_epoch);
            let answer = self.send(Manner::Own, address, &update_request(own, &voter, leader_epoch)).await?;
            return match ErrorCode::from_code(answer.error_code) {
                ErrorCode::None => Ok(true),
                code => Err(Refusal::bare(code)),
            };
        }
        Ok(false)
    }

    /// The voters as the leader knows them.
    async fn known_voters(&self) -> Result<Vec<Voter>, Refusal> {
        match self.describe_quorum(whole_quorum()).await? {
            Some(answer) => Ok(voters_in(&answer)),
            None => {
                let status = self.quorum().status();
                let endpoints = |id: BrokerId| {
                    status.endpoints.iter().find(|(of, _)| *of == id).map(|(_, list)| list.clone()).unwrap_or_default()
                };
                let voters = status.voters.iter();
                Ok(voters
                    .map(|v| Voter { id: v.id, directory_id: v.directory_id, endpoints: endpoints(v.id) })
                    .collect())
            }
        }
    }
}

fn whole_quorum() -> DescribeQuorumRequest {
    let partitions = vec![DescribeQuorumRequestPartitionData { partition_index: 0 }];
    let topics = vec![DescribeQuorumRequestTopicData { topic_name: "__cluster_metadata".into(), partitions }];
    DescribeQuorumRequest { topics }
}

fn partitions_of(answer: &DescribeQuorumResponse) -> impl Iterator<Item = &DescribeQuorumResponsePartitionData> {
    answer.topics.iter().flat_map(|topic| &topic.partitions)
}

fn voters_in(answer: &DescribeQuorumResponse) -> Vec<Voter> {
    let endpoints = |id: i32| {
        let node = answer.nodes.iter().find(|node| node.node_id == id);
        let listeners = node.map(|node| node.listeners.iter()).into_iter().flatten();
        listeners.map(|l| VoterEndpoint { listener: l.name.clone(), host: l.host.clone(), port: l.port }).collect()
    };
    partitions_of(answer)
        .flat_map(|partition| &partition.current_voters)
        .map(|voter| Voter {
            id: BrokerId(voter.replica_id),
            directory_id: voter.replica_directory_id,
            endpoints: endpoints(voter.replica_id),
        })
        .collect()
}

fn add_request(own: &OwnVote, voter: &Voter) -> AddRaftVoterRequest {
    let listener =
        |e: &VoterEndpoint| add_raft_voter::Listener { name: e.listener.clone(), host: e.host.clone(), port: e.port };
    AddRaftVoterRequest {
        cluster_id: Some(own.cluster_id.clone()),
        timeout_ms: CHANGE_TIMEOUT_MS,
        voter_id: voter.id.get(),
        voter_directory_id: voter.directory_id,
        listeners: voter.endpoints.iter().map(listener).collect(),
        // The new voter may be needed for the majority that commits its own vote.
        ack_when_committed: false,
    }
}

fn update_request(own: &OwnVote, voter: &Voter, leader_epoch: i32) -> UpdateRaftVoterRequest {
    let listener = |e: &VoterEndpoint| update_raft_voter::Listener {
        name: e.listener.clone(),
        host: e.host.clone(),
        port: e.port,
    };
    UpdateRaftVoterRequest {
        cluster_id: Some(own.cluster_id.clone()),
        current_leader_epoch: leader_epoch,
        voter_id: voter.id.get(),
        voter_directory_id: voter.directory_id,
        listeners: voter.endpoints.iter().map(listener).collect(),
        k_raft_version_feature: KRaftVersionFeature { min_supported_version: 0, max_supported_version: 1 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Uuid;

    fn voter(id: i32, disk: u128, port: u16) -> Voter {
        let endpoint = VoterEndpoint { listener: "CONTROLLER".into(), host: "h".into(), port };
        Voter { id: BrokerId(id), directory_id: Uuid(disk), endpoints: vec![endpoint] }
    }

    fn own(joins: bool) -> OwnVote {
        OwnVote { voter: voter(3, 30, 9093), is_stated: true, joins, bootstrap: Vec::new(), cluster_id: "c".into() }
    }

    #[test]
    fn a_voter_that_is_reached_elsewhere_says_so() {
        let known = [voter(1, 10, 1), voter(3, 30, 9093)];
        assert_eq!(own(false).wish(&known), None);
        let moved = [voter(1, 10, 1), voter(3, 30, 9999)];
        assert_eq!(own(false).wish(&moved), Some(VoterChange::Update(voter(3, 30, 9093))));
        assert_eq!(OwnVote { is_stated: false, ..own(false) }.wish(&moved), None);
    }

    #[test]
    fn a_node_without_a_vote_asks_for_one_only_where_it_may() {
        let others = [voter(1, 10, 1), voter(2, 20, 2)];
        assert_eq!(own(false).wish(&others), None);
        assert_eq!(own(true).wish(&others), Some(VoterChange::Add(voter(3, 30, 9093))));
        assert_eq!(own(true).wish(&[]), None, "nobody knows who votes");
    }

    #[test]
    fn the_vote_of_a_lost_disk_goes_before_the_new_one_comes() {
        let known = [voter(1, 10, 1), voter(3, 7, 9093)];
        let lost = VoterChange::Remove { id: BrokerId(3), directory_id: Uuid(7) };
        assert_eq!((own(true).wish(&known), own(false).wish(&known)), (Some(lost), None));
    }

    #[test]
    fn voters_that_stand_in_files_are_left_alone() {
        assert_eq!(own(true).wish(&[voter(1, 0, 1), voter(3, 0, 5)]), None);
    }
}
