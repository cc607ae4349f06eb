//! The numbers of the broker that this daemon belongs to, under Kafka's names.

use std::sync::Arc;

use super::metrics::{self, MetricsSource, Page};
use crate::broker::Broker;
use crate::model::BrokerId;

/// A broker's counters, its partitions, and what it knows of the cluster.
pub struct BrokerMetrics(pub Arc<Broker>);

impl MetricsSource for BrokerMetrics {
    fn collect(&self, page: &mut Page) {
        traffic(&self.0, page);
        partitions(&self.0, page);
        cluster(&self.0, page);
    }
}

fn traffic(broker: &Broker, page: &mut Page) {
    let counted = broker.metrics.snapshot();
    for (metric, value) in [
        (&metrics::BYTES_IN, counted.bytes_in),
        (&metrics::BYTES_OUT, counted.bytes_out),
        (&metrics::MESSAGES_IN, counted.records_in),
        (&metrics::FAILED_PRODUCE_REQUESTS, counted.failed_produce),
        (&metrics::FAILED_FETCH_REQUESTS, counted.failed_fetch),
        (&metrics::NETWORK_IN, counted.network_in),
        (&metrics::NETWORK_OUT, counted.network_out),
        (&metrics::CONNECTIONS_ACCEPTED, counted.connections_total),
    ] {
        page.add(metric, &[], value as f64);
    }
    page.add(&metrics::CONNECTIONS, &[], counted.connections as f64);
    for (api, n) in &counted.requests {
        page.add(&metrics::REQUESTS, &[("request", api.name())], *n as f64);
    }
}

fn partitions(broker: &Broker, page: &mut Page) {
    let image = broker.metadata.peek();
    let mut sums = [0u64; 4];
    let [held, led, under_replicated, under_min_isr] = &mut sums;
    for partition in broker.replicas.all() {
        *held += 1;
        let name = partition.name();
        let index = name.partition.to_string();
        let labels = [("topic", name.topic.as_str()), ("partition", index.as_str())];
        // A log that was not wanted yet is opened soon, and told of then: a scrape does not wait for its recovery.
        if !partition.is_unopened() {
            // Held for a few loads, never across the page: a scrape must not stand in the way of an append.
            let (size, start, end, segments) = {
                let log = &partition.lock().log;
                (log.size(), log.start_offset(), log.end_offset(), log.segment_count())
            };
            page.add(&metrics::LOG_SIZE, &labels, size as f64);
            page.add(&metrics::LOG_START_OFFSET, &labels, start.get() as f64);
            page.add(&metrics::LOG_END_OFFSET, &labels, end.get() as f64);
            page.add(&metrics::LOG_SEGMENTS, &labels, segments as f64);
        }
        let min_insync = partition.config().min_insync;
        let Some(known) = image.partition(name.topic.as_str(), name.partition) else { continue };
        if known.leader == broker.id {
            *led += 1;
            *under_replicated += u64::from(known.isr.len() < known.replicas.len());
            *under_min_isr += u64::from(known.isr.len() < min_insync.min(known.replicas.len()));
        }
    }
    let offline_dirs = broker.replicas.dirs().iter().filter(|dir| dir.is_offline()).count();
    page.add(&metrics::PARTITION_COUNT, &[], *held as f64);
    page.add(&metrics::LEADER_COUNT, &[], *led as f64);
    page.add(&metrics::UNDER_REPLICATED, &[], *under_replicated as f64);
    page.add(&metrics::UNDER_MIN_ISR, &[], *under_min_isr as f64);
    page.add(&metrics::OFFLINE_LOG_DIRS, &[], offline_dirs as f64);
}

fn cluster(broker: &Broker, page: &mut Page) {
    let image = broker.metadata.peek();
    let leaderless = image.topics().flat_map(|t| &t.partitions).filter(|p| p.leader == BrokerId::NONE).count();
    let (active, inactive): (Vec<_>, Vec<_>) = image.brokers().partition(|b| !b.fenced);
    page.add(&metrics::OFFLINE_PARTITIONS, &[], leaderless as f64);
    page.add(&metrics::GLOBAL_TOPICS, &[], image.topic_count() as f64);
    page.add(&metrics::GLOBAL_PARTITIONS, &[], image.partition_count() as f64);
    page.add(&metrics::ACTIVE_BROKERS, &[], active.len() as f64);
    page.add(&metrics::FENCED_BROKERS, &[], inactive.len() as f64);
    page.add(&metrics::METADATA_OFFSET, &[], image.offset().get() as f64);
}
