//! Encoded answers that many clients ask for in the same words, kept as long as what they were made from stands.
//!
//! A thousand clients that refresh ten thousand partitions then share one encoding. The key is the request itself, so
//! that a hit is not even decoded.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

use crate::broker::state::metadata::LogPosition;
use crate::model::BrokerId;
use crate::wire::api::ApiKey;

/// Bytes that all kept answers and their keys may have together.
const MOST_BYTES: usize = 16 << 20;

/// What an answer was made from. Another image, or another leader of the quorum, and it counts no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Stamp {
    /// How far the image had come.
    pub image: LogPosition,
    /// The leader of the quorum, which is not in the image.
    pub controller: Option<BrokerId>,
}

/// A request, as far as its answer depends on it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Question {
    /// The API.
    pub api: ApiKey,
    /// Its version.
    pub version: i16,
    /// The listener it came through.
    pub listener: Arc<str>,
    /// Its body, undecoded.
    pub body: Bytes,
}

#[derive(Debug, Default)]
struct Kept {
    stamp: Stamp,
    answers: HashMap<Question, Bytes>,
    bytes: usize,
}

/// The kept answers, all of one stamp.
#[derive(Debug, Default)]
pub struct AnswerCache {
    kept: Mutex<Kept>,
}

impl AnswerCache {
    /// The body of the answer, if one is kept that was made from the same.
    pub fn get(&self, stamp: Stamp, question: &Question) -> Option<Bytes> {
        let kept = self.kept.lock();
        if kept.stamp == stamp { kept.answers.get(question).cloned() } else { None }
    }

    /// Keeps an answer that was made from what `stamp` says. Answers of another stamp go; an older one is not kept.
    pub fn put(&self, stamp: Stamp, question: &Question, answer: Bytes) {
        let size = question.body.len() + answer.len();
        let mut kept = self.kept.lock();
        if kept.stamp != stamp {
            if stamp.image < kept.stamp.image {
                return;
            }
            *kept = Kept { stamp, ..Kept::default() };
        }
        if size > MOST_BYTES {
            return;
        }
        if kept.bytes + size > MOST_BYTES {
            // Rather than to know which are asked for most: these come again soon.
            *kept = Kept { stamp, ..Kept::default() };
        }
        // The request's bytes are part of a receive buffer, which must not live as long.
        let question = Question { body: Bytes::copy_from_slice(&question.body), ..question.clone() };
        if kept.answers.insert(question, answer).is_none() {
            kept.bytes += size;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{LeaderEpoch, Offset};

    fn stamp(offset: i64, epoch: i32, controller: i32) -> Stamp {
        let image = LogPosition { offset: Offset(offset), epoch: LeaderEpoch(epoch) };
        Stamp { image, controller: Some(BrokerId(controller)) }
    }

    fn question(version: i16, listener: &str, body: &'static [u8]) -> Question {
        Question { api: ApiKey::Metadata, version, listener: Arc::from(listener), body: Bytes::from_static(body) }
    }

    #[test]
    fn an_answer_counts_for_the_same_question_from_the_same_image_only() {
        let cache = AnswerCache::default();
        let asked = question(12, "A", b"all");
        cache.put(stamp(5, 1, 1), &asked, Bytes::from_static(b"answer"));
        assert_eq!(cache.get(stamp(5, 1, 1), &asked).as_deref(), Some(&b"answer"[..]));
        for other in [question(11, "A", b"all"), question(12, "B", b"all"), question(12, "A", b"one")] {
            assert_eq!(cache.get(stamp(5, 1, 1), &other), None);
        }
        for other in [stamp(6, 1, 1), stamp(4, 1, 1), stamp(5, 2, 1), stamp(5, 1, 2)] {
            assert_eq!(cache.get(other, &asked), None);
        }
    }

    #[test]
    fn an_answer_from_an_older_image_does_not_come_back() {
        let cache = AnswerCache::default();
        let asked = question(12, "A", b"all");
        cache.put(stamp(5, 1, 1), &asked, Bytes::from_static(b"new"));
        cache.put(stamp(4, 1, 1), &asked, Bytes::from_static(b"old"));
        assert_eq!(cache.get(stamp(4, 1, 1), &asked), None);
        assert_eq!(cache.get(stamp(5, 1, 1), &asked).as_deref(), Some(&b"new"[..]));
        cache.put(stamp(6, 1, 1), &question(12, "A", b"one"), Bytes::new());
        assert_eq!(cache.get(stamp(5, 1, 1), &asked), None, "a newer image lets go of all");
    }

    #[test]
    fn memory_is_bounded() {
        let cache = AnswerCache::default();
        let large = Bytes::from(vec![0; MOST_BYTES / 2 + 1]);
        for version in 0..4 {
            cache.put(stamp(5, 1, 1), &question(version, "A", b""), large.clone());
        }
        assert_eq!(cache.kept.lock().answers.len(), 1);
        cache.put(stamp(5, 1, 1), &question(9, "A", b""), Bytes::from(vec![0; MOST_BYTES + 1]));
        assert_eq!(cache.get(stamp(5, 1, 1), &question(9, "A", b"")), None);
    }
}
