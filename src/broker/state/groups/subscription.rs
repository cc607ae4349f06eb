//! What a consumer's metadata says of its topics.

use std::collections::BTreeSet;

use bytes::Bytes;

use crate::wire::codec::Reader;
use crate::wire::records::consumer_protocol::ConsumerProtocolSubscription;
use crate::wire::schema::Message;

/// The protocol type under which members' metadata is a consumer's subscription.
pub(super) const CONSUMER: &str = "consumer";

/// The topics in one member's metadata. Every version of the subscription begins as version 0 does, so version 0 is what
/// is read. None if the bytes do not follow the schema: members may say what they like.
pub(super) fn topics(metadata: &Bytes) -> Option<BTreeSet<String>> {
    let mut input = Reader::new(metadata.clone());
    let version = input.i16().ok()?;
    if version < 0 {
        return None;
    }
    let subscription = ConsumerProtocolSubscription::read(&mut input, 0).ok()?;
    Some(subscription.topics.into_iter().collect())
}
