//! The few settings that matter in a simulated cluster.

use std::collections::BTreeMap;

use crate::broker::state::controller::{ConfigRules, Refusal};
use crate::broker::state::metadata::{ConfigKind, ConfigResource, MetadataImage};
use crate::wire::messages::create_topics::CreatableTopicConfigs;

/// Knows the minimum of in-sync replicas; takes every other setting as it comes.
pub(super) struct Rules {
    pub min_insync: usize,
}

impl ConfigRules for Rules {
    fn validate(&self, _: &ConfigResource, _: &BTreeMap<String, String>) -> Result<(), Refusal> {
        Ok(())
    }

    fn is_list(&self, _: ConfigKind, _: &str) -> bool {
        false
    }

    fn default_value(&self, _: ConfigKind, name: &str) -> Option<String> {
        (name == "min.insync.replicas").then(|| self.min_insync.to_string())
    }

    fn topic_configs(&self, _: &MetadataImage, _: &BTreeMap<String, String>) -> Vec<CreatableTopicConfigs> {
        Vec::new()
    }
}
