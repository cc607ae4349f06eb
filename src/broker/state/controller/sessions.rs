//! Who was heard of when: the volatile half of broker registration, kept by the active controller alone.

use std::collections::BTreeMap;

use crate::model::{BrokerId, Offset, TimestampMs};

#[derive(Clone, Copy, Debug)]
struct Session {
    heard: TimestampMs,
    /// Whether this controller has heard the broker itself, or only knows it from the log.
    contacted: bool,
    metadata_offset: Offset,
    fenced: bool,
    /// Where the log ended when a controlled shutdown began: the broker may go once all others have come that far.
    shutdown_offset: Option<Offset>,
}

/// Broker sessions (`BrokerHeartbeatManager`).
#[derive(Clone, Debug)]
pub struct BrokerSessions {
    sessions: BTreeMap<BrokerId, Session>,
    timeout_ms: i64,
}

impl BrokerSessions {
    /// No sessions yet; a session ends after `timeout_ms` (`broker.session.timeout.ms`) without a heartbeat.
    pub fn new(timeout_ms: i64) -> BrokerSessions {
        BrokerSessions { sessions: BTreeMap::new(), timeout_ms }
    }

    /// Notes a heartbeat or a registration.
    pub fn touch(&mut self, id: BrokerId, fenced: bool, metadata_offset: Offset, now: TimestampMs) {
        let shutdown_offset = self.sessions.get(&id).and_then(|session| session.shutdown_offset);
        self.sessions.insert(id, Session { heard: now, contacted: true, metadata_offset, fenced, shutdown_offset });
    }

    /// Begins to count down for a broker that a new controller finds registered. Until the broker is heard its session
    /// is not live: a broker that was killed with its controller may register again at once
    /// (`BrokerHeartbeatTracker.hasValidSession`).
    pub fn expect(&mut self, id: BrokerId, fenced: bool, now: TimestampMs) {
        let session =
            Session { heard: now, contacted: false, metadata_offset: Offset::NONE, fenced, shutdown_offset: None };
        self.sessions.insert(id, session);
    }

    /// Forgets a broker: it was unregistered or began a new incarnation.
    pub fn remove(&mut self, id: BrokerId) {
        self.sessions.remove(&id);
    }

    /// Whether a broker was heard of within the timeout.
    pub fn is_live(&self, id: BrokerId, now: TimestampMs) -> bool {
        self.sessions.get(&id).is_some_and(|s| s.contacted && now - s.heard < self.timeout_ms)
    }

    /// Notes where the log ended when a controlled shutdown began; the first call counts.
    pub fn begin_shutdown(&mut self, id: BrokerId, log_end: Offset) {
        if let Some(session) = self.sessions.get_mut(&id) {
            session.shutdown_offset.get_or_insert(log_end);
        }
    }

    /// Whether every active broker has seen the metadata that moved `id`'s leaderships away.
    pub fn may_shut_down(&self, id: BrokerId) -> bool {
        let Some(until) = self.sessions.get(&id).and_then(|s| s.shutdown_offset) else { return true };
        let others = self.sessions.iter().filter(|(other, s)| **other != id && !s.fenced);
        others.map(|(_, s)| s.metadata_offset).min().is_none_or(|lowest| lowest >= until)
    }

    /// Unfenced brokers whose sessions have ended.
    pub fn expired(&self, now: TimestampMs) -> Vec<BrokerId> {
        let late = self.sessions.iter().filter(|(_, s)| !s.fenced && now - s.heard >= self.timeout_ms);
        late.map(|(id, _)| *id).collect()
    }

    /// When the next session ends, if nothing is heard until then.
    pub fn next_deadline(&self) -> Option<TimestampMs> {
        self.sessions.values().filter(|s| !s.fenced).map(|s| s.heard + self.timeout_ms).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_broker_expires_and_a_fenced_one_does_not() {
        let mut sessions = BrokerSessions::new(9_000);
        sessions.touch(BrokerId(1), false, Offset(5), TimestampMs(0));
        sessions.touch(BrokerId(2), true, Offset(5), TimestampMs(0));
        assert_eq!(sessions.next_deadline(), Some(TimestampMs(9_000)));
        assert!(sessions.expired(TimestampMs(8_999)).is_empty());
        assert_eq!(sessions.expired(TimestampMs(9_000)), [BrokerId(1)]);
        assert!(!sessions.is_live(BrokerId(1), TimestampMs(9_000)));
    }

    #[test]
    fn a_broker_known_from_the_log_alone_may_register_again_at_once_but_still_expires() {
        let mut sessions = BrokerSessions::new(9_000);
        sessions.expect(BrokerId(1), false, TimestampMs(0));
        assert!(!sessions.is_live(BrokerId(1), TimestampMs(1)));
        assert_eq!(sessions.expired(TimestampMs(9_000)), [BrokerId(1)]);
        sessions.touch(BrokerId(1), false, Offset(5), TimestampMs(1));
        assert!(sessions.is_live(BrokerId(1), TimestampMs(2)));
    }

    #[test]
    fn a_broker_shuts_down_once_the_others_have_seen_its_leaders_move() {
        let mut sessions = BrokerSessions::new(9_000);
        sessions.touch(BrokerId(1), false, Offset(10), TimestampMs(0));
        sessions.touch(BrokerId(2), false, Offset(10), TimestampMs(0));
        sessions.begin_shutdown(BrokerId(1), Offset(20));
        assert!(!sessions.may_shut_down(BrokerId(1)));
        sessions.touch(BrokerId(2), false, Offset(20), TimestampMs(1));
        assert!(sessions.may_shut_down(BrokerId(1)));
    }
}
