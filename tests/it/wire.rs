//! Every message beside another implementation of Kafka's schemas: the same defaults, byte for byte, in every version
//! that both know, and each reads what the other wrote.

use bytes::BytesMut;
use kafka_protocol::protocol::{Decodable, Encodable, Message as Oracle};
use logbus::wire::codec::Reader;
use logbus::wire::schema::Message;

/// Compares one message; gives the number of versions compared.
fn agree<M, O>() -> usize
where
    M: Message + PartialEq + std::fmt::Debug,
    O: Oracle + Encodable + Decodable + Default + PartialEq + std::fmt::Debug,
{
    let mut compared = 0;
    for version in M::VERSIONS {
        if version < O::VERSIONS.min || version > O::VERSIONS.max {
            continue;
        }
        let ours = M::default().to_bytes(version);
        let mut theirs = BytesMut::new();
        // A default that is not legal in some version (a null where the schema has none) is not a difference.
        if O::default().encode(&mut theirs, version).is_err() {
            continue;
        }
        assert_eq!(ours, theirs.freeze(), "{} version {version}", M::NAME);
        let read = O::decode(&mut ours.clone(), version).unwrap_or_else(|e| panic!("{} {version}: {e}", M::NAME));
        let mut again = BytesMut::new();
        read.encode(&mut again, version).unwrap();
        assert_eq!(ours, again.freeze(), "{} version {version}, read and written by the oracle", M::NAME);
        let back = M::read(&mut Reader::new(ours), version).unwrap();
        assert_eq!(back.to_bytes(version), M::default().to_bytes(version));
        compared += 1;
    }
    compared
}

macro_rules! pairs {
    ($($module:ident::$request:ident, $module2:ident::$response:ident;)*) => {
        [$(
            (stringify!($request), agree::<logbus::wire::messages::$module::$request, kafka_protocol::messages::$request>()),
            (stringify!($response), agree::<logbus::wire::messages::$module2::$response, kafka_protocol::messages::$response>()),
        )*]
    };
}

#[test]
fn every_message_encodes_as_another_implementation_does() {
    let compared = pairs! {
        produce::ProduceRequest, produce::ProduceResponse;
        fetch::FetchRequest, fetch::FetchResponse;
        list_offsets::ListOffsetsRequest, list_offsets::ListOffsetsResponse;
        metadata::MetadataRequest, metadata::MetadataResponse;
        offset_commit::OffsetCommitRequest, offset_commit::OffsetCommitResponse;
        offset_fetch::OffsetFetchRequest, offset_fetch::OffsetFetchResponse;
        find_coordinator::FindCoordinatorRequest, find_coordinator::FindCoordinatorResponse;
        join_group::JoinGroupRequest, join_group::JoinGroupResponse;
        heartbeat::HeartbeatRequest, heartbeat::HeartbeatResponse;
        leave_group::LeaveGroupRequest, leave_group::LeaveGroupResponse;
        sync_group::SyncGroupRequest, sync_group::SyncGroupResponse;
        describe_groups::DescribeGroupsRequest, describe_groups::DescribeGroupsResponse;
        list_groups::ListGroupsRequest, list_groups::ListGroupsResponse;
        sasl_handshake::SaslHandshakeRequest, sasl_handshake::SaslHandshakeResponse;
        api_versions::ApiVersionsRequest, api_versions::ApiVersionsResponse;
        create_topics::CreateTopicsRequest, create_topics::CreateTopicsResponse;
        delete_topics::DeleteTopicsRequest, delete_topics::DeleteTopicsResponse;
        delete_records::DeleteRecordsRequest, delete_records::DeleteRecordsResponse;
        init_producer_id::InitProducerIdRequest, init_producer_id::InitProducerIdResponse;
        offset_for_leader_epoch::OffsetForLeaderEpochRequest, offset_for_leader_epoch::OffsetForLeaderEpochResponse;
        add_partitions_to_txn::AddPartitionsToTxnRequest, add_partitions_to_txn::AddPartitionsToTxnResponse;
        add_offsets_to_txn::AddOffsetsToTxnRequest, add_offsets_to_txn::AddOffsetsToTxnResponse;
        end_txn::EndTxnRequest, end_txn::EndTxnResponse;
        write_txn_markers::WriteTxnMarkersRequest, write_txn_markers::WriteTxnMarkersResponse;
        txn_offset_commit::TxnOffsetCommitRequest, txn_offset_commit::TxnOffsetCommitResponse;
        describe_acls::DescribeAclsRequest, describe_acls::DescribeAclsResponse;
        create_acls::CreateAclsRequest, create_acls::CreateAclsResponse;
        delete_acls::DeleteAclsRequest, delete_acls::DeleteAclsResponse;
        describe_configs::DescribeConfigsRequest, describe_configs::DescribeConfigsResponse;
        alter_configs::AlterConfigsRequest, alter_configs::AlterConfigsResponse;
        alter_replica_log_dirs::AlterReplicaLogDirsRequest, alter_replica_log_dirs::AlterReplicaLogDirsResponse;
        describe_log_dirs::DescribeLogDirsRequest, describe_log_dirs::DescribeLogDirsResponse;
        sasl_authenticate::SaslAuthenticateRequest, sasl_authenticate::SaslAuthenticateResponse;
        create_partitions::CreatePartitionsRequest, create_partitions::CreatePartitionsResponse;
        create_delegation_token::CreateDelegationTokenRequest, create_delegation_token::CreateDelegationTokenResponse;
        renew_delegation_token::RenewDelegationTokenRequest, renew_delegation_token::RenewDelegationTokenResponse;
        expire_delegation_token::ExpireDelegationTokenRequest, expire_delegation_token::ExpireDelegationTokenResponse;
        describe_delegation_token::DescribeDelegationTokenRequest, describe_delegation_token::DescribeDelegationTokenResponse;
        delete_groups::DeleteGroupsRequest, delete_groups::DeleteGroupsResponse;
        elect_leaders::ElectLeadersRequest, elect_leaders::ElectLeadersResponse;
        incremental_alter_configs::IncrementalAlterConfigsRequest, incremental_alter_configs::IncrementalAlterConfigsResponse;
        alter_partition_reassignments::AlterPartitionReassignmentsRequest, alter_partition_reassignments::AlterPartitionReassignmentsResponse;
        list_partition_reassignments::ListPartitionReassignmentsRequest, list_partition_reassignments::ListPartitionReassignmentsResponse;
        offset_delete::OffsetDeleteRequest, offset_delete::OffsetDeleteResponse;
        describe_client_quotas::DescribeClientQuotasRequest, describe_client_quotas::DescribeClientQuotasResponse;
        alter_client_quotas::AlterClientQuotasRequest, alter_client_quotas::AlterClientQuotasResponse;
        describe_user_scram_credentials::DescribeUserScramCredentialsRequest, describe_user_scram_credentials::DescribeUserScramCredentialsResponse;
        alter_user_scram_credentials::AlterUserScramCredentialsRequest, alter_user_scram_credentials::AlterUserScramCredentialsResponse;
        vote::VoteRequest, vote::VoteResponse;
        begin_quorum_epoch::BeginQuorumEpochRequest, begin_quorum_epoch::BeginQuorumEpochResponse;
        end_quorum_epoch::EndQuorumEpochRequest, end_quorum_epoch::EndQuorumEpochResponse;
        describe_quorum::DescribeQuorumRequest, describe_quorum::DescribeQuorumResponse;
        alter_partition::AlterPartitionRequest, alter_partition::AlterPartitionResponse;
        update_features::UpdateFeaturesRequest, update_features::UpdateFeaturesResponse;
        envelope::EnvelopeRequest, envelope::EnvelopeResponse;
        fetch_snapshot::FetchSnapshotRequest, fetch_snapshot::FetchSnapshotResponse;
        describe_cluster::DescribeClusterRequest, describe_cluster::DescribeClusterResponse;
        describe_producers::DescribeProducersRequest, describe_producers::DescribeProducersResponse;
        broker_registration::BrokerRegistrationRequest, broker_registration::BrokerRegistrationResponse;
        broker_heartbeat::BrokerHeartbeatRequest, broker_heartbeat::BrokerHeartbeatResponse;
        unregister_broker::UnregisterBrokerRequest, unregister_broker::UnregisterBrokerResponse;
        describe_transactions::DescribeTransactionsRequest, describe_transactions::DescribeTransactionsResponse;
        list_transactions::ListTransactionsRequest, list_transactions::ListTransactionsResponse;
        allocate_producer_ids::AllocateProducerIdsRequest, allocate_producer_ids::AllocateProducerIdsResponse;
        consumer_group_heartbeat::ConsumerGroupHeartbeatRequest, consumer_group_heartbeat::ConsumerGroupHeartbeatResponse;
        consumer_group_describe::ConsumerGroupDescribeRequest, consumer_group_describe::ConsumerGroupDescribeResponse;
        controller_registration::ControllerRegistrationRequest, controller_registration::ControllerRegistrationResponse;
        assign_replicas_to_dirs::AssignReplicasToDirsRequest, assign_replicas_to_dirs::AssignReplicasToDirsResponse;
        list_config_resources::ListConfigResourcesRequest, list_config_resources::ListConfigResourcesResponse;
        describe_topic_partitions::DescribeTopicPartitionsRequest, describe_topic_partitions::DescribeTopicPartitionsResponse;
        add_raft_voter::AddRaftVoterRequest, add_raft_voter::AddRaftVoterResponse;
        remove_raft_voter::RemoveRaftVoterRequest, remove_raft_voter::RemoveRaftVoterResponse;
        update_raft_voter::UpdateRaftVoterRequest, update_raft_voter::UpdateRaftVoterResponse;
        share_group_heartbeat::ShareGroupHeartbeatRequest, share_group_heartbeat::ShareGroupHeartbeatResponse;
        share_group_describe::ShareGroupDescribeRequest, share_group_describe::ShareGroupDescribeResponse;
        share_fetch::ShareFetchRequest, share_fetch::ShareFetchResponse;
        share_acknowledge::ShareAcknowledgeRequest, share_acknowledge::ShareAcknowledgeResponse;
        describe_share_group_offsets::DescribeShareGroupOffsetsRequest, describe_share_group_offsets::DescribeShareGroupOffsetsResponse;
        alter_share_group_offsets::AlterShareGroupOffsetsRequest, alter_share_group_offsets::AlterShareGroupOffsetsResponse;
        delete_share_group_offsets::DeleteShareGroupOffsetsRequest, delete_share_group_offsets::DeleteShareGroupOffsetsResponse;
    };
    for (name, versions) in compared {
        assert!(versions > 0, "no version of {name} was compared");
    }
}
