//! This broker's stock of producer ids.

use parking_lot::Mutex;

use super::controller_link::ControllerLink;
use crate::broker::state::controller::{ProducerIdBlock, Refusal};
use crate::model::{BrokerId, ProducerId};

/// Gives out producer ids from blocks that the controller gives out.
#[derive(Debug)]
pub struct ProducerIdStock {
    broker: BrokerId,
    left: Mutex<ProducerIdBlock>,
    refill: tokio::sync::Mutex<()>,
}

impl ProducerIdStock {
    /// An empty stock; the first id asked for fetches a block.
    pub fn new(broker: BrokerId) -> ProducerIdStock {
        let left = Mutex::new(ProducerIdBlock { first: 0, count: 0 });
        ProducerIdStock { broker, left, refill: tokio::sync::Mutex::new(()) }
    }

    fn take(&self) -> Option<ProducerId> {
        let mut left = self.left.lock();
        if left.count == 0 {
            return None;
        }
        let id = left.first;
        *left = ProducerIdBlock { first: id + 1, count: left.count - 1 };
        Some(ProducerId(id))
    }

    /// An id that nobody had before.
    ///
    /// # Errors
    /// What the controller refuses, such as an epoch of this broker that is no longer its own.
    pub async fn next(&self, controller: &ControllerLink, broker_epoch: i64) -> Result<ProducerId, Refusal> {
        loop {
            if let Some(id) = self.take() {
                return Ok(id);
            }
            let _one_at_a_time = self.refill.lock().await;
            if self.left.lock().count == 0 {
                let block = controller.allocate_producer_ids(self.broker, broker_epoch).await?;
                *self.left.lock() = block;
            }
        }
    }
}
