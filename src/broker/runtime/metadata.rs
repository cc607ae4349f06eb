//! The newest metadata for everyone, and each step to it for those who must act on it.

use std::sync::Arc;

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use tokio::sync::{mpsc, watch};

use crate::broker::state::metadata::{MetadataImage, MetadataUpdate};
use crate::model::Offset;

/// Steps from image to image, in order, none left out.
pub type Updates = mpsc::UnboundedReceiver<Arc<MetadataUpdate>>;

/// The published metadata image. Reading it takes no lock.
#[derive(Debug)]
pub struct MetadataCache {
    cluster_id: String,
    image: Arc<ArcSwap<MetadataImage>>,
    subscribers: Mutex<Vec<mpsc::UnboundedSender<Arc<MetadataUpdate>>>>,
    published: watch::Sender<Offset>,
    served: watch::Sender<Offset>,
}

impl MetadataCache {
    /// Begins with an image; an empty one until the first records come.
    pub fn new(cluster_id: impl Into<String>, image: MetadataImage) -> Arc<MetadataCache> {
        let offset = image.offset();
        Arc::new(MetadataCache {
            cluster_id: cluster_id.into(),
            image: Arc::new(ArcSwap::from_pointee(image)),
            subscribers: Mutex::new(Vec::new()),
            published: watch::Sender::new(offset),
            served: watch::Sender::new(Offset::NONE),
        })
    }

    /// The cluster's id.
    pub fn cluster_id(&self) -> &str {
        &self.cluster_id
    }

    /// The newest image.
    pub fn image(&self) -> Arc<MetadataImage> {
        self.image.load_full()
    }

    /// The newest image for a short look, cheaper than [`MetadataCache::image`].
    pub fn peek(&self) -> arc_swap::Guard<Arc<MetadataImage>> {
        self.image.load()
    }

    /// The cell of the newest image, for those who keep it at hand. Only [`MetadataCache::publish`] may store into it.
    pub fn cell(&self) -> Arc<ArcSwap<MetadataImage>> {
        Arc::clone(&self.image)
    }

    /// The newest image and every step from it on.
    pub fn subscribe(&self) -> (Arc<MetadataImage>, Updates) {
        let (send, receive) = mpsc::unbounded_channel();
        let mut subscribers = self.subscribers.lock();
        subscribers.push(send);
        // Under the lock that `publish` holds: no step falls between image and channel, and none comes twice.
        (self.image.load_full(), receive)
    }

    /// Takes the next step, in the order of the log. A step to where the image already is, or was, is passed over: a
    /// snapshot's image may be offered after the first records behind it.
    pub fn publish(&self, update: MetadataUpdate) {
        let update = Arc::new(update);
        let offset = update.new.offset();
        {
            let mut subscribers = self.subscribers.lock();
            if offset <= self.image.load().offset() {
                return;
            }
            self.image.store(Arc::clone(&update.new));
            subscribers.retain(|subscriber| subscriber.send(Arc::clone(&update)).is_ok());
        }
        self.published.send_replace(offset);
    }

    /// Gives the image that the node started from, before anyone subscribed. An update that came already is newer.
    pub fn seed(&self, image: MetadataImage) {
        let offset = image.offset();
        let _subscribers = self.subscribers.lock();
        if self.image.load().offset() < offset {
            self.image.store(Arc::new(image));
            self.published.send_replace(offset);
        }
    }

    /// Waits until the image has come to `offset`.
    pub async fn wait_published(&self, offset: Offset) {
        let _ = self.published.subscribe().wait_for(|at| *at >= offset).await;
    }

    /// Says that this node serves what the image at `offset` makes it serve: its partitions' logs are open. Called by
    /// the task that carries updates out.
    pub fn served_up_to(&self, offset: Offset) {
        self.served.send_if_modified(|at| {
            let moves = *at < offset;
            *at = offset.max(*at);
            moves
        });
    }

    /// Waits until this node serves what the image at `offset` makes it serve.
    pub async fn wait_served(&self, offset: Offset) {
        let _ = self.served.subscribe().wait_for(|at| *at >= offset).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::state::metadata::MetadataLoader;
    use crate::model::{LeaderEpoch, Uuid};
    use crate::wire::records::metadata::{MetadataRecord, TopicRecord};

    #[tokio::test]
    async fn a_subscriber_sees_every_step_from_its_image_on() {
        let cache = MetadataCache::new("cluster", MetadataImage::default());
        let mut loader = MetadataLoader::default();
        let mut step = |n: u128| {
            let record = TopicRecord { name: format!("t{n}"), topic_id: Uuid(1000 + n) };
            loader.load(Offset(n as i64), LeaderEpoch(1), &MetadataRecord::TopicRecord(record)).unwrap();
            cache.publish(loader.publish().unwrap());
        };
        step(0);
        let (image, mut updates) = cache.subscribe();
        assert_eq!(image.topic_count(), 1);
        step(1);
        step(2);
        cache.wait_published(Offset(2)).await;
        for count in [2, 3] {
            let update = updates.recv().await.unwrap();
            assert_eq!((update.old.topic_count(), update.new.topic_count()), (count - 1, count));
        }
        assert_eq!(cache.peek().topic_count(), 3);
    }

    #[tokio::test]
    async fn what_is_served_only_moves_on() {
        let cache = MetadataCache::new("cluster", MetadataImage::default());
        cache.served_up_to(Offset(7));
        cache.served_up_to(Offset(3));
        cache.wait_served(Offset(7)).await;
    }
}
