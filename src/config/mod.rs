//! The one table of settings; everything else about a setting is derived from it.
//!
//! [`table`] has a row a setting: name, type, default, legal values, scope, how it may change, one sentence. From the
//! rows come the broker's typed view ([`BrokerConfig`]), a topic's ([`TopicConfig`]), the answers of DescribeConfigs
//! ([`describe`]), the checks of AlterConfigs ([`validate_topic_config`] and its kin) and `docs/settings.md`.
//! No files, no sockets and no clock in here: texts come in, typed values go out.

mod broker;
pub mod describe;
mod docs;
mod listener;
mod setting;
pub mod table;
mod topic;
mod validate;
mod value;

pub use broker::{BrokerConfig, ConfigError, Role, Warning};
pub use docs::settings_markdown;
pub use listener::{Listener, ListenerError, SecurityProtocol};
pub use setting::{Importance, Scope, Setting, Type, Update, Valid};
pub use topic::{CleanupPolicy, TimestampType, TopicCompression, TopicConfig};
pub use validate::{
    ConfigRefusal, validate_broker_config, validate_group_config, validate_topic_config, validate_topic_configs,
};
pub use value::{Value, ValueError};
