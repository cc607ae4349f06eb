//! Fetch sessions (KIP-227): what a consumer asked for last time, so that the next request and answer carry only
//! changes. A cache of bounded size; no clock inside.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

use crate::model::{ErrorCode, TimestampMs, Uuid};

/// A partition as a fetch names it: by id (v13 and newer) or by name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FetchKey {
    /// The topic's id; zero when the client used a name.
    pub topic_id: Uuid,
    /// The topic's name; empty when the client used an id. Shared by a topic's partitions.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: i32,
}

/// What the client wants of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FetchWant {
    /// The leader epoch the client knows, or -1.
    pub current_leader_epoch: i32,
    /// Where to read from.
    pub fetch_offset: i64,
    /// Epoch of the last record the client has (KIP-595), or -1.
    pub last_fetched_epoch: i32,
    /// The follower's log start, or -1.
    pub log_start_offset: i64,
    /// Bytes at most.
    pub max_bytes: i32,
}

/// What an answer says of a partition.
#[derive(Clone, Copy, Debug)]
pub struct Says {
    /// Its error.
    pub error: ErrorCode,
    /// Its high watermark.
    pub high_watermark: i64,
    /// Its log start.
    pub log_start: i64,
}

/// What the client was last told of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Told {
    high_watermark: i64,
    log_start: i64,
    error: bool,
}

#[derive(Clone, Debug)]
struct Cached {
    key: FetchKey,
    want: FetchWant,
    told: Option<Told>,
}

/// One session. A follower's has thousands of partitions that are gone through many times a second: so what they are
/// found by is looked at only where a request names one.
#[derive(Clone, Debug)]
struct Session {
    epoch: i32,
    by_id: bool,
    slots: Vec<Option<Cached>>,
    found: HashMap<FetchKey, usize, RandomState>,
    /// Slots in the order to read them.
    order: Vec<usize>,
    last_used: TimestampMs,
    privileged: bool,
}

/// How a request stands to its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchMode {
    /// No session: everything is asked and answered in full.
    Sessionless,
    /// The first answer of a new session: in full.
    Full(i32),
    /// A later one: only what changed.
    Incremental(i32),
}

impl FetchMode {
    /// The id that the answer carries.
    pub const fn session_id(self) -> i32 {
        match self {
            FetchMode::Sessionless => 0,
            FetchMode::Full(id) | FetchMode::Incremental(id) => id,
        }
    }
}

/// A request's part in sessions.
#[derive(Debug)]
pub struct SessionRequest<'a> {
    /// `session_id` of the request.
    pub id: i32,
    /// `session_epoch` of the request: -1 none or close, 0 new, above 0 incremental.
    pub epoch: i32,
    /// Partitions named by the request, in order.
    pub wants: &'a [(FetchKey, FetchWant)],
    /// Partitions to drop.
    pub forgotten: &'a [FetchKey],
    /// Whether the request names topics by id.
    pub by_id: bool,
    /// Whether it is a follower's: consumers make place for it, and it for none of them.
    pub privileged: bool,
}

/// A partition to read for a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Which.
    pub key: FetchKey,
    /// What is wanted of it.
    pub want: FetchWant,
    /// Its place in the session.
    pub slot: usize,
    /// The high watermark that the session's owner was last told; `None` if that was none, or an error.
    pub told: Option<i64>,
}

/// The partitions to read for a request, in the order to read them.
pub type Plan = (FetchMode, Vec<Planned>);

/// All sessions of a broker.
#[derive(Debug)]
pub struct FetchSessions {
    sessions: HashMap<i32, Session>,
    capacity: usize,
    evict_after_ms: i64,
}

impl FetchSessions {
    /// Room for `capacity` sessions (`max.incremental.fetch.session.cache.slots`); one unused for `evict_after_ms`
    /// makes place for another.
    pub fn new(capacity: usize, evict_after_ms: i64) -> FetchSessions {
        FetchSessions { sessions: HashMap::new(), capacity, evict_after_ms }
    }

    /// Number of sessions.
    pub fn len(&self) -> usize {
        self.sessions.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty()
    }

    /// Works out what a request reads. `fresh_id` is a random positive number for a new session.
    ///
    /// # Errors
    /// FETCH_SESSION_ID_NOT_FOUND, INVALID_FETCH_SESSION_EPOCH or FETCH_SESSION_TOPIC_ID_ERROR.
    pub fn plan(&mut self, request: &SessionRequest<'_>, fresh_id: i32, now: TimestampMs) -> Result<Plan, ErrorCode> {
        if request.epoch <= 0 {
            // Epoch 0 or -1 ends the session it names, if any.
            self.sessions.remove(&request.id);
            if request.epoch < 0
                || request.wants.is_empty()
                || !self.make_room(request.privileged, now)
                || self.sessions.contains_key(&fresh_id)
            {
                let planned = |(key, want): &(FetchKey, FetchWant)| Planned {
                    key: key.clone(),
                    want: *want,
                    slot: usize::MAX,
                    told: None,
                };
                return Ok((FetchMode::Sessionless, request.wants.iter().map(planned).collect()));
            }
            let mut session = Session::new(request, now);
            session.update(request);
            let plan = session.plan();
            self.sessions.insert(fresh_id, session);
            return Ok((FetchMode::Full(fresh_id), plan));
        }
        let session = self.sessions.get_mut(&request.id).ok_or(ErrorCode::FetchSessionIdNotFound)?;
        if session.epoch != request.epoch {
            return Err(ErrorCode::InvalidFetchSessionEpoch);
        }
        if session.by_id != request.by_id {
            return Err(ErrorCode::FetchSessionTopicIdError);
        }
        session.epoch = if session.epoch == i32::MAX { 1 } else { session.epoch + 1 };
        session.last_used = now;
        session.update(request);
        Ok((FetchMode::Incremental(request.id), session.plan()))
    }

    /// Whether an answer must mention a partition, and notes what it says. `has_news` is for records, a diverging
    /// epoch or a preferred replica.
    pub fn tell(&mut self, mode: FetchMode, planned: (usize, &FetchKey), has_news: bool, says: Says) -> bool {
        let (FetchMode::Full(id) | FetchMode::Incremental(id)) = mode else { return true };
        let (slot, key) = planned;
        let cached = self.sessions.get_mut(&id).and_then(|session| session.slots.get_mut(slot)?.as_mut());
        // A session may have gone on while its last answer was on its way.
        let Some(cached) = cached.filter(|cached| cached.key == *key) else { return true };
        let now = Told { high_watermark: says.high_watermark, log_start: says.log_start, error: !says.error.is_ok() };
        let changed = cached.told != Some(now);
        // An error is repeated until it is gone, and what comes after it is news.
        cached.told = if now.error { None } else { Some(now) };
        matches!(mode, FetchMode::Full(_)) || has_news || changed
    }

    /// Moves partitions that returned records behind the others, so that none starves. `returned` are their slots in the
    /// order of the plan.
    pub fn rotate(&mut self, mode: FetchMode, returned: &[usize]) {
        if let (FetchMode::Full(id) | FetchMode::Incremental(id), false) = (mode, returned.is_empty())
            && let Some(session) = self.sessions.get_mut(&id)
        {
            let mut at = returned.iter().peekable();
            let mut back = Vec::with_capacity(returned.len());
            session.order.retain(|slot| match at.next_if(|returned| *returned == slot) {
                Some(slot) => {
                    back.push(*slot);
                    false
                }
                None => true,
            });
            session.order.append(&mut back);
        }
    }

    /// Makes place for one more session (`FetchSessionCacheShard.tryEvict`): that of one that was not used for long, or,
    /// for a follower, of the consumer that was not used the longest.
    fn make_room(&mut self, privileged: bool, now: TimestampMs) -> bool {
        if self.sessions.len() < self.capacity {
            return true;
        }
        let oldest = |consumers_only: bool| {
            let all = self.sessions.iter().filter(|(_, session)| !(consumers_only && session.privileged));
            all.min_by_key(|(_, session)| session.last_used).map(|(id, session)| (*id, session.last_used))
        };
        let stale = oldest(false).filter(|(_, used)| now - *used > self.evict_after_ms);
        let gone = if privileged { stale.or_else(|| oldest(true)) } else { stale };
        gone.is_some_and(|(id, _)| self.sessions.remove(&id).is_some())
    }
}

impl Session {
    fn new(request: &SessionRequest<'_>, now: TimestampMs) -> Session {
        Session {
            epoch: 1,
            by_id: request.by_id,
            slots: Vec::with_capacity(request.wants.len()),
            found: HashMap::default(),
            order: Vec::with_capacity(request.wants.len()),
            last_used: now,
            privileged: request.privileged,
        }
    }

    fn update(&mut self, request: &SessionRequest<'_>) {
        let mut gone = false;
        for key in request.forgotten {
            if let Some(slot) = self.found.remove(key) {
                self.slots[slot] = None;
                gone = true;
            }
        }
        if gone {
            self.order.retain(|slot| self.slots[*slot].is_some());
        }
        let mut free = Vec::new();
        if self.order.len() < self.slots.len() {
            free.extend((0..self.slots.len()).filter(|slot| self.slots[*slot].is_none()));
        }
        for (key, want) in request.wants {
            if let Some(cached) = self.found.get(key).and_then(|slot| self.slots[*slot].as_mut()) {
                cached.want = *want;
                continue;
            }
            let cached = Some(Cached { key: key.clone(), want: *want, told: None });
            let slot = free.pop().unwrap_or(self.slots.len());
            if slot == self.slots.len() {
                self.slots.push(cached)
            } else {
                self.slots[slot] = cached
            }
            self.found.insert(key.clone(), slot);
            self.order.push(slot);
        }
    }

    fn plan(&self) -> Vec<Planned> {
        let planned = |slot: &usize| {
            let Cached { key, want, told } = self.slots.get(*slot)?.as_ref()?;
            Some(Planned { key: key.clone(), want: *want, slot: *slot, told: told.map(|told| told.high_watermark) })
        };
        self.order.iter().filter_map(planned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: TimestampMs = TimestampMs(1000);

    fn key(partition: i32) -> FetchKey {
        FetchKey { topic_id: Uuid(7), topic: "".into(), partition }
    }

    fn want(fetch_offset: i64) -> FetchWant {
        FetchWant { current_leader_epoch: -1, fetch_offset, last_fetched_epoch: -1, log_start_offset: -1, max_bytes: 9 }
    }

    fn ask<'a>(
        id: i32,
        epoch: i32,
        wants: &'a [(FetchKey, FetchWant)],
        forgotten: &'a [FetchKey],
    ) -> SessionRequest<'a> {
        SessionRequest { id, epoch, wants, forgotten, by_id: true, privileged: false }
    }

    fn opened() -> FetchSessions {
        let mut sessions = FetchSessions::new(2, 100);
        let wants = [(key(0), want(5)), (key(1), want(6))];
        let (mode, plan) = sessions.plan(&ask(0, 0, &wants, &[]), 42, NOW).unwrap();
        assert_eq!((mode, plan.len()), (FetchMode::Full(42), 2));
        sessions
    }

    #[test]
    fn a_later_request_names_only_changes_and_gets_everything_read() {
        let mut sessions = opened();
        let (mode, plan) = sessions.plan(&ask(42, 1, &[(key(1), want(9))], &[key(0)]), 0, NOW).unwrap();
        assert_eq!(mode, FetchMode::Incremental(42));
        assert_eq!(plan, [Planned { key: key(1), want: want(9), slot: 1, told: None }]);
        // Of the same request again, and one that takes the forgotten one's place.
        let (_, plan) = sessions.plan(&ask(42, 2, &[(key(5), want(0))], &[]), 0, NOW).unwrap();
        let places: Vec<_> = plan.iter().map(|planned| (planned.key.partition, planned.slot)).collect();
        assert_eq!(places, [(1, 1), (5, 0)]);
    }

    #[test]
    fn wrong_epochs_unknown_sessions_and_mixed_names_are_told_apart() {
        let mut sessions = opened();
        assert_eq!(sessions.plan(&ask(42, 2, &[], &[]), 0, NOW).err(), Some(ErrorCode::InvalidFetchSessionEpoch));
        assert_eq!(sessions.plan(&ask(43, 1, &[], &[]), 0, NOW).err(), Some(ErrorCode::FetchSessionIdNotFound));
        let by_name = SessionRequest { by_id: false, ..ask(42, 1, &[], &[]) };
        assert_eq!(sessions.plan(&by_name, 0, NOW).err(), Some(ErrorCode::FetchSessionTopicIdError));
    }

    #[test]
    fn an_unchanged_partition_is_left_out_and_an_error_is_repeated() {
        let mut sessions = opened();
        let says = |error, high_watermark| Says { error, high_watermark, log_start: 0 };
        let (first, other) = (key(0), key(1));
        let mut tell = |mode, news, says| sessions.tell(mode, (0, &first), news, says);
        assert!(tell(FetchMode::Full(42), false, says(ErrorCode::None, 5)));
        let later = FetchMode::Incremental(42);
        assert!(!tell(later, false, says(ErrorCode::None, 5)));
        assert!(tell(later, false, says(ErrorCode::None, 6)), "the high watermark moved");
        assert!(tell(later, true, says(ErrorCode::None, 6)), "records are news");
        assert!(tell(later, false, says(ErrorCode::NotLeaderOrFollower, -1)));
        assert!(tell(later, false, says(ErrorCode::NotLeaderOrFollower, -1)));
        assert!(tell(later, false, says(ErrorCode::None, 6)));
        assert!(sessions.tell(later, (0, &other), false, says(ErrorCode::None, 6)), "another one has the slot now");
        let (_, plan) = sessions.plan(&ask(42, 1, &[], &[]), 0, NOW).unwrap();
        assert_eq!(plan.iter().map(|planned| planned.told).collect::<Vec<_>>(), [Some(6), None]);
    }

    #[test]
    fn a_full_cache_serves_without_a_session_until_one_is_stale() {
        let mut sessions = opened();
        let wants = [(key(0), want(0))];
        sessions.plan(&ask(0, 0, &wants, &[]), 43, NOW).unwrap();
        assert_eq!(sessions.plan(&ask(0, 0, &wants, &[]), 44, NOW).unwrap().0, FetchMode::Sessionless);
        assert_eq!(sessions.plan(&ask(0, 0, &wants, &[]), 44, NOW + 101).unwrap().0, FetchMode::Full(44));
        assert_eq!(sessions.len(), 2);
    }

    #[test]
    fn consumers_make_place_for_followers_and_followers_for_no_one() {
        let mut sessions = opened();
        let wants = [(key(0), want(0))];
        let follower = SessionRequest { privileged: true, ..ask(0, 0, &wants, &[]) };
        assert_eq!(sessions.plan(&follower, 43, NOW + 1).unwrap().0, FetchMode::Full(43));
        assert_eq!(sessions.plan(&follower, 44, NOW + 1).unwrap().0, FetchMode::Full(44), "the consumer's place");
        assert_eq!(sessions.plan(&follower, 45, NOW + 1).unwrap().0, FetchMode::Sessionless, "only followers are left");
        assert_eq!(sessions.plan(&ask(42, 1, &[], &[]), 0, NOW).err(), Some(ErrorCode::FetchSessionIdNotFound));
    }

    #[test]
    fn partitions_that_returned_records_go_to_the_back() {
        let mut sessions = opened();
        sessions.rotate(FetchMode::Full(42), &[0]);
        let (_, plan) = sessions.plan(&ask(42, 1, &[], &[]), 0, NOW).unwrap();
        assert_eq!(plan.iter().map(|planned| planned.key.partition).collect::<Vec<_>>(), [1, 0]);
    }
}
