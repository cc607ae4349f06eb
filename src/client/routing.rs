//! Which errors inside an answer mean "ask another broker, or ask again".

use crate::model::ErrorCode;
use crate::wire::messages as m;
use crate::wire::schema::Request;

/// A request whose answer can be judged: what in it says that the broker was the wrong one, or not ready.
pub trait Routed: Request {
    /// The error codes of the answer that speak about routing.
    fn codes(response: &Self::Response) -> impl Iterator<Item = i16>;

    /// The first that calls for another try.
    fn retriable(response: &Self::Response) -> Option<ErrorCode> {
        Self::codes(response).map(ErrorCode::from_code).find(|&code| is_transient(code))
    }
}

/// Whether asking again, after a fresh look at the cluster, can help. Narrower than "retriable" of the Java client:
/// a topic that is not there is an answer for an operator, not a reason to wait.
pub(super) const fn is_transient(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::NotController
            | ErrorCode::NotCoordinator
            | ErrorCode::CoordinatorLoadInProgress
            | ErrorCode::CoordinatorNotAvailable
            | ErrorCode::BrokerNotAvailable
            | ErrorCode::NetworkException
    )
}

/// Whether the partition's leader is elsewhere, or not known yet.
pub(super) const fn is_leadership(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::NotLeaderOrFollower
            | ErrorCode::LeaderNotAvailable
            | ErrorCode::ReplicaNotAvailable
            | ErrorCode::FencedLeaderEpoch
            | ErrorCode::UnknownLeaderEpoch
            | ErrorCode::OffsetNotAvailable
            | ErrorCode::KafkaStorageError
            | ErrorCode::BrokerNotAvailable
            | ErrorCode::NetworkException
            | ErrorCode::UnknownTopicOrPartition
    )
}

macro_rules! routed {
    ($($module:ident :: $request:ident, |$r:ident| $codes:expr;)*) => {$(
        impl Routed for m::$module::$request {
            fn codes($r: &Self::Response) -> impl Iterator<Item = i16> {
                $codes
            }
        }
    )*};
}

fn one(code: i16) -> impl Iterator<Item = i16> {
    std::iter::once(code)
}

fn none() -> impl Iterator<Item = i16> {
    std::iter::empty()
}

routed! {
    metadata::MetadataRequest, |r| one(r.error_code);
    describe_cluster::DescribeClusterRequest, |r| one(r.error_code);
    describe_topic_partitions::DescribeTopicPartitionsRequest, |_r| none();
    create_topics::CreateTopicsRequest, |r| r.topics.iter().map(|t| t.error_code);
    delete_topics::DeleteTopicsRequest, |r| r.responses.iter().map(|t| t.error_code);
    create_partitions::CreatePartitionsRequest, |r| r.results.iter().map(|t| t.error_code);
    describe_configs::DescribeConfigsRequest, |r| r.results.iter().map(|t| t.error_code);
    incremental_alter_configs::IncrementalAlterConfigsRequest, |r| r.responses.iter().map(|t| t.error_code);
    list_config_resources::ListConfigResourcesRequest, |r| one(r.error_code);
    describe_client_quotas::DescribeClientQuotasRequest, |r| one(r.error_code);
    alter_client_quotas::AlterClientQuotasRequest, |r| r.entries.iter().map(|e| e.error_code);
    describe_user_scram_credentials::DescribeUserScramCredentialsRequest, |r| one(r.error_code);
    alter_user_scram_credentials::AlterUserScramCredentialsRequest, |r| r.results.iter().map(|u| u.error_code);
    describe_log_dirs::DescribeLogDirsRequest, |r| one(r.error_code);
    describe_quorum::DescribeQuorumRequest, |r| one(r.error_code);
    add_raft_voter::AddRaftVoterRequest, |r| one(r.error_code);
    remove_raft_voter::RemoveRaftVoterRequest, |r| one(r.error_code);
    elect_leaders::ElectLeadersRequest, |r| one(r.error_code);
    update_features::UpdateFeaturesRequest, |r| one(r.error_code);
    unregister_broker::UnregisterBrokerRequest, |r| one(r.error_code);
    alter_partition_reassignments::AlterPartitionReassignmentsRequest, |r| one(r.error_code);
    list_partition_reassignments::ListPartitionReassignmentsRequest, |r| one(r.error_code);
    alter_replica_log_dirs::AlterReplicaLogDirsRequest, |_r| none();
    delete_records::DeleteRecordsRequest, |_r| none();
    list_transactions::ListTransactionsRequest, |r| one(r.error_code);
    describe_transactions::DescribeTransactionsRequest, |r| r.transaction_states.iter().map(|t| t.error_code);
    describe_producers::DescribeProducersRequest, |_r| none();
    write_txn_markers::WriteTxnMarkersRequest, |_r| none();
    create_delegation_token::CreateDelegationTokenRequest, |r| one(r.error_code);
    describe_delegation_token::DescribeDelegationTokenRequest, |r| one(r.error_code);
    renew_delegation_token::RenewDelegationTokenRequest, |r| one(r.error_code);
    expire_delegation_token::ExpireDelegationTokenRequest, |r| one(r.error_code);
    describe_acls::DescribeAclsRequest, |r| one(r.error_code);
    create_acls::CreateAclsRequest, |r| r.results.iter().map(|a| a.error_code);
    delete_acls::DeleteAclsRequest, |r| r.filter_results.iter().map(|f| f.error_code);
    list_groups::ListGroupsRequest, |r| one(r.error_code);
    describe_groups::DescribeGroupsRequest, |r| r.groups.iter().map(|g| g.error_code);
    consumer_group_describe::ConsumerGroupDescribeRequest, |r| r.groups.iter().map(|g| g.error_code);
    streams_group_describe::StreamsGroupDescribeRequest, |r| r.groups.iter().map(|g| g.error_code);
    delete_groups::DeleteGroupsRequest, |r| r.results.iter().map(|g| g.error_code);
    offset_delete::OffsetDeleteRequest, |r| one(r.error_code);
    offset_fetch::OffsetFetchRequest, |r| {
        r.groups.iter().map(|g| g.error_code).chain(one(r.error_code))
    };
    offset_commit::OffsetCommitRequest, |r| {
        r.topics.iter().flat_map(|t| t.partitions.iter().map(|p| p.error_code))
    };
    find_coordinator::FindCoordinatorRequest, |r| {
        r.coordinators.iter().map(|c| c.error_code).chain(one(r.error_code))
    };
    init_producer_id::InitProducerIdRequest, |r| one(r.error_code);
    add_partitions_to_txn::AddPartitionsToTxnRequest, |r| {
        let results = r.results_by_topic_v3_and_below.iter();
        let results = results.flat_map(|t| t.results_by_partition.iter().map(|p| p.partition_error_code));
        results.chain(one(r.error_code))
    };
    end_txn::EndTxnRequest, |r| one(r.error_code);
    join_group::JoinGroupRequest, |r| one(r.error_code);
    sync_group::SyncGroupRequest, |r| one(r.error_code);
    heartbeat::HeartbeatRequest, |r| one(r.error_code);
    leave_group::LeaveGroupRequest, |r| one(r.error_code);
    share_group_heartbeat::ShareGroupHeartbeatRequest, |r| one(r.error_code);
    share_group_describe::ShareGroupDescribeRequest, |r| r.groups.iter().map(|g| g.error_code);
    describe_share_group_offsets::DescribeShareGroupOffsetsRequest, |r| r.groups.iter().map(|g| g.error_code);
    alter_share_group_offsets::AlterShareGroupOffsetsRequest, |r| one(r.error_code);
    delete_share_group_offsets::DeleteShareGroupOffsetsRequest, |r| one(r.error_code);
}
