//! Where a transactional producer stands: a pure machine that says what may be done next, and which partitions the
//! coordinator must hear of. Two protocols: a producer names its partitions to the coordinator before it writes to them,
//! or the brokers do so themselves and each transaction has an epoch of its own (KIP-890, `transaction.version` 2).

use std::collections::{BTreeMap, BTreeSet};

use crate::client::{ClientError, Result};
use crate::model::ErrorCode;

/// How partitions join a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    /// AddPartitionsToTxn, before the first record.
    Named,
    /// The leader adds its partition by the first record.
    Implied,
}

/// The newest versions that go by [`Protocol::Named`]: those above mean the other one.
pub(super) const NAMED_PRODUCE: i16 = 11;
/// As [`NAMED_PRODUCE`], of EndTxn.
pub(super) const NAMED_END_TXN: i16 = 4;
/// Clients send AddPartitionsToTxn in version 3 at most: those above are the brokers'.
pub(super) const CLIENT_ADD_PARTITIONS: i16 = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// No producer id yet.
    New,
    /// Between transactions.
    Ready,
    /// In one.
    Open,
}

/// The machine.
#[derive(Debug)]
pub(super) struct Transaction {
    id: String,
    protocol: Protocol,
    phase: Phase,
    /// Partitions with records that the coordinator has not heard of.
    unnamed: BTreeSet<(String, i32)>,
    /// Partitions that are in the transaction.
    joined: BTreeSet<(String, i32)>,
}

impl Transaction {
    pub(super) fn new(id: String) -> Transaction {
        let (unnamed, joined) = (BTreeSet::new(), BTreeSet::new());
        Transaction { id, protocol: Protocol::Named, phase: Phase::New, unnamed, joined }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) const fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// A producer id was given: what was open before it is over.
    pub(super) fn initialized(&mut self, protocol: Protocol) {
        self.protocol = protocol;
        self.phase = Phase::Ready;
        self.unnamed.clear();
        self.joined.clear();
    }

    /// Begins a transaction; nobody else hears of it before the first record.
    pub(super) fn begin(&mut self) -> Result<()> {
        match self.phase {
            Phase::Ready => {
                self.phase = Phase::Open;
                Ok(())
            }
            Phase::New => Err(self.refused("cannot begin a transaction", "the producer has no id yet")),
            Phase::Open => Err(self.refused("cannot begin a transaction", "one is open")),
        }
    }

    /// A record is about to go to a partition.
    pub(super) fn touch(&mut self, topic: &str, partition: i32) -> Result<()> {
        if self.phase != Phase::Open {
            return Err(self.refused("cannot produce", "no transaction is open"));
        }
        let at = (topic.to_owned(), partition);
        if !self.joined.contains(&at) {
            match self.protocol {
                Protocol::Named => drop(self.unnamed.insert(at)),
                Protocol::Implied => drop(self.joined.insert(at)),
            }
        }
        Ok(())
    }

    /// The partitions that the coordinator must hear of before a record is sent to them, by topic.
    pub(super) fn to_name(&self) -> BTreeMap<String, Vec<i32>> {
        let mut topics: BTreeMap<String, Vec<i32>> = BTreeMap::new();
        for (topic, partition) in &self.unnamed {
            topics.entry(topic.clone()).or_default().push(*partition);
        }
        topics
    }

    /// The coordinator has heard of these.
    pub(super) fn named(&mut self, topics: &BTreeMap<String, Vec<i32>>) {
        for (topic, partitions) in topics {
            for &partition in partitions {
                let at = (topic.clone(), partition);
                self.unnamed.remove(&at);
                self.joined.insert(at);
            }
        }
    }

    /// Whether a transaction is open that the coordinator must be told the end of.
    pub(super) fn end(&self) -> Result<bool> {
        if self.phase != Phase::Open {
            return Err(self.refused("cannot end a transaction", "none is open"));
        }
        Ok(!self.joined.is_empty())
    }

    /// The transaction is over.
    pub(super) fn ended(&mut self) {
        self.phase = Phase::Ready;
        self.unnamed.clear();
        self.joined.clear();
    }

    fn refused(&self, what: &str, why: &str) -> ClientError {
        let text = format!("{why} (transactional.id {})", self.id);
        ClientError::refused(what, ErrorCode::InvalidTxnState, Some(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready(protocol: Protocol) -> Transaction {
        let mut transaction = Transaction::new("t".into());
        transaction.initialized(protocol);
        transaction
    }

    #[test]
    fn a_partition_is_named_once_before_its_first_record() {
        let mut transaction = ready(Protocol::Named);
        transaction.begin().unwrap();
        for partition in [0, 3, 0] {
            transaction.touch("a", partition).unwrap();
        }
        transaction.touch("b", 1).unwrap();
        let named = transaction.to_name();
        assert_eq!(named, BTreeMap::from([("a".into(), vec![0, 3]), ("b".into(), vec![1])]));
        transaction.named(&named);
        transaction.touch("a", 3).unwrap();
        assert!(transaction.to_name().is_empty());
        assert!(transaction.end().unwrap());
        transaction.ended();
        transaction.begin().unwrap();
        transaction.touch("a", 3).unwrap();
        assert_eq!(transaction.to_name().len(), 1, "the next transaction names it anew");
    }

    #[test]
    fn with_implied_partitions_nothing_is_named_but_the_end() {
        let mut transaction = ready(Protocol::Implied);
        transaction.begin().unwrap();
        assert!(!transaction.end().unwrap(), "nobody has heard of an empty one");
        transaction.touch("a", 0).unwrap();
        assert!(transaction.to_name().is_empty() && transaction.end().unwrap());
    }

    #[test]
    fn what_is_out_of_turn_is_refused_with_the_id() {
        let mut transaction = Transaction::new("orders-1".into());
        assert!(transaction.begin().unwrap_err().to_string().contains("no id yet (transactional.id orders-1)"));
        transaction.initialized(Protocol::Named);
        assert!(transaction.touch("a", 0).is_err() && transaction.end().is_err());
        transaction.begin().unwrap();
        assert!(transaction.begin().unwrap_err().to_string().contains("one is open"));
    }
}
