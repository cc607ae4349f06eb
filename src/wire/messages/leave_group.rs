//! LeaveGroup, API key 13.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    LeaveGroupRequest versions 0-5 flexible 4;
    LeaveGroupRequest {
        group_id: String,
        member_id: String [0-2],
        members: Vec<MemberIdentity> [3+],
    }
    MemberIdentity {
        member_id: String [3+],
        group_instance_id: Option<String> [3+; null 3+],
        reason: Option<String> [5+; null 5+],
    }
}

message! {
    LeaveGroupResponse versions 0-5 flexible 4;
    LeaveGroupResponse {
        throttle_time_ms: i32 [1+],
        error_code: i16,
        members: Vec<MemberResponse> [3+],
    }
    MemberResponse {
        member_id: String [3+],
        group_instance_id: Option<String> [3+; null 3+] = Some(String::new()),
        error_code: i16 [3+],
    }
}

api! { LeaveGroup; LeaveGroupRequest -> LeaveGroupResponse }
