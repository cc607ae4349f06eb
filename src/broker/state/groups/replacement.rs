//! Static members that took another's place under a new id, as long as the log does not know.

use std::sync::Arc;

use super::command::Protocol;
use super::group::{Cx, Group, GroupState};
use super::member::Member;
use super::record::GroupMetadata;
use super::timers::Lease;

/// What a static member was before another process took its place in a stable group.
#[derive(Debug)]
pub(super) struct Replacement {
    new_id: Arc<str>,
    old_id: Arc<str>,
    protocols: Vec<Protocol>,
    rebalance_timeout_ms: i32,
    session_timeout_ms: i32,
}

impl Replacement {
    pub(super) fn new(old: &Member, new_id: Arc<str>) -> Replacement {
        Replacement {
            new_id,
            old_id: old.id.clone(),
            protocols: old.protocols.clone(),
            rebalance_timeout_ms: old.rebalance_timeout_ms,
            session_timeout_ms: old.session_timeout_ms,
        }
    }
}

impl Group {
    /// A record of this group is in the log, and with it the ids that it names.
    pub(super) fn replacements_written(&mut self, saved: &GroupMetadata) {
        self.unwritten.retain(|r| saved.members.iter().all(|member| member.member_id != r.new_id));
    }

    /// A record of this group did not reach the log: members whose new id only it named have their old one again, as
    /// in Kafka (`updateStaticMemberThenRebalanceOrCompleteJoin` of its `GroupMetadataManager`). Another coordinator
    /// would know them by no other. A group that has left that generation writes its members with the next.
    pub(super) fn replacements_lost(&mut self, saved: &GroupMetadata, cx: &mut Cx<'_>) {
        if self.state != GroupState::Stable || self.generation != saved.generation {
            return;
        }
        while let Some(at) =
            self.unwritten.iter().rposition(|r| saved.members.iter().any(|member| member.member_id == r.new_id))
        {
            let lost = self.unwritten.remove(at);
            // Replaced once more since: the later one has the older id to go back to.
            if let Some(later) = self.unwritten.iter_mut().find(|r| r.old_id == lost.new_id) {
                *later = Replacement { new_id: later.new_id.clone(), ..lost };
                continue;
            }
            let was_leader = self.is_leader(&lost.new_id);
            let Some(mut member) = self.remove(&lost.new_id) else { continue };
            member.id = lost.old_id.clone();
            member.protocols = lost.protocols;
            member.rebalance_timeout_ms = lost.rebalance_timeout_ms;
            member.session_timeout_ms = lost.session_timeout_ms;
            member.session = Lease::IDLE;
            if was_leader {
                self.leader = Some(lost.old_id.clone());
            }
            self.insert(member);
            self.keep_alive(&lost.old_id, cx.now, cx.timers);
        }
    }
}
