//! WriteTxnMarkers, API key 27.

use crate::wire::schema::{api, default, field, message, structs};

message! {
    WriteTxnMarkersRequest versions 1-2 flexible 1;
    WriteTxnMarkersRequest {
        markers: Vec<WritableTxnMarker>,
    }
    WritableTxnMarker {
        producer_id: i64,
        producer_epoch: i16,
        transaction_result: bool,
        topics: Vec<WritableTxnMarkerTopic>,
        coordinator_epoch: i32,
        transaction_version: i8 [2+],
    }
    WritableTxnMarkerTopic {
        name: String,
        partition_indexes: Vec<i32>,
    }
}

message! {
    WriteTxnMarkersResponse versions 1-2 flexible 1;
    WriteTxnMarkersResponse {
        markers: Vec<WritableTxnMarkerResult>,
    }
    WritableTxnMarkerResult {
        producer_id: i64,
        topics: Vec<WritableTxnMarkerTopicResult>,
    }
    WritableTxnMarkerTopicResult {
        name: String,
        partitions: Vec<WritableTxnMarkerPartitionResult>,
    }
    WritableTxnMarkerPartitionResult {
        partition_index: i32,
        error_code: i16,
    }
}

api! { WriteTxnMarkers; WriteTxnMarkersRequest -> WriteTxnMarkersResponse }
