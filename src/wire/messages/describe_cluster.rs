//! DescribeCluster, API key 60.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    DescribeClusterRequest versions 0-2 flexible 0;
    DescribeClusterRequest {
        include_cluster_authorized_operations: bool,
        endpoint_type: i8 [1+] = 1,
        include_fenced_brokers: bool [2+],
    }
}

message! {
    DescribeClusterResponse versions 0-2 flexible 0;
    DescribeClusterResponse {
        throttle_time_ms: i32,
        error_code: i16,
        error_message: Option<String> [0+; null 0+],
        endpoint_type: i8 [1+] = 1,
        cluster_id: String,
        controller_id: i32 = -1,
        brokers: Vec<DescribeClusterBroker>,
        cluster_authorized_operations: i32 = i32::MIN,
    }
    DescribeClusterBroker {
        broker_id: i32,
        host: String,
        port: i32,
        rack: Option<String> [0+; null 0+],
        is_fenced: bool [2+],
    }
}

api! { DescribeCluster; DescribeClusterRequest -> DescribeClusterResponse }
