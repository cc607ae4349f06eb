//! Committed records in, published images out.

use std::sync::Arc;

use super::apply::ApplyError;
use super::changes::MetadataChanges;
use super::image::{LogPosition, MetadataImage};
use crate::model::{LeaderEpoch, Offset};
use crate::wire::records::metadata::MetadataRecord;

/// A step from one published image to the next.
#[derive(Clone, Debug)]
pub struct MetadataUpdate {
    /// The image before.
    pub old: Arc<MetadataImage>,
    /// The image now.
    pub new: Arc<MetadataImage>,
    /// What differs.
    pub changes: MetadataChanges,
}

/// A record that cannot be applied at its place in the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    /// It contradicts the image.
    #[error("metadata log offset {offset}: {source}")]
    Apply {
        /// Where it stands.
        offset: Offset,
        /// What is wrong with it.
        source: ApplyError,
    },
    /// A transaction marker in the wrong place.
    #[error("metadata log offset {offset}: {what}")]
    Transaction {
        /// Where it stands.
        offset: Offset,
        /// What is wrong with it.
        what: &'static str,
    },
}

/// Builds images from committed records. Records of a metadata transaction (KIP-868) are held back until it ends, so an
/// image never shows half of a command.
#[derive(Clone, Debug, Default)]
pub struct MetadataLoader {
    /// Everything applied so far, an open transaction included.
    working: MetadataImage,
    changes: MetadataChanges,
    /// The image before an open transaction.
    before_transaction: Option<(MetadataImage, MetadataChanges)>,
    published: Arc<MetadataImage>,
    /// The end of the log as seen, also where the last records changed nothing or belong to an open transaction.
    last: LogPosition,
}

impl MetadataLoader {
    /// Starts from an image, usually one read from a snapshot.
    pub fn new(image: MetadataImage) -> MetadataLoader {
        let last = image.position();
        MetadataLoader { working: image.clone(), published: Arc::new(image), last, ..Default::default() }
    }

    /// Position of the last record that was given to the loader.
    pub fn last(&self) -> LogPosition {
        self.last
    }

    /// The newest image that holds no half of a transaction.
    pub fn stable(&self) -> &MetadataImage {
        self.before_transaction.as_ref().map_or(&self.working, |(image, _)| image)
    }

    /// Whether a transaction is open.
    pub fn in_transaction(&self) -> bool {
        self.before_transaction.is_some()
    }

    /// Takes a control record: it moves the position and changes nothing else.
    pub fn skip(&mut self, offset: Offset, epoch: LeaderEpoch) {
        self.advance(offset, epoch);
    }

    /// Takes the level of `kraft.version` from a control record, or from where the node began.
    pub fn set_kraft_version(&mut self, level: i16) {
        self.working.kraft_version = level;
        // Voters are no part of a transaction.
        if let Some((before, _)) = &mut self.before_transaction {
            before.kraft_version = level;
        }
    }

    fn advance(&mut self, offset: Offset, epoch: LeaderEpoch) {
        self.last = LogPosition { offset, epoch };
        self.working.position = self.last;
    }

    /// Takes the committed record at `offset`.
    ///
    /// # Errors
    /// When the record contradicts the image or a transaction marker stands in the wrong place.
    pub fn load(&mut self, offset: Offset, epoch: LeaderEpoch, record: &MetadataRecord) -> Result<(), LoadError> {
        let wrong = |what| Err(LoadError::Transaction { offset, what });
        match record {
            MetadataRecord::BeginTransactionRecord(_) => {
                if self.in_transaction() {
                    return wrong("a transaction begins inside another");
                }
                self.before_transaction = Some((self.working.clone(), self.changes.clone()));
            }
            MetadataRecord::EndTransactionRecord(_) => {
                if self.before_transaction.take().is_none() {
                    return wrong("a transaction ends that did not begin");
                }
            }
            MetadataRecord::AbortTransactionRecord(_) => match self.before_transaction.take() {
                Some((image, changes)) => (self.working, self.changes) = (image, changes),
                None => return wrong("a transaction is aborted that did not begin"),
            },
            other => {
                self.working.apply(other, &mut self.changes).map_err(|source| LoadError::Apply { offset, source })?
            }
        }
        self.advance(offset, epoch);
        Ok(())
    }

    /// The step since the last call, when the image moved at all; nothing while a transaction is open.
    pub fn publish(&mut self) -> Option<MetadataUpdate> {
        if self.in_transaction() || self.working.position() == self.published.position() {
            return None;
        }
        let new = Arc::new(self.working.clone());
        let old = std::mem::replace(&mut self.published, Arc::clone(&new));
        Some(MetadataUpdate { old, new, changes: std::mem::take(&mut self.changes) })
    }

    /// Replaces everything by a snapshot's image and says what differs.
    pub fn replace(&mut self, image: MetadataImage) -> MetadataUpdate {
        let old = Arc::clone(&self.published);
        *self = MetadataLoader::new(image);
        let new = Arc::clone(&self.published);
        let changes = MetadataChanges::between(&old, &new);
        MetadataUpdate { old, new, changes }
    }
}

impl MetadataImage {
    /// This image, said to be at `position`: for images read from a snapshot.
    #[must_use]
    pub fn at(mut self, position: LogPosition) -> MetadataImage {
        self.position = position;
        self
    }

    /// This image, with the level of `kraft.version` that a snapshot's control records tell.
    #[must_use]
    pub fn with_kraft_version(mut self, level: i16) -> MetadataImage {
        self.kraft_version = level;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Uuid;
    use crate::wire::records::metadata::{
        AbortTransactionRecord, BeginTransactionRecord, EndTransactionRecord, TopicRecord,
    };

    fn topic(n: u128) -> MetadataRecord {
        MetadataRecord::TopicRecord(TopicRecord { name: format!("t{n}"), topic_id: Uuid(1000 + n) })
    }

    fn begin() -> MetadataRecord {
        MetadataRecord::BeginTransactionRecord(BeginTransactionRecord::default())
    }

    fn load(loader: &mut MetadataLoader, records: &[MetadataRecord]) -> Result<(), LoadError> {
        for record in records {
            loader.load(loader.last().offset.next(), LeaderEpoch(1), record)?;
        }
        Ok(())
    }

    #[test]
    fn the_level_of_the_voters_is_shown_with_the_next_image() {
        let mut loader = MetadataLoader::default();
        load(&mut loader, &[begin(), topic(1)]).unwrap();
        loader.skip(loader.last().offset.next(), LeaderEpoch(1));
        loader.set_kraft_version(1);
        assert_eq!(loader.stable().kraft_version(), 1);
        load(&mut loader, &[MetadataRecord::AbortTransactionRecord(AbortTransactionRecord::default())]).unwrap();
        assert_eq!(loader.publish().unwrap().new.kraft_version(), 1, "no transaction takes it back");
    }

    #[test]
    fn a_transaction_is_seen_whole_or_not_at_all() {
        let mut loader = MetadataLoader::default();
        load(&mut loader, &[begin(), topic(1), topic(2)]).unwrap();
        assert!(loader.publish().is_none());
        assert_eq!(loader.stable().topic_count(), 0);
        load(&mut loader, &[MetadataRecord::EndTransactionRecord(EndTransactionRecord::default())]).unwrap();
        let update = loader.publish().unwrap();
        assert_eq!((update.old.topic_count(), update.new.topic_count()), (0, 2));
        assert_eq!(update.new.offset(), Offset(3));
        assert_eq!(update.changes.topics().count(), 2);
    }

    #[test]
    fn an_aborted_transaction_leaves_nothing_behind() {
        let mut loader = MetadataLoader::default();
        let abort = MetadataRecord::AbortTransactionRecord(AbortTransactionRecord::default());
        load(&mut loader, &[topic(1), begin(), topic(2), abort]).unwrap();
        let update = loader.publish().unwrap();
        assert!(update.new.topic("t1").is_some() && update.new.topic("t2").is_none());
        assert_eq!(update.changes.topics().count(), 1);
        assert_eq!(update.new.offset(), Offset(3));
    }

    #[test]
    fn markers_in_the_wrong_place_are_refused() {
        let end = MetadataRecord::EndTransactionRecord(EndTransactionRecord::default());
        assert!(matches!(load(&mut MetadataLoader::default(), &[end]), Err(LoadError::Transaction { .. })));
        assert!(matches!(
            load(&mut MetadataLoader::default(), &[begin(), begin()]),
            Err(LoadError::Transaction { .. })
        ));
    }

    #[test]
    fn a_snapshot_replaces_the_image_and_names_what_differs() {
        let mut loader = MetadataLoader::default();
        load(&mut loader, &[topic(1), topic(2)]).unwrap();
        loader.publish();
        let mut other = MetadataLoader::default();
        load(&mut other, &[topic(2), topic(3), topic(4)]).unwrap();
        let update = loader.replace(other.stable().clone());
        assert_eq!(update.changes.topics().collect::<Vec<_>>(), [Uuid(1001), Uuid(1003), Uuid(1004)]);
        assert_eq!(loader.last().offset, Offset(2));
    }
}
