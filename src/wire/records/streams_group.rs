//! Records of `__consumer_offsets` that streams groups write (KIP-1071).

use crate::wire::schema::{default, field, message, structs};

message! {
    StreamsGroupMetadataValue versions 0-0 flexible 0;
    StreamsGroupMetadataValue {
        epoch: i32,
        metadata_hash: i64,
        validated_topology_epoch: i32 [0+; tag 0 0+] = -1,
        last_assignment_configs: Option<Vec<KeyValue>> [0+; null 0+; tag 1 0+] = Some(Vec::new()),
    }
    KeyValue {
        key: String,
        value: String,
    }
}

message! {
    StreamsGroupMemberMetadataValue versions 0-0 flexible 0;
    StreamsGroupMemberMetadataValue {
        instance_id: Option<String> [0+; null 0+] = Some(String::new()),
        rack_id: Option<String> [0+; null 0+] = Some(String::new()),
        client_id: String,
        client_host: String,
        rebalance_timeout_ms: i32 = -1,
        topology_epoch: i32,
        process_id: String,
        user_endpoint: Option<Endpoint> [0+; null 0+],
        client_tags: Vec<KeyValue>,
    }
    Endpoint {
        host: String,
        port: u16,
    }
}

message! {
    StreamsGroupTargetAssignmentMemberValue versions 0-0 flexible 0;
    StreamsGroupTargetAssignmentMemberValue {
        active_tasks: Vec<TaskIds>,
        standby_tasks: Vec<TaskIds>,
        warmup_tasks: Vec<TaskIds>,
    }
    TaskIds {
        subtopology_id: String,
        partitions: Vec<i32>,
    }
}

message! {
    StreamsGroupCurrentMemberAssignmentValue versions 0-0 flexible 0;
    StreamsGroupCurrentMemberAssignmentValue {
        member_epoch: i32,
        previous_member_epoch: i32,
        state: i8,
        active_tasks: Vec<CurrentTaskIds>,
        standby_tasks: Vec<CurrentTaskIds>,
        warmup_tasks: Vec<CurrentTaskIds>,
        active_tasks_pending_revocation: Vec<CurrentTaskIds>,
        standby_tasks_pending_revocation: Vec<CurrentTaskIds>,
        warmup_tasks_pending_revocation: Vec<CurrentTaskIds>,
    }
    CurrentTaskIds {
        subtopology_id: String,
        partitions: Vec<i32>,
        assignment_epochs: Option<Vec<i32>> [0+; null 0+; tag 0 0+] = Some(Vec::new()),
    }
}

message! {
    StreamsGroupTopologyValue versions 0-0 flexible 0;
    StreamsGroupTopologyValue {
        epoch: i32,
        subtopologies: Vec<Subtopology>,
    }
    Subtopology {
        subtopology_id: String,
        source_topics: Vec<String>,
        source_topic_regex: Vec<String>,
        state_changelog_topics: Vec<TopicInfo>,
        repartition_sink_topics: Vec<String>,
        repartition_source_topics: Vec<TopicInfo>,
        copartition_groups: Vec<CopartitionGroup>,
    }
    TopicInfo {
        name: String,
        partitions: i32,
        replication_factor: i16,
        topic_configs: Vec<KeyValue>,
    }
    CopartitionGroup {
        source_topics: Vec<i16>,
        source_topic_regex: Vec<i16>,
        repartition_source_topics: Vec<i16>,
    }
}
