//! Administrative requests that the tools do not send in this form: a description in pages, and the older way to alter
//! settings.

use std::collections::BTreeMap;

use logbus::model::ErrorCode;
use logbus::wire::messages::alter_configs::{AlterConfigsRequest, AlterConfigsResource, AlterableConfig};
use logbus::wire::messages::describe_configs::{DescribeConfigsRequest, DescribeConfigsResource};
use logbus::wire::messages::describe_topic_partitions::{
    DescribeTopicPartitionsRequest, DescribeTopicPartitionsRequestCursor, TopicRequest,
};

use crate::harness::Broker;
use crate::talk::Talk;

const TOPIC: i8 = 2;
/// DYNAMIC_TOPIC_CONFIG: set on the topic itself.
const SET_ON_TOPIC: i8 = 1;

#[test]
fn describe_topic_partitions_gives_every_partition_once_page_by_page() {
    let broker = Broker::start();
    let talk = Talk::with(&broker.bootstrap());
    let topics = [("a", 5), ("b", 1), ("c", 3)];
    topics.iter().for_each(|(name, partitions)| talk.create(name, *partitions, &[]));
    let names = topics.iter().map(|(name, _)| TopicRequest { name: (*name).to_owned() });
    let mut request = DescribeTopicPartitionsRequest {
        topics: names.rev().collect(),
        response_partition_limit: 2,
        ..DescribeTopicPartitionsRequest::default()
    };
    let mut seen = Vec::new();
    let mut pages = 0;
    loop {
        let answer = talk.ask(&request);
        pages += 1;
        let mut on_page = 0;
        for topic in answer.topics {
            assert_eq!(topic.error_code, 0);
            on_page += topic.partitions.len();
            let name = topic.name.unwrap();
            seen.extend(topic.partitions.iter().map(|partition| (name.clone(), partition.partition_index)));
        }
        assert!(on_page <= 2, "{on_page} partitions on page {pages}");
        let Some(next) = answer.next_cursor else { break };
        request.cursor = Some(DescribeTopicPartitionsRequestCursor {
            topic_name: next.topic_name,
            partition_index: next.partition_index,
        });
    }
    let all = topics.iter().flat_map(|(name, n)| (0..*n).map(|index| ((*name).to_owned(), index)));
    assert_eq!(seen, all.collect::<Vec<_>>(), "in order of names, whatever order was asked for");
    assert_eq!(pages, 5, "nine partitions, two on a page");
}

/// What is set on a topic itself.
fn set_on(talk: &Talk, topic: &str) -> BTreeMap<String, String> {
    let resource =
        DescribeConfigsResource { resource_type: TOPIC, resource_name: topic.to_owned(), configuration_keys: None };
    let request = DescribeConfigsRequest { resources: vec![resource], ..DescribeConfigsRequest::default() };
    let result = talk.ask(&request).results.remove(0);
    let own = result.configs.into_iter().filter(|config| config.config_source == SET_ON_TOPIC);
    own.map(|config| (config.name, config.value.unwrap_or_default())).collect()
}

fn replace(talk: &Talk, topic: &str, settings: &[(&str, &str)], validate_only: bool) -> ErrorCode {
    let configs = settings
        .iter()
        .map(|(name, value)| AlterableConfig { name: (*name).to_owned(), value: Some((*value).to_owned()) });
    let resource =
        AlterConfigsResource { resource_type: TOPIC, resource_name: topic.to_owned(), configs: configs.collect() };
    let answer = talk.ask(&AlterConfigsRequest { resources: vec![resource], validate_only });
    ErrorCode::from_code(answer.responses[0].error_code)
}

fn pairs(settings: &[(&str, &str)]) -> BTreeMap<String, String> {
    settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn legacy_alter_configs_replaces_everything_that_was_set_on_a_topic() {
    let broker = Broker::start();
    let talk = Talk::with(&broker.bootstrap());
    talk.create("orders", 1, &["retention.ms=1000", "cleanup.policy=compact"]);
    talk.create("other", 1, &["retention.ms=7"]);
    let new = [("retention.ms", "2000"), ("max.message.bytes", "5000")];
    assert_eq!(replace(&talk, "orders", &new, true), ErrorCode::None);
    let before = pairs(&[("retention.ms", "1000"), ("cleanup.policy", "compact")]);
    assert_eq!(set_on(&talk, "orders"), before, "validated and nothing more");
    assert_eq!(replace(&talk, "orders", &new, false), ErrorCode::None);
    assert_eq!(set_on(&talk, "orders"), pairs(&new));
    assert_eq!(replace(&talk, "orders", &[("retention.ms", "soon")], false), ErrorCode::InvalidConfig);
    assert_eq!(set_on(&talk, "orders"), pairs(&new), "a refused change changes nothing");
    assert_eq!(replace(&talk, "orders", &[], false), ErrorCode::None);
    assert_eq!(set_on(&talk, "orders"), pairs(&[]));
    assert_eq!(set_on(&talk, "other"), pairs(&[("retention.ms", "7")]), "no other topic is touched");
}
