//! Brokers as the cluster knows them.

use std::sync::Arc;

use super::topics::DirectoryId;
use crate::model::{BrokerId, Uuid};
use crate::wire::records::metadata::{self as records, RegisterBrokerRecord};

/// Where one listener of a broker is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Listener name, `PLAINTEXT`.
    pub name: Arc<str>,
    /// Advertised host.
    pub host: Arc<str>,
    /// Advertised port.
    pub port: u16,
    /// Security protocol as the protocol numbers it (`SecurityProtocol.id`).
    pub security_protocol: i16,
}

/// `SecurityProtocol.name` for its number.
pub const fn security_protocol_name(id: i16) -> &'static str {
    match id {
        0 => "PLAINTEXT",
        1 => "SSL",
        2 => "SASL_PLAINTEXT",
        3 => "SASL_SSL",
        _ => "UNKNOWN",
    }
}

/// A broker's registration: what `RegisterBrokerRecord` said and what changed since.
#[derive(Clone, Debug, PartialEq)]
pub struct BrokerRegistration {
    /// The broker's node id.
    pub id: BrokerId,
    /// The offset of its registration in the metadata log; newer incarnations have larger ones.
    pub epoch: i64,
    /// Drawn anew at every start of the process.
    pub incarnation: Uuid,
    /// Its listeners, in the order in which it named them.
    pub endpoints: Vec<Endpoint>,
    /// `broker.rack`.
    pub rack: Option<Arc<str>>,
    /// Feature ranges it supports, by name.
    pub features: Vec<(String, i16, i16)>,
    /// Whether it is kept from leading and from in-sync sets.
    pub fenced: bool,
    /// Whether it asked for a controlled shutdown.
    pub in_controlled_shutdown: bool,
    /// Its online log directories.
    pub log_dirs: Vec<Uuid>,
    /// Directories that take no new replicas (KIP-1066); `None` until the broker says.
    pub cordoned_log_dirs: Option<Vec<Uuid>>,
}

impl BrokerRegistration {
    /// The endpoint of a listener.
    pub fn endpoint(&self, listener: &str) -> Option<&Endpoint> {
        self.endpoints.iter().find(|endpoint| &*endpoint.name == listener)
    }

    /// Whether it may lead partitions and stand in in-sync sets.
    pub fn is_active(&self) -> bool {
        !self.fenced && !self.in_controlled_shutdown
    }

    /// Whether none of its directories takes new replicas (KIP-1066).
    pub fn is_cordoned(&self) -> bool {
        let cordoned = self.cordoned_log_dirs.as_deref().unwrap_or_default();
        !self.log_dirs.is_empty() && self.log_dirs.iter().all(|dir| cordoned.contains(dir))
    }

    /// Whether a replica in this directory can be reached (`DirectoryId.isOnline`). A broker that named no directories is
    /// from before it had to (KIP-858): nothing is known against any of its replicas.
    pub fn has_online_dir(&self, directory: Uuid) -> bool {
        match directory {
            DirectoryId::UNASSIGNED | DirectoryId::MIGRATING => true,
            DirectoryId::LOST => false,
            directory => self.log_dirs.is_empty() || self.log_dirs.contains(&directory),
        }
    }

    pub(super) fn from_record(record: &RegisterBrokerRecord) -> BrokerRegistration {
        BrokerRegistration {
            id: BrokerId(record.broker_id),
            epoch: record.broker_epoch,
            incarnation: record.incarnation_id,
            endpoints: record
                .end_points
                .iter()
                .map(|endpoint| Endpoint {
                    name: Arc::from(endpoint.name.as_str()),
                    host: Arc::from(endpoint.host.as_str()),
                    port: endpoint.port,
                    security_protocol: endpoint.security_protocol,
                })
                .collect(),
            rack: record.rack.as_deref().map(Arc::from),
            features: record
                .features
                .iter()
                .map(|f| (f.name.clone(), f.min_supported_version, f.max_supported_version))
                .collect(),
            fenced: record.fenced,
            in_controlled_shutdown: record.in_controlled_shutdown,
            log_dirs: record.log_dirs.clone(),
            cordoned_log_dirs: record.cordoned_log_dirs.clone(),
        }
    }

    /// The record that would establish this registration.
    pub fn to_record(&self) -> RegisterBrokerRecord {
        RegisterBrokerRecord {
            broker_id: self.id.get(),
            is_migrating_zk_broker: false,
            incarnation_id: self.incarnation,
            broker_epoch: self.epoch,
            end_points: self
                .endpoints
                .iter()
                .map(|endpoint| records::BrokerEndpoint {
                    name: endpoint.name.to_string(),
                    host: endpoint.host.to_string(),
                    port: endpoint.port,
                    security_protocol: endpoint.security_protocol,
                })
                .collect(),
            features: self
                .features
                .iter()
                .map(|(name, min, max)| records::BrokerFeature {
                    name: name.clone(),
                    min_supported_version: *min,
                    max_supported_version: *max,
                })
                .collect(),
            rack: self.rack.as_deref().map(str::to_owned),
            fenced: self.fenced,
            in_controlled_shutdown: self.in_controlled_shutdown,
            log_dirs: self.log_dirs.clone(),
            cordoned_log_dirs: self.cordoned_log_dirs.clone(),
        }
    }
}
