//! Group commit: which appends wait for a sync of their log, which sync covers whom, and how far the leader's own log
//! counts meanwhile (`flush.messages`). No log, lock or thread in here.
//!
//! A log is synced by one at a time. The appends that stood in the log when a sync began are covered by it; those that
//! come while it runs wait for the next one, which takes them all together.

use crate::model::Offset;

/// Appends without a gap between the first and the last that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    first: Offset,
    end: Offset,
    /// Bytes that readers get to see with it.
    bytes: usize,
}

/// An append that was just made.
#[derive(Clone, Copy, Debug)]
pub struct Append {
    /// Offset of its first record.
    pub first: Offset,
    /// Offset after its last.
    pub end: Offset,
    /// Its size.
    pub bytes: usize,
}

/// What a finished sync made of the appends it covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Covered {
    /// Every append that ends here or below is durable; `None` when none waited.
    pub up_to: Option<Offset>,
    /// Bytes that were held back from readers by it.
    pub bytes: usize,
    /// More came meanwhile: the log must be handed to the flusher again. Said once.
    pub again: bool,
}

/// The appends of one partition that are not acknowledged before they are durable. One pointer until the partition is
/// first synced: most partitions of a large broker never are.
#[derive(Clone, Debug, Default)]
pub struct GroupCommit(Option<Box<Commits>>);

#[derive(Clone, Debug, Default)]
struct Commits {
    /// No sync covers these yet.
    waiting: Option<Span>,
    /// The sync that is under way covers these.
    syncing: Option<Span>,
    /// A flusher knows of `waiting`, or a sync is under way whose end will tell.
    announced: bool,
    /// End of the last append that asked for a sync: `flush.messages` counts on from there.
    asked: Offset,
}

impl GroupCommit {
    fn made(&mut self) -> &mut Commits {
        self.0.get_or_insert_default()
    }

    /// How much of the leader's own log counts towards the high watermark: nothing from the first append on that is
    /// not durable though it has to be.
    pub fn counted_end(&self, log_end: Offset) -> Offset {
        let first = self.0.as_ref().and_then(|commits| commits.syncing.or(commits.waiting));
        first.map_or(log_end, |span| span.first.min(log_end))
    }

    /// Notes an append under `flush.messages`: a sync is due once `every` messages stand behind the last one, counted
    /// from `durable`, or from where one was asked for. Whether the append's answer must wait for a sync.
    pub fn appended(&mut self, append: Append, durable: Offset, every: Option<u64>) -> bool {
        if let Some(every) = every {
            let commits = self.made();
            let unsynced = u64::try_from(append.end - commits.asked.max(durable)).unwrap_or(0);
            if unsynced >= every {
                commits.asked = append.end;
                let span = commits.waiting.get_or_insert(Span { first: append.first, end: append.end, bytes: 0 });
                span.end = append.end;
                span.bytes += append.bytes;
                return true;
            }
        }
        // It waits for nothing itself, but readers get it only after those that stand before it and do.
        if let Some(commits) = &mut self.0
            && let Some(span) = commits.waiting.as_mut().or(commits.syncing.as_mut())
        {
            span.bytes += append.bytes;
        }
        false
    }

    /// Whether records that stand in the log already (a producer that tries again) are still waiting for a sync.
    pub fn is_waiting(&self, first: Offset, end: Offset) -> bool {
        let spans = self.0.iter().flat_map(|commits| [commits.waiting, commits.syncing]);
        spans.flatten().any(|span| span.first < end && first < span.end)
    }

    /// Whether the log must be handed to a flusher. `true` once; the sync under way or announced takes the rest.
    pub fn announce(&mut self) -> bool {
        let Some(commits) = &mut self.0 else { return false };
        commits.waiting.is_some() && !std::mem::replace(&mut commits.announced, true)
    }

    /// A sync begins: what stands in the log now is covered by it.
    pub fn sync_begins(&mut self) {
        let commits = self.made();
        commits.syncing = commits.waiting.take();
        commits.announced = true;
    }

    /// The sync succeeded. After a failed one nothing is ever called again, so that what it should have covered stays
    /// invisible and unanswered.
    pub fn sync_succeeded(&mut self) -> Covered {
        let commits = self.made();
        let covered = commits.syncing.take();
        commits.announced = commits.waiting.is_some();
        Covered {
            up_to: covered.map(|span| span.end),
            bytes: covered.map_or(0, |span| span.bytes),
            again: commits.announced,
        }
    }

    /// The log was cut: records at or above `end` are gone, and what is written there next is not what was synced.
    pub fn truncated(&mut self, end: Offset) {
        let Some(commits) = &mut self.0 else { return };
        commits.asked = commits.asked.min(end);
        for span in [&mut commits.waiting, &mut commits.syncing] {
            *span = span.filter(|span| span.first < end).map(|span| Span { end: span.end.min(end), ..span });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EACH: Option<u64> = Some(1);

    fn append(first: i64, end: i64) -> Append {
        Append { first: Offset(first), end: Offset(end), bytes: (end - first) as usize * 10 }
    }

    fn covered(up_to: i64, bytes: usize, again: bool) -> Covered {
        Covered { up_to: Some(Offset(up_to)), bytes, again }
    }

    #[test]
    fn a_sync_covers_what_stood_in_the_log_when_it_began() {
        let mut commits = GroupCommit::default();
        assert!(commits.appended(append(0, 1), Offset(0), EACH));
        assert!(commits.appended(append(1, 3), Offset(0), EACH));
        commits.sync_begins();
        assert!(commits.appended(append(3, 4), Offset(0), EACH), "it came too late for the sync under way");
        assert_eq!(commits.sync_succeeded(), covered(3, 30, true));
        commits.sync_begins();
        assert_eq!(commits.sync_succeeded(), covered(4, 10, false));
    }

    #[test]
    fn a_log_is_handed_to_a_flusher_once_however_many_wait() {
        let mut commits = GroupCommit::default();
        assert!(!commits.announce(), "nobody waits");
        commits.appended(append(0, 1), Offset(0), EACH);
        assert!(commits.announce());
        commits.appended(append(1, 2), Offset(0), EACH);
        assert!(!commits.announce(), "a flusher knows");
        commits.sync_begins();
        commits.appended(append(2, 3), Offset(0), EACH);
        assert!(!commits.announce(), "the sync under way tells at its end");
        assert!(commits.sync_succeeded().again);
        assert!(!commits.announce());
        commits.sync_begins();
        assert!(!commits.sync_succeeded().again);
        commits.appended(append(3, 4), Offset(3), EACH);
        assert!(commits.announce());
    }

    #[test]
    fn readers_see_nothing_before_it_is_durable() {
        let mut commits = GroupCommit::default();
        assert_eq!(commits.counted_end(Offset(5)), Offset(5));
        commits.appended(append(5, 7), Offset(5), EACH);
        assert_eq!(commits.counted_end(Offset(7)), Offset(5));
        commits.sync_begins();
        commits.appended(append(7, 9), Offset(5), EACH);
        assert_eq!(commits.counted_end(Offset(9)), Offset(5));
        commits.sync_succeeded();
        assert_eq!(commits.counted_end(Offset(9)), Offset(7));
        commits.sync_begins();
        commits.sync_succeeded();
        assert_eq!(commits.counted_end(Offset(9)), Offset(9));
    }

    #[test]
    fn after_a_failed_sync_its_appends_stay_unseen() {
        let mut commits = GroupCommit::default();
        commits.appended(append(0, 2), Offset(0), EACH);
        commits.sync_begins();
        assert!(!commits.announce());
        assert_eq!(commits.counted_end(Offset(2)), Offset(0));
        assert!(commits.is_waiting(Offset(0), Offset(2)), "a producer that tries again gets no success either");
    }

    #[test]
    fn with_flush_messages_of_n_every_nth_message_waits_and_holds_back_what_follows() {
        let mut commits = GroupCommit::default();
        let every = Some(3);
        assert!(!commits.appended(append(0, 2), Offset(0), every));
        assert_eq!(commits.counted_end(Offset(2)), Offset(2), "visible, as in Kafka, though not durable");
        assert!(commits.appended(append(2, 4), Offset(0), every));
        assert!(!commits.appended(append(4, 5), Offset(0), every), "counting began anew where the sync was asked for");
        assert_eq!(commits.counted_end(Offset(5)), Offset(2));
        commits.sync_begins();
        assert_eq!(commits.sync_succeeded(), covered(4, 30, false), "with it go the bytes that stood behind");
        assert_eq!(commits.counted_end(Offset(5)), Offset(5));
        assert!(commits.appended(append(5, 8), Offset(5), every));
    }

    #[test]
    fn without_flush_messages_nothing_waits() {
        let mut commits = GroupCommit::default();
        assert!(!commits.appended(append(0, 100), Offset(0), None));
        assert!(!commits.announce());
        assert_eq!(commits.counted_end(Offset(100)), Offset(100));
        commits.sync_begins();
        assert_eq!(commits.sync_succeeded(), Covered { up_to: None, bytes: 0, again: false });
    }

    #[test]
    fn a_repeated_append_waits_while_the_first_does() {
        let mut commits = GroupCommit::default();
        commits.appended(append(4, 6), Offset(4), EACH);
        assert!(commits.is_waiting(Offset(4), Offset(6)));
        assert!(!commits.is_waiting(Offset(2), Offset(4)));
        commits.sync_begins();
        assert!(commits.is_waiting(Offset(5), Offset(6)));
        commits.sync_succeeded();
        assert!(!commits.is_waiting(Offset(4), Offset(6)));
    }

    #[test]
    fn a_sync_that_began_before_a_truncation_covers_nothing_written_after_it() {
        let mut commits = GroupCommit::default();
        commits.appended(append(0, 5), Offset(0), EACH);
        commits.appended(append(5, 9), Offset(0), EACH);
        commits.sync_begins();
        commits.truncated(Offset(5));
        assert!(commits.appended(append(5, 7), Offset(0), EACH));
        assert_eq!(commits.sync_succeeded().up_to, Some(Offset(5)));
        assert_eq!(commits.counted_end(Offset(7)), Offset(5));
        commits.truncated(Offset(3));
        assert_eq!(commits.counted_end(Offset(3)), Offset(3));
        assert!(!commits.is_waiting(Offset(0), Offset(7)));
    }
}
