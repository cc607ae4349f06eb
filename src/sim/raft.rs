//! A small Raft for the simulated metadata quorum: election, replication, commit by majority, and a leader that steps
//! down when it does not hear a majority. No I/O and no clock: times come in, messages go out once what they promise is
//! on the disk.
//!
//! It exists in the simulator alone. The shipped quorum is openraft, which runs on an async runtime and cannot be driven by
//! a simulated clock; it has its own simulation upstream. What is tested here is everything above the quorum.

use std::collections::VecDeque;
use std::sync::Arc;

use super::rng::Rng;
use super::time::{ELECTION_TIMEOUT, Micros, RAFT_HEARTBEAT};
use crate::wire::records::metadata::MetadataRecord;

/// One entry: one record of the metadata log, or the blank with which a term begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The leader's term.
    pub term: u32,
    /// The record; `None` for the blank.
    pub record: Option<Arc<MetadataRecord>>,
}

/// What voters say to each other.
#[derive(Clone, Debug)]
pub enum RaftMessage {
    /// A candidate asks.
    RequestVote {
        /// Its term.
        term: u32,
        /// The index after its last entry.
        end: usize,
        /// The term of its last entry.
        last_term: u32,
    },
    /// A voter answers.
    Vote {
        /// Its term.
        term: u32,
        /// Whether it votes for the candidate.
        granted: bool,
    },
    /// A leader sends entries, or none as a sign of life.
    Append {
        /// Its term.
        term: u32,
        /// Where the entries belong.
        from: usize,
        /// The term of the entry before.
        before: u32,
        /// The entries.
        entries: Vec<Entry>,
        /// How many entries are committed.
        commit: usize,
    },
    /// A follower answers.
    Appended {
        /// Its term.
        term: u32,
        /// Up to where its log is the leader's; or where it should try again.
        end: Result<usize, usize>,
    },
}

#[derive(Clone, Debug)]
enum Role {
    Follower,
    Candidate { votes: u32 },
    Leader { next: Vec<usize>, matched: Vec<usize>, heard: Vec<Micros> },
}

/// What a power cut leaves.
#[derive(Clone, Debug, Default)]
struct Stored {
    term: u32,
    vote: Option<usize>,
    log: Vec<Entry>,
}

/// A write on its way to the disk.
#[derive(Clone, Debug)]
struct Writing {
    generation: u64,
    term: u32,
    vote: Option<usize>,
    from: usize,
    entries: Vec<Entry>,
}

/// One voter.
#[derive(Clone, Debug)]
pub struct Raft {
    me: usize,
    voters: usize,
    term: u32,
    vote: Option<usize>,
    log: Vec<Entry>,
    commit: usize,
    role: Role,
    leader: Option<usize>,
    election_at: Micros,
    heartbeat_at: Micros,
    stored: Stored,
    /// Raised with each change of term, vote or log.
    generation: u64,
    /// Up to which generation the disk has everything.
    durable: u64,
    writing: Option<Writing>,
    /// From where the log differs from what was last given to the disk.
    changed_from: usize,
    /// Messages with the generation that they promise.
    held: VecDeque<(u64, usize, RaftMessage)>,
}

/// Entries in one message.
const BATCH: usize = 200;

impl Raft {
    /// A voter of a new quorum.
    pub fn new(me: usize, voters: usize, now: Micros, rng: &mut Rng) -> Raft {
        Raft::with(me, voters, Stored::default(), now, rng)
    }

    fn with(me: usize, voters: usize, stored: Stored, now: Micros, rng: &mut Rng) -> Raft {
        Raft {
            me,
            voters,
            term: stored.term,
            vote: stored.vote,
            log: stored.log.clone(),
            commit: 0,
            role: Role::Follower,
            leader: None,
            election_at: now + rng.between(ELECTION_TIMEOUT.0, ELECTION_TIMEOUT.1),
            heartbeat_at: now,
            changed_from: stored.log.len(),
            stored,
            generation: 0,
            durable: 0,
            writing: None,
            held: VecDeque::new(),
        }
    }

    /// Starts again after the process ended: with all it wrote, or after a power cut with what was synced.
    #[must_use]
    pub fn restarted(self, power_lost: bool, now: Micros, rng: &mut Rng) -> Raft {
        let stored = if power_lost { self.stored } else { Stored { term: self.term, vote: self.vote, log: self.log } };
        Raft::with(self.me, self.voters, stored, now, rng)
    }

    /// The term.
    pub const fn term(&self) -> u32 {
        self.term
    }

    /// Who leads, as far as is known.
    pub const fn leader(&self) -> Option<usize> {
        self.leader
    }

    /// Whether this voter leads and what it leads with is committed: everything before its term is known to be.
    pub fn is_active(&self) -> bool {
        matches!(self.role, Role::Leader { .. })
            && self.commit > 0
            && self.log.get(self.commit - 1).is_some_and(|entry| entry.term == self.term)
    }

    /// How many entries are committed.
    pub const fn commit(&self) -> usize {
        self.commit
    }

    /// How many entries there are.
    pub fn end(&self) -> usize {
        self.log.len()
    }

    /// Entries from `from` up to `to`, as far as there are any.
    pub fn entries(&self, from: usize, to: usize) -> &[Entry] {
        let to = to.min(self.log.len());
        &self.log[from.min(to)..to]
    }

    /// Adds records, if this voter is active. Whether it did.
    pub fn propose(&mut self, records: impl IntoIterator<Item = Arc<MetadataRecord>>, now: Micros) -> bool {
        if !self.is_active() {
            return false;
        }
        let (term, from) = (self.term, self.log.len());
        self.log.extend(records.into_iter().map(|record| Entry { term, record: Some(record) }));
        self.wrote_log(from);
        self.replicate(now);
        true
    }

    /// Takes the time: elections, signs of life.
    pub fn tick(&mut self, now: Micros, rng: &mut Rng) {
        match &self.role {
            Role::Leader { heard, .. } => {
                let lately = heard.iter().filter(|at| now < **at + ELECTION_TIMEOUT.1).count();
                if lately + 1 < self.majority() {
                    self.follow(None, now, rng);
                } else if now >= self.heartbeat_at {
                    self.replicate(now);
                }
            }
            Role::Follower | Role::Candidate { .. } if now >= self.election_at => self.campaign(now, rng),
            Role::Follower | Role::Candidate { .. } => {}
        }
    }

    /// Takes a message.
    pub fn receive(&mut self, from: usize, message: RaftMessage, now: Micros, rng: &mut Rng) {
        let (RaftMessage::RequestVote { term, .. }
        | RaftMessage::Vote { term, .. }
        | RaftMessage::Append { term, .. }
        | RaftMessage::Appended { term, .. }) = message;
        if term > self.term {
            (self.term, self.vote) = (term, None);
            self.generation += 1;
            self.follow(None, now, rng);
        }
        match message {
            RaftMessage::RequestVote { term, end, last_term } => {
                let newer = (last_term, end) >= (self.last_term(), self.log.len());
                let granted = term == self.term && newer && self.vote.is_none_or(|vote| vote == from);
                if granted && self.vote.is_none() {
                    self.vote = Some(from);
                    self.generation += 1;
                }
                if granted {
                    self.election_at = now + rng.between(ELECTION_TIMEOUT.0, ELECTION_TIMEOUT.1);
                }
                self.say(from, RaftMessage::Vote { term: self.term, granted });
            }
            RaftMessage::Vote { term, granted } => {
                if let Role::Candidate { votes } = &mut self.role
                    && granted
                    && term == self.term
                {
                    *votes |= 1 << from;
                    if votes.count_ones() as usize >= self.majority() {
                        self.lead(now);
                    }
                }
            }
            RaftMessage::Append { term, from: at, before, entries, commit } => {
                let end = if term < self.term {
                    Err(self.log.len())
                } else {
                    self.follow(Some(from), now, rng);
                    self.take(at, before, entries, commit)
                };
                self.say(from, RaftMessage::Appended { term: self.term, end });
            }
            RaftMessage::Appended { term, end } => {
                if let Role::Leader { next, matched, heard } = &mut self.role
                    && term == self.term
                {
                    heard[from] = now;
                    match end {
                        Ok(end) => {
                            matched[from] = matched[from].max(end);
                            next[from] = next[from].max(end);
                        }
                        Err(hint) => next[from] = hint.min(next[from].saturating_sub(1)).max(matched[from]),
                    }
                    let behind = next[from] < self.log.len();
                    self.advance();
                    if behind {
                        self.replicate_to(from);
                    }
                }
            }
        }
    }

    /// Begins to write what the disk lacks, if nothing is on its way. Whether a write began: then [`Raft::synced`] is
    /// to be called when it is done.
    pub fn sync(&mut self) -> bool {
        if self.writing.is_some() || self.durable == self.generation {
            return false;
        }
        let from = self.changed_from.min(self.log.len());
        let entries = self.log[from..].to_vec();
        self.writing = Some(Writing { generation: self.generation, term: self.term, vote: self.vote, from, entries });
        self.changed_from = self.log.len();
        true
    }

    /// The write is done.
    pub fn synced(&mut self) {
        let Some(done) = self.writing.take() else { return };
        (self.stored.term, self.stored.vote) = (done.term, done.vote);
        self.stored.log.truncate(done.from);
        self.stored.log.extend(done.entries);
        self.durable = done.generation;
        self.advance();
    }

    /// The next message that may leave, and to whom.
    pub fn next_message(&mut self) -> Option<(usize, RaftMessage)> {
        let (generation, ..) = self.held.front()?;
        if *generation > self.durable {
            return None;
        }
        self.held.pop_front().map(|(_, to, message)| (to, message))
    }

    const fn majority(&self) -> usize {
        self.voters / 2 + 1
    }

    fn last_term(&self) -> u32 {
        self.log.last().map_or(0, |entry| entry.term)
    }

    fn others(&self) -> impl Iterator<Item = usize> + use<> {
        let me = self.me;
        (0..self.voters).filter(move |voter| *voter != me)
    }

    fn say(&mut self, to: usize, message: RaftMessage) {
        self.held.push_back((self.generation, to, message));
    }

    fn wrote_log(&mut self, from: usize) {
        self.generation += 1;
        self.changed_from = self.changed_from.min(from);
    }

    fn follow(&mut self, leader: Option<usize>, now: Micros, rng: &mut Rng) {
        self.role = Role::Follower;
        self.leader = leader;
        self.election_at = now + rng.between(ELECTION_TIMEOUT.0, ELECTION_TIMEOUT.1);
    }

    fn campaign(&mut self, now: Micros, rng: &mut Rng) {
        self.term += 1;
        self.vote = Some(self.me);
        self.generation += 1;
        self.follow(None, now, rng);
        self.role = Role::Candidate { votes: 1 << self.me };
        let (term, end, last_term) = (self.term, self.log.len(), self.last_term());
        for voter in self.others() {
            self.say(voter, RaftMessage::RequestVote { term, end, last_term });
        }
        if self.voters == 1 {
            self.lead(now);
        }
    }

    fn lead(&mut self, now: Micros) {
        let end = self.log.len();
        self.role =
            Role::Leader { next: vec![end; self.voters], matched: vec![0; self.voters], heard: vec![now; self.voters] };
        self.leader = Some(self.me);
        self.log.push(Entry { term: self.term, record: None });
        self.wrote_log(end);
        self.replicate(now);
    }

    fn replicate(&mut self, now: Micros) {
        self.heartbeat_at = now + RAFT_HEARTBEAT;
        for voter in self.others() {
            self.replicate_to(voter);
        }
    }

    fn replicate_to(&mut self, voter: usize) {
        let Role::Leader { next, .. } = &mut self.role else { return };
        let from = next[voter].min(self.log.len());
        let entries: Vec<Entry> = self.log[from..].iter().take(BATCH).cloned().collect();
        // What is on its way need not be sent again, unless the follower says that it lacks it.
        next[voter] = from + entries.len();
        let before = from.checked_sub(1).map_or(0, |at| self.log[at].term);
        let message = RaftMessage::Append { term: self.term, from, before, entries, commit: self.commit };
        self.say(voter, message);
    }

    /// Takes a leader's entries. Gives up to where the log is the leader's, or where the leader should try.
    fn take(&mut self, from: usize, before: u32, entries: Vec<Entry>, commit: usize) -> Result<usize, usize> {
        if from > self.log.len() {
            return Err(self.log.len());
        }
        if from > 0 && self.log[from - 1].term != before {
            return Err(from - 1);
        }
        let end = from + entries.len();
        for (at, entry) in (from..).zip(entries) {
            match self.log.get(at) {
                Some(known) if known.term == entry.term => {}
                known => {
                    if known.is_some() {
                        self.log.truncate(at);
                    }
                    self.log.push(entry);
                    self.wrote_log(at);
                }
            }
        }
        self.commit = self.commit.max(commit.min(end));
        Ok(end)
    }

    /// Commits what a majority has on its disks, by entries of this term only.
    fn advance(&mut self) {
        let Role::Leader { matched, .. } = &mut self.role else { return };
        matched[self.me] =
            if self.durable == self.generation { self.log.len() } else { self.stored.log.len().min(self.log.len()) };
        let mut ends = matched.clone();
        ends.sort_unstable();
        let end = ends[self.voters - self.majority()];
        if end > self.commit && self.log[end - 1].term == self.term {
            self.commit = end;
        }
    }
}

#[cfg(test)]
#[path = "raft/tests.rs"]
mod tests;
