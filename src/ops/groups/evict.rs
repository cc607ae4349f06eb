//! Taking the members out of a group (`removeMembersFromConsumerGroup` of Java's admin client).

use super::describe_one;
use super::reset::{ResetPlan, execute};
use crate::client::{ClientError, Cluster, Target};
use crate::model::ErrorCode;
use crate::ops::{OpsError, Result};
use crate::wire::messages::leave_group::{LeaveGroupRequest, MemberIdentity};

/// What the members are told.
const REASON: &str = "member was removed by an admin";
/// A consumer that lives comes back as soon as it hears of it: so often it is sent away again.
const ATTEMPTS: usize = 5;

/// Sends every member of a group away; gives their ids. Members that are gone already are no failure.
///
/// # Errors
/// [`OpsError::Client`] when the coordinator refuses.
pub async fn evict(cluster: &Cluster, group: &str) -> Result<Vec<String>> {
    let described = match describe_one(cluster, group).await {
        Ok(described) => described,
        Err(e) if e.code() == Some(ErrorCode::GroupIdNotFound) => return Ok(Vec::new()),
        Err(e) => return Err(e.into()),
    };
    // A static member is known by the name that it was given: its id is another one after each start.
    let identity = |m: &super::Member| MemberIdentity {
        member_id: if m.instance_id.is_some() { String::new() } else { m.id.clone() },
        group_instance_id: m.instance_id.clone(),
        reason: Some(REASON.to_owned()),
    };
    if described.members.is_empty() {
        return Ok(Vec::new());
    }
    let members = described.members.iter().map(identity).collect();
    let request = LeaveGroupRequest { group_id: group.to_owned(), members, ..LeaveGroupRequest::default() };
    let answer = cluster.request(Target::Group(group), &request).await?;
    ClientError::check(answer.error_code, None, || format!("cannot take the members out of {group}"))?;
    for member in &answer.members {
        if ErrorCode::from_code(member.error_code) != ErrorCode::UnknownMemberId {
            let who = member.group_instance_id.as_deref().filter(|id| !id.is_empty()).unwrap_or(&member.member_id);
            ClientError::check(member.error_code, None, || format!("cannot take {who} out of {group}"))?;
        }
    }
    Ok(described.members.into_iter().map(|member| member.id).collect())
}

/// Carries a reset out in the moment in which the group has no members: it sends them away first, again and again if
/// they are back sooner. Gives the ids of those that were sent away.
///
/// # Errors
/// As [`evict`] and [`execute`].
pub async fn execute_evicting(cluster: &Cluster, plan: &ResetPlan) -> Result<Vec<String>> {
    let mut gone = Vec::new();
    for attempt in 1.. {
        gone.extend(evict(cluster, &plan.group).await?);
        match execute(cluster, plan).await {
            Err(OpsError::Blocked { .. }) if attempt < ATTEMPTS => {}
            done => return done.map(|()| gone),
        }
    }
    Ok(gone)
}
