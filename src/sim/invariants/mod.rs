//! What must hold at every moment of a simulated run, a file each. The checker of histories judges what clients saw; this
//! looks inside, and so names the moment at which something went wrong.

mod agreement;
mod dense;
mod durability;
mod electable;
mod leaders;
mod metadata;
mod order;
mod watermark;

pub use agreement::Agreement;
pub use dense::check_log;
pub use durability::Durability;
pub use electable::Electable;
pub use leaders::Leaders;
pub use metadata::Metadata;
pub use order::Order;
pub use watermark::Watermarks;

use super::message::PartIndex;
use crate::model::{LeaderEpoch, Offset};

/// A rule that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Broken {
    /// The rule.
    pub rule: &'static str,
    /// How it is broken.
    pub what: String,
}

/// Where rules report that they are broken.
pub type Found = Vec<Broken>;

/// All rules, and what they have seen.
#[derive(Debug, Default)]
pub struct Oracle {
    /// One leader of a partition in each term.
    pub leaders: Leaders<(PartIndex, LeaderEpoch)>,
    /// One active controller in each term.
    pub controllers: Leaders<u32>,
    /// High watermarks do not go back.
    pub watermarks: Watermarks,
    /// Replicas agree below the high watermark.
    pub ledger: Agreement,
    /// The metadata log has one history.
    pub metadata: Metadata,
    /// What is acknowledged is committed.
    pub durability: Durability,
    /// Consumers see committed records in order.
    pub order: Order,
    /// Whoever may be elected has what is committed.
    pub electable: Electable,
    other: Found,
}

impl Oracle {
    /// Reports what no rule of its own looks at.
    pub fn broken(&mut self, rule: &'static str, what: String) {
        self.other.push(Broken { rule, what });
    }

    /// A producer was told that its record stands at an offset.
    pub fn acknowledged(&mut self, part: PartIndex, offset: Offset, value: u64) {
        self.durability.acknowledged(part, offset, value, &self.ledger);
    }

    /// A consumer was given a record.
    pub fn consumed(&mut self, part: PartIndex, offset: i64, value: u64) {
        self.order.consumed(part, offset, value, &self.ledger);
    }

    /// A replica is in sync by the metadata, and its broker could lead.
    pub fn is_in_sync(&mut self, part: PartIndex, place: usize, end: Offset) {
        self.electable.is_in_sync(part, place, end, &self.ledger);
    }

    fn lists(&mut self) -> [&mut Found; 9] {
        [
            &mut self.leaders.found,
            &mut self.controllers.found,
            &mut self.watermarks.found,
            &mut self.ledger.found,
            &mut self.metadata.found,
            &mut self.durability.found,
            &mut self.order.found,
            &mut self.electable.found,
            &mut self.other,
        ]
    }

    /// Whether a rule is broken.
    pub fn is_broken(&mut self) -> bool {
        self.lists().iter().any(|list| !list.is_empty())
    }

    /// What is broken, since this was asked last.
    pub fn take(&mut self) -> Found {
        self.lists().into_iter().flat_map(std::mem::take).collect()
    }
}
