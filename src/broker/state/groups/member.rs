//! One member of a classic group.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;

use super::command::{Protocol, Token};
use super::record::MemberMetadata;
use super::timers::Lease;

#[derive(Debug)]
pub(super) struct Member {
    pub(super) id: Arc<str>,
    pub(super) instance_id: Option<Arc<str>>,
    pub(super) client_id: Arc<str>,
    pub(super) client_host: Arc<str>,
    pub(super) rebalance_timeout_ms: i32,
    pub(super) session_timeout_ms: i32,
    /// Preferred first.
    pub(super) protocols: Vec<Protocol>,
    pub(super) assignment: Bytes,
    /// The JoinGroup that waits for the join phase to end. Changed through the group only, which counts them.
    pub(super) joining: Option<Token>,
    /// The SyncGroup that waits for the leader's assignment.
    pub(super) syncing: Option<Token>,
    /// In its first join phase: it cannot send heartbeats yet, so waiting does not keep it alive.
    pub(super) is_new: bool,
    pub(super) session: Lease,
}

impl Member {
    pub(super) fn is_static(&self) -> bool {
        self.instance_id.is_some()
    }

    /// Whether the member is alive without a heartbeat: its request is parked with us.
    pub(super) fn is_waiting(&self) -> bool {
        !self.is_new && (self.joining.is_some() || self.syncing.is_some())
    }

    /// Its metadata under `protocol`; empty where it does not speak it.
    pub(super) fn metadata(&self, protocol: &str) -> Bytes {
        self.protocols.iter().find(|p| *p.name == *protocol).map(|p| p.metadata.clone()).unwrap_or_default()
    }

    /// Its most preferred protocol among the candidates.
    pub(super) fn vote<'a>(&self, candidates: &'a BTreeSet<Arc<str>>) -> Option<&'a Arc<str>> {
        self.protocols.iter().find_map(|p| candidates.get(&p.name))
    }

    pub(super) fn to_metadata(&self, protocol: Option<&str>, assignment: Bytes) -> MemberMetadata {
        MemberMetadata {
            member_id: self.id.clone(),
            instance_id: self.instance_id.clone(),
            client_id: self.client_id.clone(),
            client_host: self.client_host.clone(),
            rebalance_timeout_ms: self.rebalance_timeout_ms,
            session_timeout_ms: self.session_timeout_ms,
            subscription: protocol.map(|p| self.metadata(p)).unwrap_or_default(),
            assignment,
        }
    }

    pub(super) fn from_metadata(saved: MemberMetadata, protocol: Option<&Arc<str>>) -> Member {
        let name = protocol.cloned().unwrap_or_else(|| Arc::from(""));
        Member {
            id: saved.member_id,
            instance_id: saved.instance_id,
            client_id: saved.client_id,
            client_host: saved.client_host,
            // Records before version 1 have no rebalance timeout: the session's stood for it.
            rebalance_timeout_ms: if saved.rebalance_timeout_ms < 0 {
                saved.session_timeout_ms
            } else {
                saved.rebalance_timeout_ms
            },
            session_timeout_ms: saved.session_timeout_ms,
            protocols: vec![Protocol { name, metadata: saved.subscription }],
            assignment: saved.assignment,
            joining: None,
            syncing: None,
            is_new: false,
            session: Lease::IDLE,
        }
    }
}
