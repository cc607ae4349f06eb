//! LeaveGroup.

use super::command::{Leave, LeaveAnswer, Leaving};
use super::group::{Cx, Group, GroupState};
use crate::model::ErrorCode;

impl Group {
    /// Handles a LeaveGroup: one rebalance for all who left.
    pub(super) fn leave(&mut self, leave: &Leave, cx: &mut Cx<'_>) -> LeaveAnswer {
        let members: Vec<ErrorCode> = leave.members.iter().map(|leaving| self.leave_one(leaving, cx)).collect();
        if members.contains(&ErrorCode::None) {
            match self.state {
                GroupState::Stable | GroupState::CompletingRebalance => self.prepare_rebalance(cx),
                GroupState::PreparingRebalance => self.maybe_complete_join(cx),
                GroupState::Empty => {}
            }
        }
        LeaveAnswer { error: ErrorCode::None, members }
    }

    fn leave_one(&mut self, leaving: &Leaving, cx: &mut Cx<'_>) -> ErrorCode {
        if leaving.member_id.is_empty() {
            let holder = leaving.instance_id.as_deref().and_then(|id| self.statics.get(id).cloned());
            return match holder {
                Some(member_id) => {
                    self.expel(&member_id, cx);
                    ErrorCode::None
                }
                None => ErrorCode::UnknownMemberId,
            };
        }
        if self.pending_joins.remove(leaving.member_id.as_str()).is_some() {
            return ErrorCode::None;
        }
        match self.validate_member(&leaving.member_id, leaving.instance_id.as_deref()) {
            Ok(()) => {
                self.expel(&leaving.member_id, cx);
                ErrorCode::None
            }
            Err(error) => error,
        }
    }
}
