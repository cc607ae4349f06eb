//! When the records at given offsets were written, for very many partitions, without reading them.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::task::JoinSet;

use super::offsets::At;
use super::{Cluster, Target};
use crate::wire::batch::{BatchHeader, HEADER_LEN};
use crate::wire::messages::fetch::{FetchPartition, FetchRequest, FetchResponse, FetchTopic};

/// Partitions of one request.
const AT_ONCE: usize = 2_000;
/// What an answer may have at most.
const MAX_BYTES: i32 = 8 << 20;
/// The longest wait for one.
const PATIENCE: Duration = Duration::from_secs(5);

impl Cluster {
    /// The times of the records that stand at these offsets, in milliseconds, where a broker gives the beginning of a batch
    /// that is larger than what was asked for: Apache Kafka does. A broker that sends whole batches only tells the times of
    /// one partition in each answer. Within a batch, time is taken to pass evenly.
    pub async fn peek_times(&self, wanted: &[(At, i64)]) -> BTreeMap<At, i64> {
        let (led, _) = self.by_leader(wanted.iter().cloned(), |((topic, partition), _)| (topic, *partition));
        let mut asked = JoinSet::new();
        for (leader, items) in led {
            for chunk in items.chunks(AT_ONCE) {
                let (cluster, request, chunk) = (self.clone(), request(chunk), chunk.to_vec());
                asked.spawn(async move {
                    let connection = cluster.connection(Target::Broker(leader)).await.ok()?;
                    let response = connection.send_within(&request, PATIENCE).await.ok()?;
                    Some(times(&chunk, &response))
                });
            }
        }
        let mut found = BTreeMap::new();
        while let Some(done) = asked.join_next().await {
            found.extend(done.ok().flatten().unwrap_or_default());
        }
        found
    }
}

fn request(items: &[(At, i64)]) -> FetchRequest {
    let mut topics: BTreeMap<&str, Vec<FetchPartition>> = BTreeMap::new();
    for ((topic, partition), offset) in items {
        topics.entry(topic).or_default().push(FetchPartition {
            partition: *partition,
            fetch_offset: *offset,
            partition_max_bytes: HEADER_LEN as i32,
            ..Default::default()
        });
    }
    let topic = |(name, partitions): (&str, _)| FetchTopic { topic: name.into(), partitions, ..Default::default() };
    FetchRequest {
        max_wait_ms: 0,
        min_bytes: 0,
        max_bytes: MAX_BYTES,
        topics: topics.into_iter().map(topic).collect(),
        ..Default::default()
    }
}

fn times(items: &[(At, i64)], response: &FetchResponse) -> BTreeMap<At, i64> {
    let wanted: BTreeMap<&At, i64> = items.iter().map(|(at, offset)| (at, *offset)).collect();
    let mut found = BTreeMap::new();
    for topic in &response.responses {
        for partition in &topic.partitions {
            let at = (topic.topic.clone(), partition.partition_index);
            let header = partition.records.as_ref().filter(|_| partition.error_code == 0);
            let header = header.and_then(|records| BatchHeader::parse(records.get(..HEADER_LEN)?).ok());
            if let (Some(&offset), Some(header)) = (wanted.get(&at), header) {
                found.insert(at, time_at(&header, offset));
            }
        }
    }
    found
}

/// The time at an offset of a batch, or of its first record if the offset stands before it.
fn time_at(header: &BatchHeader, offset: i64) -> i64 {
    let (first, last) = (header.base_timestamp.0, header.max_timestamp.0.max(header.base_timestamp.0));
    let records = i64::from(header.last_offset_delta).max(1);
    let passed = (offset - header.base_offset.get()).clamp(0, records);
    first
        .saturating_add(i64::try_from(i128::from(last - first) * i128::from(passed) / i128::from(records)).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Offset, TimestampMs};
    use crate::wire::batch::{BatchBuilder, BuilderOptions, RecordToWrite};
    use crate::wire::messages::fetch::{FetchableTopicResponse, PartitionData};

    /// A batch of records at offsets 40, 41 and 42, a second after each other.
    fn batch() -> Vec<u8> {
        let mut builder = BatchBuilder::new(BuilderOptions { base_offset: Offset(40), ..BuilderOptions::default() });
        for n in 0..3 {
            let record = RecordToWrite {
                timestamp: TimestampMs(10_000 + n * 1_000),
                value: Some(b"x"),
                ..RecordToWrite::default()
            };
            builder.append(&record);
        }
        builder.build().unwrap()
    }

    fn answer(records: Vec<u8>, error_code: i16) -> FetchResponse {
        let partitions = vec![PartitionData { records: Some(records.into()), error_code, ..Default::default() }];
        let topic = FetchableTopicResponse { topic: "t".into(), partitions, ..Default::default() };
        FetchResponse { responses: vec![topic], ..Default::default() }
    }

    #[test]
    fn the_beginning_of_a_batch_tells_the_time_of_each_of_its_offsets() {
        let cut = answer(batch()[..HEADER_LEN].to_vec(), 0);
        for (offset, time) in [(12, 10_000), (40, 10_000), (41, 11_000), (42, 12_000)] {
            let items = [(("t".to_owned(), 0), offset)];
            assert_eq!(times(&items, &cut).into_values().collect::<Vec<_>>(), [time], "{offset}");
        }
    }

    #[test]
    fn what_is_too_short_refused_or_was_not_asked_for_tells_nothing() {
        let items = [(("t".to_owned(), 0), 40)];
        assert!(times(&items, &answer(batch()[..HEADER_LEN - 1].to_vec(), 0)).is_empty());
        assert!(times(&items, &answer(batch(), 6)).is_empty());
        assert!(times(&[], &answer(batch(), 0)).is_empty());
    }
}
