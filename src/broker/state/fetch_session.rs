//! Fetch sessions (KIP-227): what a consumer asked for last time, so that the next request and answer carry only
//! changes. A cache of bounded size; no clock inside.
//!
//! A follower's session has thousands of partitions, of which few change between two fetches. So its fetches look only at
//! those that were named, that changed, or that had something to say last time; at all of them every
//! [`look_at_all_ms`], since that is also how a leader learns that a follower of an idle partition is alive.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

use crate::model::{ErrorCode, TimestampMs, Uuid};

/// How often, at least, a follower's fetch looks at all partitions of its session.
const LOOK_AT_ALL_MS: i64 = 500;

/// How often a follower's fetch looks at all partitions: so that a follower that waits `fetch_wait_ms` at an idle leader is
/// noticed within half of what is left of `lag_max_ms` (`replica.lag.time.max.ms`).
pub const fn look_at_all_ms(lag_max_ms: i64, fetch_wait_ms: i64) -> i64 {
    match (lag_max_ms - fetch_wait_ms) / 2 {
        ms @ 0..LOOK_AT_ALL_MS => ms,
        ms if ms < 0 => 0,
        _ => LOOK_AT_ALL_MS,
    }
}

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

/// Why a partition will be looked at by the next fetch, and in which place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Due {
    /// For no reason of its own.
    #[default]
    Not,
    /// First: there were records for it, and no room.
    Starved,
    /// It was named, or it changed.
    Touched,
    /// Last: it had something to say, and may have more.
    Served,
}

#[derive(Clone, Debug)]
struct Cached {
    key: FetchKey,
    want: FetchWant,
    told: Option<Told>,
    due: Due,
    /// Not looked at since it came.
    is_new: bool,
}

/// One session. What its partitions are found by is looked at only where a request names one.
#[derive(Clone, Debug)]
struct Session<A> {
    epoch: i32,
    by_id: bool,
    slots: Vec<Option<Cached>>,
    free: Vec<usize>,
    found: HashMap<FetchKey, usize, RandomState>,
    /// Slots of which [`Due`] says the same, in the order to read them.
    starved: Vec<usize>,
    touched: Vec<usize>,
    served: Vec<usize>,
    last_used: TimestampMs,
    looked_at_all: TimestampMs,
    privileged: bool,
    attached: A,
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
    /// Slots of the session that changed since its last fetch.
    pub changed: &'a [usize],
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
    /// Whether what the broker keeps for the slot should be made anew: the partition is new here, or all are looked at.
    pub is_fresh: bool,
}

/// How a partition came out of a fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looked {
    /// There is nothing for the client until something changes.
    Quiet,
    /// There were records for it, and no room.
    Starved,
    /// It had records or an error.
    Served,
}

/// The partitions to read for a request, in the order to read them.
pub type Plan = (FetchMode, Vec<Planned>);

/// All sessions of a broker, and with each what the broker attaches to it.
#[derive(Debug)]
pub struct FetchSessions<A = ()> {
    sessions: HashMap<i32, Session<A>>,
    capacity: usize,
    evict_after_ms: i64,
    look_at_all_ms: i64,
}

impl<A: Default> FetchSessions<A> {
    /// Room for `capacity` sessions (`max.incremental.fetch.session.cache.slots`); one unused for `evict_after_ms`
    /// makes place for another.
    /// Followers' sessions are gone through as a whole every `look_at_all_ms`, which [`look_at_all_ms`] gives.
    pub fn new(capacity: usize, evict_after_ms: i64, look_at_all_ms: i64) -> FetchSessions<A> {
        FetchSessions { sessions: HashMap::new(), capacity, evict_after_ms, look_at_all_ms }
    }

    /// What is attached to a session, if there is one of that id.
    pub fn attached(&self, id: i32) -> Option<&A> {
        self.sessions.get(&id).map(|session| &session.attached)
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
                    is_fresh: true,
                };
                return Ok((FetchMode::Sessionless, request.wants.iter().map(planned).collect()));
            }
            let mut session = Session::new(request, now);
            session.update(request);
            let plan = session.plan(now, 0);
            self.sessions.insert(fresh_id, session);
            return Ok((FetchMode::Full(fresh_id), plan));
        }
        let session = self.sessions.get_mut(&request.id).ok_or(ErrorCode::FetchSessionIdNotFound)?;
        // Before anything is refused: who told of the changes does not tell twice.
        request.changed.iter().for_each(|slot| session.touch(*slot));
        if session.epoch != request.epoch {
            return Err(ErrorCode::InvalidFetchSessionEpoch);
        }
        if session.by_id != request.by_id {
            return Err(ErrorCode::FetchSessionTopicIdError);
        }
        session.epoch = if session.epoch == i32::MAX { 1 } else { session.epoch + 1 };
        session.last_used = now;
        session.update(request);
        Ok((FetchMode::Incremental(request.id), session.plan(now, self.look_at_all_ms)))
    }

    /// The partitions behind slots that changed while a fetch waited.
    pub fn look(&mut self, mode: FetchMode, changed: &[usize]) -> Vec<Planned> {
        let Some(session) = self.sessions.get_mut(&mode.session_id()) else { return Vec::new() };
        changed.iter().for_each(|slot| session.touch(*slot));
        changed.iter().filter_map(|slot| session.planned(*slot, false)).collect()
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
        // It may not have been there: what is kept of it is made anew when it is looked at again.
        cached.is_new |= now.error;
        matches!(mode, FetchMode::Full(_)) || has_news || changed
    }

    /// Takes how the partitions of an answer came out, in the order of the plan: none starves, as those that found no
    /// room are first the next time, and those that were served last.
    pub fn settle(&mut self, mode: FetchMode, looked: impl IntoIterator<Item = (usize, Looked)>) {
        let (FetchMode::Full(id) | FetchMode::Incremental(id)) = mode else { return };
        if let Some(session) = self.sessions.get_mut(&id) {
            session.settle(looked);
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

impl<A: Default> Session<A> {
    fn new(request: &SessionRequest<'_>, now: TimestampMs) -> Session<A> {
        Session {
            epoch: 1,
            by_id: request.by_id,
            slots: Vec::with_capacity(request.wants.len()),
            free: Vec::new(),
            found: HashMap::default(),
            starved: Vec::new(),
            touched: Vec::new(),
            served: Vec::new(),
            last_used: now,
            looked_at_all: now,
            privileged: request.privileged,
            attached: A::default(),
        }
    }

    fn update(&mut self, request: &SessionRequest<'_>) {
        for key in request.forgotten {
            if let Some(slot) = self.found.remove(key) {
                self.slots[slot] = None;
                self.free.push(slot);
            }
        }
        if !request.forgotten.is_empty() {
            // Before their places are given to others.
            for due in [&mut self.starved, &mut self.touched, &mut self.served] {
                due.retain(|slot| self.slots[*slot].is_some());
            }
        }
        for (key, want) in request.wants {
            if let Some(&slot) = self.found.get(key) {
                if let Some(cached) = &mut self.slots[slot] {
                    cached.want = *want;
                }
                self.touch(slot);
                continue;
            }
            let cached = Cached { key: key.clone(), want: *want, told: None, due: Due::Touched, is_new: true };
            let slot = match self.free.pop() {
                Some(slot) => {
                    self.slots[slot] = Some(cached);
                    slot
                }
                None => {
                    self.slots.push(Some(cached));
                    self.slots.len() - 1
                }
            };
            self.touched.push(slot);
            self.found.insert(key.clone(), slot);
        }
    }

    fn touch(&mut self, slot: usize) {
        if let Some(Some(cached)) = self.slots.get_mut(slot)
            && cached.due == Due::Not
        {
            cached.due = Due::Touched;
            self.touched.push(slot);
        }
    }

    fn settle(&mut self, looked: impl IntoIterator<Item = (usize, Looked)>) {
        let due = self.starved.drain(..).chain(self.touched.drain(..)).chain(self.served.drain(..));
        for slot in due {
            if let Some(cached) = &mut self.slots[slot] {
                cached.due = Due::Not;
            }
        }
        for (slot, looked) in looked {
            let Some(Some(cached)) = self.slots.get_mut(slot) else { continue };
            let (due, list) = match looked {
                Looked::Quiet => continue,
                Looked::Starved => (Due::Starved, &mut self.starved),
                Looked::Served => (Due::Served, &mut self.served),
            };
            if cached.due == Due::Not {
                cached.due = due;
                list.push(slot);
            }
        }
    }

    fn plan(&mut self, now: TimestampMs, look_at_all_ms: i64) -> Vec<Planned> {
        let all = !self.privileged || now - self.looked_at_all >= look_at_all_ms || now < self.looked_at_all;
        let mut slots = self.starved.clone();
        if all {
            self.looked_at_all = now;
            let between = |cached: &Cached| matches!(cached.due, Due::Not | Due::Touched);
            slots.extend((0..self.slots.len()).filter(|slot| self.slots[*slot].as_ref().is_some_and(between)));
        } else {
            slots.extend(&self.touched);
        }
        slots.extend(&self.served);
        slots.into_iter().filter_map(|slot| self.planned(slot, all)).collect()
    }

    fn planned(&mut self, slot: usize, all: bool) -> Option<Planned> {
        let cached = self.slots.get_mut(slot)?.as_mut()?;
        let is_fresh = std::mem::take(&mut cached.is_new) || all;
        let told = cached.told.map(|told| told.high_watermark);
        Some(Planned { key: cached.key.clone(), want: cached.want, slot, told, is_fresh })
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
        SessionRequest { id, epoch, wants, forgotten, by_id: true, privileged: false, changed: &[] }
    }

    fn opened() -> FetchSessions {
        let mut sessions = FetchSessions::<()>::new(2, 100, LOOK_AT_ALL_MS);
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
        assert_eq!(plan, [Planned { key: key(1), want: want(9), slot: 1, told: None, is_fresh: true }]);
        // Of the same request again, and one that takes the forgotten one's place.
        let (_, plan) = sessions.plan(&ask(42, 2, &[(key(5), want(0))], &[]), 0, NOW).unwrap();
        let places: Vec<_> = plan.iter().map(|planned| (planned.key.partition, planned.slot)).collect();
        assert_eq!(places, [(5, 0), (1, 1)]);
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

    fn partitions(plan: &[Planned]) -> Vec<i32> {
        plan.iter().map(|planned| planned.key.partition).collect()
    }

    #[test]
    fn who_was_served_goes_to_the_back_and_who_found_no_room_to_the_front() {
        let mut sessions = FetchSessions::<()>::new(2, 100, LOOK_AT_ALL_MS);
        let wants: Vec<_> = (0..4).map(|partition| (key(partition), want(0))).collect();
        sessions.plan(&ask(0, 0, &wants, &[]), 42, NOW).unwrap();
        sessions.settle(
            FetchMode::Full(42),
            [(0, Looked::Served), (1, Looked::Quiet), (2, Looked::Quiet), (3, Looked::Starved)],
        );
        let (mode, plan) = sessions.plan(&ask(42, 1, &[(key(0), want(1))], &[]), 0, NOW).unwrap();
        assert_eq!(partitions(&plan), [3, 1, 2, 0]);
        sessions.settle(mode, [(3, Looked::Served), (1, Looked::Quiet), (2, Looked::Quiet), (0, Looked::Starved)]);
        let (_, plan) = sessions.plan(&ask(42, 2, &[], &[]), 0, NOW).unwrap();
        assert_eq!(partitions(&plan), [0, 1, 2, 3]);
    }

    /// A follower's session over partitions 0 to 3, of which the first answer said all.
    fn followed() -> FetchSessions {
        let mut sessions = FetchSessions::<()>::new(2, 100, LOOK_AT_ALL_MS);
        let wants: Vec<_> = (0..4).map(|partition| (key(partition), want(0))).collect();
        let first = SessionRequest { privileged: true, ..ask(0, 0, &wants, &[]) };
        let (mode, plan) = sessions.plan(&first, 42, NOW).unwrap();
        sessions.settle(mode, plan.iter().map(|planned| (planned.slot, Looked::Quiet)));
        sessions
    }

    #[test]
    fn a_follower_s_fetch_looks_at_what_was_named_or_changed() {
        let mut sessions = followed();
        let named = [(key(2), want(7))];
        let (mode, plan) =
            sessions.plan(&SessionRequest { changed: &[3, 2], ..ask(42, 1, &named, &[]) }, 0, NOW + 1).unwrap();
        assert_eq!(partitions(&plan), [3, 2]);
        assert_eq!(partitions(&sessions.look(mode, &[0, 9])), [0], "it changed while the fetch waited");
        sessions.settle(mode, [(3, Looked::Quiet), (2, Looked::Served), (0, Looked::Starved)]);
        let (mode, plan) = sessions.plan(&ask(42, 2, &[], &[key(3)]), 0, NOW + 2).unwrap();
        assert_eq!(partitions(&plan), [0, 2]);
        sessions.settle(mode, [(0, Looked::Quiet), (2, Looked::Quiet)]);
        let (_, plan) = sessions.plan(&ask(42, 3, &[], &[]), 0, NOW + 3).unwrap();
        assert!(plan.is_empty(), "nothing has changed");
    }

    #[test]
    fn a_follower_s_fetch_looks_at_everything_now_and_then() {
        let mut sessions = followed();
        let (_, plan) = sessions.plan(&ask(42, 1, &[], &[]), 0, NOW + (LOOK_AT_ALL_MS - 1)).unwrap();
        assert!(plan.is_empty());
        let (_, plan) = sessions.plan(&ask(42, 2, &[], &[]), 0, NOW + LOOK_AT_ALL_MS).unwrap();
        assert_eq!(partitions(&plan), [0, 1, 2, 3]);
        assert!(plan.iter().all(|planned| planned.is_fresh));
        let (_, plan) = sessions.plan(&ask(42, 3, &[], &[]), 0, NOW + (LOOK_AT_ALL_MS + 1)).unwrap();
        assert!(plan.is_empty());
    }

    #[test]
    fn the_less_lag_is_allowed_the_more_often_everything_is_looked_at() {
        let every = [(30_000, 500), (1_000, 500), (500, 500), (400, 500)].map(|(lag, wait)| look_at_all_ms(lag, wait));
        assert_eq!(every, [500, 250, 0, 0]);
    }

    #[test]
    fn after_an_error_a_partition_is_as_new() {
        let mut sessions = followed();
        let error = Says { error: ErrorCode::UnknownTopicId, high_watermark: -1, log_start: -1 };
        sessions.tell(FetchMode::Incremental(42), (1, &key(1)), false, error);
        let asked = SessionRequest { changed: &[1, 2], ..ask(42, 1, &[], &[]) };
        let (_, plan) = sessions.plan(&asked, 0, NOW + 1).unwrap();
        assert_eq!(
            plan.iter().map(|planned| (planned.slot, planned.is_fresh)).collect::<Vec<_>>(),
            [(1, true), (2, false)]
        );
    }

    #[test]
    fn a_change_is_not_lost_with_the_request_that_brought_it() {
        let mut sessions = followed();
        let refused = sessions.plan(&SessionRequest { changed: &[1], ..ask(42, 7, &[], &[]) }, 0, NOW + 1);
        assert_eq!(refused.err(), Some(ErrorCode::InvalidFetchSessionEpoch));
        let (_, plan) = sessions.plan(&ask(42, 1, &[], &[]), 0, NOW + 1).unwrap();
        assert_eq!(partitions(&plan), [1]);
    }
}
