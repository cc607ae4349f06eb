//! The classic group protocol and its administration: JoinGroup (11), Heartbeat (12), LeaveGroup (13), SyncGroup (14),
//! DescribeGroups (15), ListGroups (16), DeleteGroups (42).

use std::sync::Arc;

use bytes::Bytes;

use super::group_context::RequestContext;
use crate::broker::runtime::groups::GroupCoordinator;
use crate::broker::state::groups::{Heartbeat, Join, JoinAnswer, Leave, Leaving, Protocol, Sync};
use crate::model::ErrorCode;
use crate::wire::messages::delete_groups::{DeletableGroupResult, DeleteGroupsRequest, DeleteGroupsResponse};
use crate::wire::messages::describe_groups::{
    DescribeGroupsRequest, DescribeGroupsResponse, DescribedGroup, DescribedGroupMember,
};
use crate::wire::messages::heartbeat::{HeartbeatRequest, HeartbeatResponse};
use crate::wire::messages::join_group::{JoinGroupRequest, JoinGroupResponse, JoinGroupResponseMember};
use crate::wire::messages::leave_group::{LeaveGroupRequest, LeaveGroupResponse, MemberIdentity, MemberResponse};
use crate::wire::messages::list_groups::{ListGroupsRequest, ListGroupsResponse, ListedGroup};
use crate::wire::messages::sync_group::{SyncGroupRequest, SyncGroupResponse};

/// The type of every group that this coordinator keeps.
const CLASSIC: &str = "classic";

/// What anybody may do to a group while no authorizer is set: read, delete, describe, describe and alter its configs
/// (`AclEntry.supportedOperations`), as the bits of `AclOperation`.
const ALL_GROUP_OPERATIONS: i32 = 1 << 3 | 1 << 6 | 1 << 8 | 1 << 10 | 1 << 11;

fn text(text: Arc<str>) -> String {
    text.as_ref().to_owned()
}

/// Handles JoinGroup. Resolves when the join phase ends, where the member must wait for it.
pub async fn join_group(
    coordinator: &GroupCoordinator,
    cx: &RequestContext,
    request: JoinGroupRequest,
) -> JoinGroupResponse {
    let version = cx.api_version;
    let protocols = request.protocols.into_iter();
    let answer = coordinator
        .join(Join {
            group: request.group_id,
            member_id: request.member_id,
            instance_id: request.group_instance_id,
            client_id: cx.client_id.clone(),
            client_host: cx.client_host.clone(),
            session_timeout_ms: request.session_timeout_ms,
            // Version 0 has one timeout for both.
            rebalance_timeout_ms: if version == 0 { request.session_timeout_ms } else { request.rebalance_timeout_ms },
            protocol_type: request.protocol_type,
            protocols: protocols.map(|p| Protocol { name: p.name.into(), metadata: own(&p.metadata) }).collect(),
            fresh_id: uuid::Uuid::new_v4().to_string(),
            requires_known_member_id: version >= 4,
            supports_skip_assignment: version >= 9,
        })
        .await;
    join_response(version, answer)
}

fn join_response(version: i16, answer: JoinAnswer) -> JoinGroupResponse {
    let member = |m: crate::broker::state::groups::JoinedMember| JoinGroupResponseMember {
        member_id: text(m.member_id),
        group_instance_id: m.instance_id.map(text),
        metadata: m.metadata,
    };
    let protocol_name = answer.protocol.map(text);
    JoinGroupResponse {
        throttle_time_ms: 0,
        error_code: answer.error as i16,
        generation_id: answer.generation,
        protocol_type: answer.protocol_type.map(text),
        // Before version 7 the name cannot be null.
        protocol_name: if version < 7 { Some(protocol_name.unwrap_or_default()) } else { protocol_name },
        leader: text(answer.leader),
        skip_assignment: answer.skip_assignment,
        member_id: text(answer.member_id),
        members: answer.members.into_iter().map(member).collect(),
    }
}

/// Bytes that a group keeps for as long as a member stays: as a part of the frame they would keep its buffer.
fn own(part: &Bytes) -> Bytes {
    Bytes::copy_from_slice(part)
}

/// Handles SyncGroup. Resolves when the leader's assignment is committed.
pub async fn sync_group(
    coordinator: &GroupCoordinator,
    cx: &RequestContext,
    request: SyncGroupRequest,
) -> SyncGroupResponse {
    // From version 5 on a member must say which protocol it means (KIP-559).
    if cx.api_version >= 5 && (request.protocol_type.is_none() || request.protocol_name.is_none()) {
        let error_code = ErrorCode::InconsistentGroupProtocol as i16;
        return SyncGroupResponse { error_code, ..SyncGroupResponse::default() };
    }
    let answer = coordinator
        .sync(Sync {
            group: request.group_id,
            generation: request.generation_id,
            member_id: request.member_id,
            instance_id: request.group_instance_id,
            protocol_type: request.protocol_type,
            protocol: request.protocol_name,
            assignments: request.assignments.into_iter().map(|a| (a.member_id, own(&a.assignment))).collect(),
        })
        .await;
    SyncGroupResponse {
        throttle_time_ms: 0,
        error_code: answer.error as i16,
        protocol_type: answer.protocol_type.map(text),
        protocol_name: answer.protocol.map(text),
        assignment: answer.assignment,
    }
}

/// Handles Heartbeat.
pub async fn heartbeat(coordinator: &GroupCoordinator, request: HeartbeatRequest) -> HeartbeatResponse {
    let code = coordinator
        .heartbeat(Heartbeat {
            group: request.group_id,
            generation: request.generation_id,
            member_id: request.member_id,
            instance_id: request.group_instance_id,
        })
        .await;
    HeartbeatResponse { throttle_time_ms: 0, error_code: code as i16 }
}

/// Handles LeaveGroup. Before version 3 one member leaves, and its error is the request's.
pub async fn leave_group(
    coordinator: &GroupCoordinator,
    cx: &RequestContext,
    request: LeaveGroupRequest,
) -> LeaveGroupResponse {
    let single = cx.api_version < 3;
    let leaving = if single {
        vec![MemberIdentity { member_id: request.member_id, group_instance_id: None, reason: None }]
    } else {
        request.members
    };
    let members = leaving
        .iter()
        .map(|m| Leaving { member_id: m.member_id.clone(), instance_id: m.group_instance_id.clone() })
        .collect();
    let answer = coordinator.leave(Leave { group: request.group_id, members }).await;
    let mut response = LeaveGroupResponse { error_code: answer.error as i16, ..LeaveGroupResponse::default() };
    if single {
        if answer.error == ErrorCode::None {
            response.error_code = answer.members.first().map_or(0, |code| *code as i16);
        }
    } else {
        let member = |(who, code): (MemberIdentity, ErrorCode)| MemberResponse {
            member_id: who.member_id,
            group_instance_id: who.group_instance_id,
            error_code: code as i16,
        };
        response.members = leaving.into_iter().zip(answer.members).map(member).collect();
    }
    response
}

/// Handles DescribeGroups.
pub fn describe_groups(
    coordinator: &GroupCoordinator,
    cx: &RequestContext,
    request: DescribeGroupsRequest,
) -> DescribeGroupsResponse {
    let operations = if request.include_authorized_operations { ALL_GROUP_OPERATIONS } else { i32::MIN };
    let groups = request.groups.into_iter().map(|group| {
        let mut described = describe_group(coordinator, cx.api_version, group);
        described.authorized_operations = operations;
        described
    });
    DescribeGroupsResponse { throttle_time_ms: 0, groups: groups.collect() }
}

fn describe_group(coordinator: &GroupCoordinator, version: i16, group_id: String) -> DescribedGroup {
    match coordinator.describe(&group_id) {
        Ok(Some(group)) => {
            let member = |m: crate::broker::state::groups::MemberDescription| DescribedGroupMember {
                member_id: text(m.member_id),
                group_instance_id: m.instance_id.map(text),
                client_id: text(m.client_id),
                client_host: text(m.client_host),
                member_metadata: m.metadata,
                member_assignment: m.assignment,
            };
            DescribedGroup {
                group_id,
                group_state: group.state.name().to_owned(),
                protocol_type: text(group.protocol_type),
                protocol_data: text(group.protocol),
                members: group.members.into_iter().map(member).collect(),
                ..DescribedGroup::default()
            }
        }
        // A group nobody knows was dead without error until KIP-1043.
        Ok(None) => {
            let (error_code, error_message) = if version >= 6 {
                (ErrorCode::GroupIdNotFound as i16, Some(format!("Group {group_id} not found.")))
            } else {
                (0, None)
            };
            let group_state = "Dead".to_owned();
            DescribedGroup { error_code, error_message, group_id, group_state, ..DescribedGroup::default() }
        }
        Err(error) => DescribedGroup { error_code: error as i16, group_id, ..DescribedGroup::default() },
    }
}

/// Handles ListGroups: the groups of this broker, by state and type where the client asks (KIP-518, KIP-848).
pub fn list_groups(coordinator: &GroupCoordinator, request: ListGroupsRequest) -> ListGroupsResponse {
    let wanted = |filter: &[String], value: &str| {
        filter.is_empty() || filter.iter().any(|wanted| wanted.eq_ignore_ascii_case(value))
    };
    let mut response = ListGroupsResponse::default();
    match coordinator.list() {
        Ok(_) if !wanted(&request.types_filter, CLASSIC) => {}
        Ok(groups) => {
            response.groups = groups
                .into_iter()
                .filter(|group| wanted(&request.states_filter, group.state.name()))
                .map(|group| ListedGroup {
                    group_id: text(group.group),
                    protocol_type: text(group.protocol_type),
                    group_state: group.state.name().to_owned(),
                    group_type: CLASSIC.to_owned(),
                })
                .collect();
        }
        Err(error) => response.error_code = error as i16,
    }
    response
}

/// Handles DeleteGroups. Groups are deleted side by side: they may share a write.
pub async fn delete_groups(coordinator: &GroupCoordinator, request: DeleteGroupsRequest) -> DeleteGroupsResponse {
    let mut deletions: Vec<(String, tokio::task::JoinHandle<ErrorCode>)> = Vec::new();
    for group in request.groups_names {
        if deletions.iter().any(|(seen, _)| *seen == group) {
            continue;
        }
        let (coordinator, id) = (coordinator.clone(), group.clone());
        deletions.push((group, tokio::spawn(async move { coordinator.delete_group(&id).await })));
    }
    let mut results = Vec::with_capacity(deletions.len());
    for (group_id, deletion) in deletions {
        let code = deletion.await.unwrap_or(ErrorCode::UnknownServerError);
        results.push(DeletableGroupResult { group_id, error_code: code as i16 });
    }
    DeleteGroupsResponse { throttle_time_ms: 0, results }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::broker::api::group_context::testing::{context, coordinator};
    use crate::wire::messages::join_group::JoinGroupRequestProtocol;
    use crate::wire::messages::sync_group::SyncGroupRequestAssignment;

    fn join_request(member_id: &str) -> JoinGroupRequest {
        JoinGroupRequest {
            group_id: "g".into(),
            session_timeout_ms: 10_000,
            rebalance_timeout_ms: 60_000,
            member_id: member_id.into(),
            protocol_type: "consumer".into(),
            protocols: vec![JoinGroupRequestProtocol { name: "range".into(), metadata: Bytes::new() }],
            ..JoinGroupRequest::default()
        }
    }

    /// A member in a stable group.
    async fn member(coordinator: &GroupCoordinator) -> String {
        let first = join_group(coordinator, &context(9), join_request("")).await;
        assert_eq!(first.error_code, ErrorCode::MemberIdRequired as i16);
        assert!(first.member_id.starts_with("app-"));
        let second = join_group(coordinator, &context(9), join_request(&first.member_id)).await;
        assert_eq!((second.error_code, second.generation_id), (0, 1));
        let sync = SyncGroupRequest {
            group_id: "g".into(),
            generation_id: 1,
            member_id: first.member_id.clone(),
            protocol_type: Some("consumer".into()),
            protocol_name: Some("range".into()),
            assignments: vec![SyncGroupRequestAssignment {
                member_id: first.member_id.clone(),
                assignment: Bytes::from_static(b"all"),
            }],
            ..SyncGroupRequest::default()
        };
        let synced = sync_group(coordinator, &context(5), sync).await;
        assert_eq!((synced.error_code, &synced.assignment[..]), (0, &b"all"[..]));
        assert_eq!(synced.protocol_name.as_deref(), Some("range"));
        first.member_id
    }

    #[tokio::test]
    async fn before_version_7_a_refused_join_has_an_empty_protocol_name_instead_of_none() {
        let coordinator = coordinator().await;
        let old = join_group(&coordinator, &context(6), join_request("ghost")).await;
        assert_eq!((old.error_code, old.protocol_name.as_deref()), (25, Some("")));
        let new = join_group(&coordinator, &context(7), join_request("ghost")).await;
        assert_eq!((new.error_code, new.protocol_name), (25, None));
    }

    #[tokio::test]
    async fn from_version_5_on_a_sync_must_name_its_protocol() {
        let coordinator = coordinator().await;
        let response = sync_group(&coordinator, &context(5), SyncGroupRequest::default()).await;
        assert_eq!(response.error_code, ErrorCode::InconsistentGroupProtocol as i16);
    }

    #[tokio::test]
    async fn a_group_is_listed_and_described_and_leaves_and_is_deleted() {
        let coordinator = coordinator().await;
        let member = member(&coordinator).await;
        let beat = HeartbeatRequest {
            group_id: "g".into(),
            generation_id: 1,
            member_id: member.clone(),
            group_instance_id: None,
        };
        assert_eq!(heartbeat(&coordinator, beat).await.error_code, 0);

        let describe = |version, group: &str, operations| {
            let request =
                DescribeGroupsRequest { groups: vec![group.into()], include_authorized_operations: operations };
            describe_groups(&coordinator, &context(version), request).groups.remove(0)
        };
        let shown = describe(6, "g", true);
        assert_eq!((&*shown.group_state, &*shown.protocol_data, shown.error_code), ("Stable", "range", 0));
        assert_eq!((&*shown.members[0].client_host, shown.authorized_operations), ("/127.0.0.1", 3_400));
        let (old, new) = (describe(5, "none", false), describe(6, "none", false));
        assert_eq!((old.error_code, &*old.group_state), (0, "Dead"));
        assert_eq!((new.error_code, new.error_message.as_deref()), (69, Some("Group none not found.")));

        let list = |states: &[&str], types: &[&str]| {
            let owned = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect();
            let request = ListGroupsRequest { states_filter: owned(states), types_filter: owned(types) };
            list_groups(&coordinator, request).groups.len()
        };
        assert_eq!((list(&[], &[]), list(&["stable"], &["Classic"]), list(&["Empty"], &[])), (1, 1, 0));
        assert_eq!(list(&[], &["consumer"]), 0);

        let delete = DeleteGroupsRequest { groups_names: vec!["g".into(), "none".into(), "g".into()] };
        let refused = delete_groups(&coordinator, delete.clone()).await.results;
        assert_eq!(refused.iter().map(|r| r.error_code).collect::<Vec<_>>(), [68, 69]);
        let leave = LeaveGroupRequest { group_id: "g".into(), member_id: member, members: Vec::new() };
        assert_eq!(leave_group(&coordinator, &context(2), leave.clone()).await.error_code, 0);
        assert_eq!(leave_group(&coordinator, &context(2), leave).await.error_code, 25);
        assert_eq!(delete_groups(&coordinator, delete).await.results[0].error_code, 0);
        assert_eq!(list(&[], &[]), 0);
    }

    #[tokio::test]
    async fn from_version_3_on_every_leaving_member_has_its_own_error() {
        let coordinator = coordinator().await;
        let member = member(&coordinator).await;
        let leaving = |id: &str| MemberIdentity { member_id: id.into(), ..MemberIdentity::default() };
        let members = vec![leaving(&member), leaving("ghost")];
        let request = LeaveGroupRequest { group_id: "g".into(), members, ..LeaveGroupRequest::default() };
        let response = leave_group(&coordinator, &context(3), request).await;
        assert_eq!(response.error_code, 0);
        assert_eq!(response.members.iter().map(|m| m.error_code).collect::<Vec<_>>(), [0, 25]);
    }
}
