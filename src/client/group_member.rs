//! Membership in a classic consumer group: join, sync, heartbeat, leave.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::assignor::{self, Assignor, At};
use super::{Backoff, ClientError, Cluster, Result, Target, Topics};
use crate::model::ErrorCode;
use crate::wire::messages::heartbeat::HeartbeatRequest;
use crate::wire::messages::join_group::{JoinGroupRequest, JoinGroupRequestProtocol, JoinGroupResponse};
use crate::wire::messages::leave_group::{LeaveGroupRequest, MemberIdentity};
use crate::wire::messages::sync_group::{SyncGroupRequest, SyncGroupRequestAssignment};

/// The timing of a membership.
#[derive(Clone, Debug)]
pub(super) struct Timing {
    pub(super) session: Duration,
    pub(super) rebalance: Duration,
    pub(super) heartbeat: Duration,
}

#[derive(Debug)]
pub(super) struct GroupMember {
    cluster: Cluster,
    pub(super) group: String,
    pub(super) member_id: String,
    pub(super) instance_id: Option<String>,
    pub(super) generation: i32,
    topics: Vec<String>,
    assignors: Vec<Assignor>,
    timing: Timing,
    pub(super) next_heartbeat: Instant,
    pub(super) must_join: bool,
}

impl GroupMember {
    pub(super) fn new(
        cluster: Cluster,
        group: String,
        instance_id: Option<String>,
        topics: Vec<String>,
        assignors: Vec<Assignor>,
        timing: Timing,
    ) -> GroupMember {
        GroupMember {
            cluster,
            group,
            member_id: String::new(),
            instance_id,
            generation: -1,
            topics,
            assignors,
            next_heartbeat: Instant::now() + timing.heartbeat,
            timing,
            must_join: true,
        }
    }

    /// Joins until the group is stable with this member in it, and gives its partitions.
    pub(super) async fn join(&mut self) -> Result<Vec<At>> {
        let mut backoff = Backoff::new(self.cluster.config());
        loop {
            let joined = self.join_once().await?;
            match ErrorCode::from_code(joined.error_code) {
                ErrorCode::None => {}
                ErrorCode::MemberIdRequired => {
                    self.member_id = joined.member_id;
                    continue;
                }
                code @ (ErrorCode::UnknownMemberId | ErrorCode::RebalanceInProgress | ErrorCode::IllegalGeneration) => {
                    if code == ErrorCode::UnknownMemberId {
                        self.member_id.clear();
                    }
                    if !backoff.pause().await {
                        return Err(self.refused(code));
                    }
                    continue;
                }
                code => return Err(self.refused(code)),
            }
            self.member_id.clone_from(&joined.member_id);
            self.generation = joined.generation_id;
            if let Some(share) = self.sync(joined).await? {
                self.must_join = false;
                self.next_heartbeat = Instant::now() + self.timing.heartbeat;
                return Ok(share);
            }
            if !backoff.pause().await {
                return Err(self.refused(ErrorCode::RebalanceInProgress));
            }
        }
    }

    fn refused(&self, code: ErrorCode) -> ClientError {
        ClientError::refused(format!("cannot join group {}", self.group), code, None)
    }

    /// The coordinator holds the answer until all members have joined, so the wait is the rebalance timeout.
    async fn join_once(&self) -> Result<JoinGroupResponse> {
        let metadata = assignor::encode_subscription(&self.topics);
        let protocol = |a: Assignor| JoinGroupRequestProtocol { name: a.name().into(), metadata: metadata.clone() };
        let request = JoinGroupRequest {
            group_id: self.group.clone(),
            session_timeout_ms: self.timing.session.as_millis() as i32,
            rebalance_timeout_ms: self.timing.rebalance.as_millis() as i32,
            member_id: self.member_id.clone(),
            group_instance_id: self.instance_id.clone(),
            protocol_type: "consumer".into(),
            protocols: self.assignors.iter().copied().map(protocol).collect(),
            reason: None,
        };
        let wait = self.timing.rebalance + Duration::from_secs(5);
        let mut backoff = Backoff::new(self.cluster.config());
        loop {
            let answer = match self.cluster.connection(Target::Group(&self.group)).await {
                Ok(connection) => connection.send_within(&request, wait).await,
                Err(e) => Err(e),
            };
            let transient = match &answer {
                Ok(r) => super::routing::is_transient(ErrorCode::from_code(r.error_code)),
                Err(e) => e.is_transport() || e.code().is_some_and(super::routing::is_transient),
            };
            if !transient {
                return answer;
            }
            self.cluster.forget_coordinator(&self.group);
            if !backoff.pause().await {
                return answer;
            }
        }
    }

    /// `None` when the group moved on meanwhile.
    async fn sync(&mut self, joined: JoinGroupResponse) -> Result<Option<Vec<At>>> {
        let mut request = SyncGroupRequest {
            group_id: self.group.clone(),
            generation_id: self.generation,
            member_id: self.member_id.clone(),
            group_instance_id: self.instance_id.clone(),
            protocol_type: Some("consumer".into()),
            protocol_name: joined.protocol_name.clone(),
            assignments: Vec::new(),
        };
        if joined.leader == joined.member_id && !joined.skip_assignment {
            request.assignments = self.assign(&joined).await?;
        }
        let answer = self.cluster.request(Target::Group(&self.group), &request).await?;
        match ErrorCode::from_code(answer.error_code) {
            ErrorCode::None => {
                let broken = |source| ClientError::Malformed {
                    broker: format!("the leader of group {}", self.group),
                    during: "SyncGroup",
                    source,
                };
                assignor::decode_assignment(answer.assignment).map(Some).map_err(broken)
            }
            ErrorCode::RebalanceInProgress | ErrorCode::IllegalGeneration => Ok(None),
            ErrorCode::UnknownMemberId => {
                self.member_id.clear();
                Ok(None)
            }
            code => Err(self.refused(code)),
        }
    }

    async fn assign(&self, joined: &JoinGroupResponse) -> Result<Vec<SyncGroupRequestAssignment>> {
        let name = joined.protocol_name.as_deref().unwrap_or_default();
        let assignor = Assignor::of(name).unwrap_or(Assignor::Range);
        let members: BTreeMap<String, Vec<String>> = joined
            .members
            .iter()
            .map(|m| (m.member_id.clone(), assignor::decode_subscription(m.metadata.clone()).unwrap_or_default()))
            .collect();
        let mut topics: Vec<String> = members.values().flatten().cloned().collect();
        topics.sort();
        topics.dedup();
        let metadata = self.cluster.metadata(Topics::Named(&topics)).await?;
        let counts = metadata.topics.into_iter().map(|(name, t)| (name, t.partitions.len() as i32)).collect();
        let shares = assignor.assign(&members, &counts);
        let share = |(member_id, partitions): (String, Vec<At>)| SyncGroupRequestAssignment {
            member_id,
            assignment: assignor::encode_assignment(&partitions),
        };
        Ok(shares.into_iter().map(share).collect())
    }

    /// Tells the coordinator that this member lives; notes when the group is rebalancing.
    pub(super) async fn heartbeat(&mut self) -> Result<()> {
        self.next_heartbeat = Instant::now() + self.timing.heartbeat;
        let request = HeartbeatRequest {
            group_id: self.group.clone(),
            generation_id: self.generation,
            member_id: self.member_id.clone(),
            group_instance_id: self.instance_id.clone(),
        };
        let answer = self.cluster.request(Target::Group(&self.group), &request).await?;
        self.note(ErrorCode::from_code(answer.error_code))
    }

    /// Acts on an error code that speaks of the membership.
    pub(super) fn note(&mut self, code: ErrorCode) -> Result<()> {
        match code {
            ErrorCode::None => Ok(()),
            ErrorCode::RebalanceInProgress | ErrorCode::IllegalGeneration => {
                self.must_join = true;
                Ok(())
            }
            ErrorCode::UnknownMemberId => {
                self.must_join = true;
                self.member_id.clear();
                Ok(())
            }
            code => Err(ClientError::refused(format!("group {}", self.group), code, None)),
        }
    }

    /// Leaves, so that the others need not wait for the session to end. A static member stays, to come back.
    pub(super) async fn leave(&mut self) -> Result<()> {
        if self.member_id.is_empty() || self.instance_id.is_some() {
            return Ok(());
        }
        let member_id = std::mem::take(&mut self.member_id);
        let identity = MemberIdentity { member_id: member_id.clone(), group_instance_id: None, reason: None };
        let request = LeaveGroupRequest { group_id: self.group.clone(), member_id, members: vec![identity] };
        self.cluster.request(Target::Group(&self.group), &request).await.map(drop)
    }
}
