//! Blocks of producer ids.

use super::decision::{Context, Decision, Refusal};
use crate::model::{BrokerId, ErrorCode};
use crate::wire::records::metadata::{MetadataRecord, ProducerIdsRecord};

/// How many ids a broker gets at a time (`ProducerIdsBlock.PRODUCER_ID_BLOCK_SIZE`).
pub const PRODUCER_ID_BLOCK: i32 = 1000;

/// Ids for one broker to give out, each once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProducerIdBlock {
    /// The first.
    pub first: i64,
    /// How many.
    pub count: i32,
}

/// Gives a broker the next block.
///
/// # Errors
/// `STALE_BROKER_EPOCH` or `BROKER_ID_NOT_REGISTERED` when the broker is not the one it says, and
/// `UNKNOWN_SERVER_ERROR` when all ids there are have been given out.
pub fn allocate_producer_ids(
    ctx: &Context<'_>,
    broker: BrokerId,
    broker_epoch: i64,
) -> Result<Decision<ProducerIdBlock>, Refusal> {
    super::brokers::check_epoch(ctx.image, broker, broker_epoch)?;
    let first = ctx.image.next_producer_id();
    let next = first
        .checked_add(i64::from(PRODUCER_ID_BLOCK))
        .ok_or_else(|| Refusal::new(ErrorCode::UnknownServerError, "Exhausted all producerIds"))?;
    let record = ProducerIdsRecord { broker_id: broker.get(), broker_epoch, next_producer_id: next };
    Ok(Decision {
        records: vec![MetadataRecord::ProducerIdsRecord(record)],
        answer: ProducerIdBlock { first, count: PRODUCER_ID_BLOCK },
    })
}
