//! An image as the records that rebuild it, in the order in which Kafka's image writer puts them.

use super::features::METADATA_VERSION_FEATURE;
use super::image::MetadataImage;
use crate::wire::records::metadata::{
    ClientQuotaRecord, ConfigRecord, EntityData, FeatureLevelRecord, MetadataRecord, ProducerIdsRecord, TopicRecord,
};

/// The records of a snapshot of `image`, made one at a time: a snapshot of 100,000 partitions is never held as a whole.
pub fn image_records(image: &MetadataImage) -> impl Iterator<Item = MetadataRecord> {
    // `metadata.version` goes first: it says in which versions the rest is written.
    let mut levels: Vec<(&str, i16)> = image.features().iter().collect();
    levels.sort_by_key(|(name, _)| (*name != METADATA_VERSION_FEATURE, *name));
    let features = levels.into_iter().map(|(name, feature_level)| {
        MetadataRecord::FeatureLevelRecord(FeatureLevelRecord { name: name.to_owned(), feature_level })
    });
    let brokers = image.brokers().map(|broker| MetadataRecord::RegisterBrokerRecord(broker.to_record()));
    let controllers = image.controllers().map(|c| MetadataRecord::RegisterControllerRecord(c.clone()));
    let topics = image.topics().flat_map(|topic| {
        let head = TopicRecord { name: topic.name.to_string(), topic_id: topic.id };
        std::iter::once(MetadataRecord::TopicRecord(head)).chain(
            topic
                .iter()
                .map(|(index, partition)| MetadataRecord::PartitionRecord(partition.to_record(topic.id, index))),
        )
    });
    let configs = image.configs().flat_map(|(resource, values)| {
        values.iter().map(|(name, value)| {
            MetadataRecord::ConfigRecord(ConfigRecord {
                resource_type: resource.kind.code(),
                resource_name: resource.name.to_string(),
                name: name.clone(),
                value: Some(value.clone()),
            })
        })
    });
    let quotas = image.quotas().flat_map(|(entity, values)| {
        values.iter().map(|(key, value)| {
            let entity = entity
                .iter()
                .map(|(kind, name)| EntityData { entity_type: kind.clone(), entity_name: name.clone() })
                .collect();
            MetadataRecord::ClientQuotaRecord(ClientQuotaRecord {
                entity,
                key: key.clone(),
                value: *value,
                remove: false,
            })
        })
    });
    let ids = (image.next_producer_id() > 0).then(|| {
        MetadataRecord::ProducerIdsRecord(ProducerIdsRecord {
            broker_id: -1,
            broker_epoch: -1,
            next_producer_id: image.next_producer_id(),
        })
    });
    let acls = image.acls().map(|acl| MetadataRecord::AccessControlEntryRecord(acl.clone()));
    let scram = image.scram_credentials().map(|c| MetadataRecord::UserScramCredentialRecord(c.clone()));
    let tokens = image.delegation_tokens().map(|t| MetadataRecord::DelegationTokenRecord(t.clone()));
    features
        .chain(brokers)
        .chain(controllers)
        .chain(topics)
        .chain(configs)
        .chain(quotas)
        .chain(ids)
        .chain(acls)
        .chain(scram)
        .chain(tokens)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::state::metadata::{MetadataChanges, bootstrap_records, record_version};
    use crate::model::Uuid;
    use crate::wire::records::metadata::*;

    fn sample() -> Vec<MetadataRecord> {
        let topic_id = Uuid(0x1234_5678_9abc);
        let mut records = bootstrap_records();
        records.push(MetadataRecord::RegisterBrokerRecord(RegisterBrokerRecord {
            broker_id: 1,
            incarnation_id: Uuid(900),
            broker_epoch: 8,
            end_points: vec![BrokerEndpoint {
                name: "PLAINTEXT".into(),
                host: "127.0.0.1".into(),
                port: 9092,
                security_protocol: 0,
            }],
            rack: None,
            log_dirs: vec![Uuid(901)],
            cordoned_log_dirs: Some(vec![]),
            ..Default::default()
        }));
        records.push(MetadataRecord::TopicRecord(TopicRecord { name: "orders".into(), topic_id }));
        for partition_id in 0..3 {
            records.push(MetadataRecord::PartitionRecord(PartitionRecord {
                partition_id,
                topic_id,
                replicas: vec![1],
                isr: vec![1],
                leader: 1,
                leader_epoch: 3,
                partition_epoch: 4,
                directories: vec![Uuid(901)],
                ..Default::default()
            }));
        }
        records.push(MetadataRecord::ConfigRecord(ConfigRecord {
            resource_type: 2,
            resource_name: "orders".into(),
            name: "retention.ms".into(),
            value: Some("60000".into()),
        }));
        records.push(MetadataRecord::ClientQuotaRecord(ClientQuotaRecord {
            entity: vec![EntityData { entity_type: "user".into(), entity_name: None }],
            key: "producer_byte_rate".into(),
            value: 1024.0,
            remove: false,
        }));
        records.push(MetadataRecord::ProducerIdsRecord(ProducerIdsRecord {
            broker_id: 1,
            broker_epoch: 8,
            next_producer_id: 2000,
        }));
        records
    }

    #[test]
    fn an_image_is_rebuilt_by_its_own_records_through_their_bytes() {
        let mut image = MetadataImage::default();
        for record in sample() {
            image.apply(&record, &mut MetadataChanges::default()).unwrap();
        }
        let mut rebuilt = MetadataImage::default();
        for record in image_records(&image) {
            let value = record.to_value(record_version(&record, 30));
            let (record, _) = MetadataRecord::from_value(value).unwrap();
            rebuilt.apply(&record, &mut MetadataChanges::default()).unwrap();
        }
        assert_eq!(rebuilt, image);
    }
}
