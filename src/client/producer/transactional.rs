//! What a transactional producer asks its coordinator.

use super::transaction::{CLIENT_ADD_PARTITIONS, NAMED_END_TXN, Protocol, Transaction};
use super::{Producer, TopicLanes};
use crate::client::backoff::Backoff;
use crate::client::routing::Routed;
use crate::client::{ClientError, Cluster, Result, Target};
use crate::model::{ErrorCode, ProducerEpoch, ProducerId};
use crate::wire::messages::add_partitions_to_txn::{AddPartitionsToTxnRequest, AddPartitionsToTxnTopic};
use crate::wire::messages::end_txn::EndTxnRequest;
use crate::wire::messages::init_producer_id::InitProducerIdRequest;

/// From which level of the feature on brokers add partitions to transactions themselves.
const IMPLIED_FROM: i16 = 2;
/// Two-phase commit begins above this version, which no client here asks for.
const PLAIN_INIT: i16 = 5;

impl Producer {
    /// Gets a producer id under the transactional id: an earlier producer with it is fenced, and what it left open is
    /// aborted.
    ///
    /// # Errors
    /// [`ClientError`] when the producer has no transactional id, or the coordinator refuses or does not answer.
    pub async fn init_transactions(&mut self) -> Result<()> {
        let id = self.transaction()?.id().to_owned();
        let request = InitProducerIdRequest {
            transactional_id: Some(id.clone()),
            transaction_timeout_ms: self.config.transaction_timeout_ms,
            ..Default::default()
        };
        let cluster = self.cluster.clone();
        let answer = ask(&cluster, &id, &request, PLAIN_INIT, |r| r.error_code).await?;
        ClientError::check(answer.error_code, None, || format!("cannot get a producer id for {id}"))?;
        let connection = cluster.connection(Target::Transaction(&id)).await?;
        let features = &connection.versions().response.finalized_features;
        let level = features.iter().find(|f| f.name == "transaction.version").map_or(0, |f| f.max_version_level);
        let protocol = if level >= IMPLIED_FROM { Protocol::Implied } else { Protocol::Named };
        self.begin_anew(answer.producer_id, answer.producer_epoch);
        self.transaction()?.initialized(protocol);
        Ok(())
    }

    /// Begins a transaction: what is sent from here on is seen by readers of committed records once it is committed.
    ///
    /// # Errors
    /// [`ClientError`] when one is open.
    pub fn begin_transaction(&mut self) -> Result<()> {
        self.transaction()?.begin()
    }

    /// Waits until all was taken, and commits it.
    ///
    /// # Errors
    /// [`ClientError`] when something was not taken, and the transaction is to be aborted; or the coordinator refuses.
    pub async fn commit_transaction(&mut self) -> Result<()> {
        self.transaction()?.end()?;
        self.flush().await?;
        self.end_transaction(true).await
    }

    /// Aborts what was sent since the transaction began.
    ///
    /// # Errors
    /// [`ClientError`] when the coordinator refuses or does not answer.
    pub async fn abort_transaction(&mut self) -> Result<()> {
        self.transaction()?.end()?;
        if self.flush().await.is_ok() {
            return self.end_transaction(false).await;
        }
        // What is in the log is not known: a new epoch makes sure that nothing old comes after the marker.
        while let Some(done) = self.in_flight.join_next().await {
            if let Ok(sent) = done {
                self.complete(sent);
            }
        }
        self.end_transaction(false).await?;
        self.init_transactions().await
    }

    async fn end_transaction(&mut self, committed: bool) -> Result<()> {
        let transaction = self.transaction()?;
        if transaction.end()? {
            let cap = if transaction.protocol() == Protocol::Named { NAMED_END_TXN } else { i16::MAX };
            let id = transaction.id().to_owned();
            let (producer_id, producer_epoch) = self.identity.unwrap_or((ProducerId::NONE, ProducerEpoch::NONE));
            let request = EndTxnRequest {
                transactional_id: id.clone(),
                producer_id: producer_id.0,
                producer_epoch: producer_epoch.0,
                committed,
            };
            let cluster = self.cluster.clone();
            let answer = ask(&cluster, &id, &request, cap, |r| r.error_code).await?;
            let what = if committed { "commit" } else { "abort" };
            ClientError::check(answer.error_code, None, || format!("cannot {what} the transaction of {id}"))?;
            if answer.producer_id >= 0 {
                self.begin_anew(answer.producer_id, answer.producer_epoch);
            }
        }
        self.transaction()?.ended();
        Ok(())
    }

    /// Tells the coordinator of partitions that records wait for, where the protocol wants it.
    pub(super) async fn name_partitions(&mut self) -> Result<()> {
        let Some(transaction) = &self.transaction else { return Ok(()) };
        let topics = transaction.to_name();
        if topics.is_empty() {
            return Ok(());
        }
        let id = transaction.id().to_owned();
        let (producer_id, producer_epoch) = self.identity.unwrap_or((ProducerId::NONE, ProducerEpoch::NONE));
        let topic = |(name, partitions): (&String, &Vec<i32>)| AddPartitionsToTxnTopic {
            name: name.clone(),
            partitions: partitions.clone(),
        };
        let request = AddPartitionsToTxnRequest {
            v3_and_below_transactional_id: id.clone(),
            v3_and_below_producer_id: producer_id.0,
            v3_and_below_producer_epoch: producer_epoch.0,
            v3_and_below_topics: topics.iter().map(topic).collect(),
            ..Default::default()
        };
        let first_error = |r: &<AddPartitionsToTxnRequest as crate::wire::schema::Request>::Response| {
            AddPartitionsToTxnRequest::codes(r).find(|&code| code != 0).unwrap_or_default()
        };
        let cluster = self.cluster.clone();
        let answer = ask(&cluster, &id, &request, CLIENT_ADD_PARTITIONS, first_error).await?;
        ClientError::check(first_error(&answer), None, || format!("cannot add partitions to the transaction of {id}"))?;
        if let Some(transaction) = &mut self.transaction {
            transaction.named(&topics);
        }
        Ok(())
    }

    fn transaction(&mut self) -> Result<&mut Transaction> {
        self.transaction.as_mut().ok_or_else(|| ClientError::Config("the producer has no transactional.id".into()))
    }

    /// Another producer id or epoch: sequence numbers begin at 0, and what failed before is of the past.
    fn begin_anew(&mut self, producer_id: i64, producer_epoch: i16) {
        self.identity = Some((ProducerId(producer_id), ProducerEpoch(producer_epoch)));
        for TopicLanes { lanes, .. } in self.topics.values_mut() {
            for lane in lanes {
                self.buffered -= lane.begin_anew();
            }
        }
        self.failure = None;
    }
}

/// Asks the coordinator, and again while the transaction before is not over for it.
async fn ask<R: Routed>(
    cluster: &Cluster,
    id: &str,
    request: &R,
    cap: i16,
    code: impl Fn(&R::Response) -> i16,
) -> Result<R::Response> {
    let mut backoff = Backoff::new(cluster.config());
    loop {
        let answer = cluster.request_up_to(Target::Transaction(id), request, cap).await?;
        let is_busy = ErrorCode::from_code(code(&answer)) == ErrorCode::ConcurrentTransactions;
        if !is_busy || !backoff.pause().await {
            return Ok(answer);
        }
    }
}
