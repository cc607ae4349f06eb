//! `--delete-offsets` and topics as the tools of groups take them.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::answer;
use super::cluster::Failure;
use super::groups_text::print_deleted;
use crate::client::{At, ClientError, Cluster};
use crate::model::ErrorCode;
use crate::ops::{OpsError, Refusal, groups};

/// A topic, and the partitions named with it.
pub(super) type TopicWord = (String, Option<Vec<i32>>);

/// What became of each partition: why it was not deleted, if it was not.
pub(super) type Results = BTreeMap<At, Option<String>>;

/// Reads `topic` or `topic:0,1`.
///
/// # Errors
/// What Kafka's tools say to a word that is neither.
pub(super) fn topic_words(words: &[&str]) -> Result<Vec<TopicWord>, String> {
    let read = |word: &&str| {
        if !word.contains(':') {
            return Ok(((*word).to_owned(), None));
        }
        let parts: Vec<&str> = word.trim_end_matches(':').split(':').collect();
        let [topic, partitions] = parts[..] else {
            return Err(format!("Invalid topic arg '{word}', expected topic name and partitions"));
        };
        let number = |text: &str| {
            let bad = || format!("Invalid partition '{text}' specified in topic arg '{word}''");
            text.parse::<i32>().map_err(|_| bad())
        };
        Ok((topic.to_owned(), Some(partitions.split(',').map(number).collect::<Result<Vec<i32>, String>>()?)))
    };
    words.iter().map(read).collect()
}

/// The partitions of such words; topics that are not there are among the results already.
pub(super) async fn partitions(cluster: &Cluster, words: Vec<TopicWord>) -> (Vec<At>, Results) {
    let (mut wanted, mut results) = (Vec::new(), Results::new());
    for (topic, partitions) in words {
        match partitions {
            Some(partitions) => wanted.extend(partitions.into_iter().map(|p| (topic.clone(), p))),
            None => match cluster.topic(&topic, true).await {
                Ok(known) => wanted.extend(known.partitions.iter().map(|p| (topic.clone(), p.index))),
                Err(error) => {
                    let failure = Failure::of_error(&error.into(), "describeTopics");
                    results.insert((topic, -1), Some(failure.to_string()));
                }
            },
        }
    }
    (wanted, results)
}

/// Deletes what a group has committed for some partitions, and tells what became of it.
///
/// # Errors
/// The stream's, and within it that of a cluster that cannot be asked.
pub(super) async fn delete(
    cluster: &Cluster,
    group: &str,
    wanted: Vec<At>,
    mut results: Results,
    out: &mut dyn Write,
) -> io::Result<Result<(), OpsError>> {
    let whole = match groups::delete_offsets(cluster, group, &wanted).await {
        Ok(codes) => {
            let worst = codes.values().copied().find(|code| *code != ErrorCode::None);
            for (at, code) in codes {
                let failure =
                    (code != ErrorCode::None).then(|| Failure::from(Refusal { code, message: None }).to_string());
                results.insert(at, failure);
            }
            worst
        }
        Err(OpsError::Client(ClientError::Refused { code, message, .. })) => {
            let failure = Failure::of_code(code, message.as_deref()).to_string();
            results.extend(wanted.into_iter().map(|at| (at, Some(failure.clone()))));
            Some(code)
        }
        Err(error) => return Ok(Err(error)),
    };
    for ((topic, partition), error) in &results {
        let name = if *partition < 0 { topic.clone() } else { format!("{topic}-{partition}") };
        answer::outcome("delete", "offset", name, error.as_ref().map_or(Ok(()), Err));
    }
    match whole {
        None => writeln!(out, "Request succeeded for deleting offsets from group {group}.")?,
        Some(
            code @ (ErrorCode::InvalidGroupId
            | ErrorCode::GroupIdNotFound
            | ErrorCode::GroupAuthorizationFailed
            | ErrorCode::NonEmptyGroup),
        ) => writeln!(out, "\nError: {}", code.message())?,
        Some(
            ErrorCode::GroupSubscribedToTopic
            | ErrorCode::TopicAuthorizationFailed
            | ErrorCode::UnknownTopicOrPartition,
        ) => writeln!(out, "\nError: Encountered some partition-level error, see the follow-up details.")?,
        Some(code) => writeln!(out, "\nError: Encountered some unknown error: {}", code.name())?,
    }
    print_deleted(results, out).map(Ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_may_name_its_partitions() {
        let words = topic_words(&["a", "b:0,2"]).unwrap();
        assert_eq!(words, [("a".to_owned(), None), ("b".to_owned(), Some(vec![0, 2]))]);
        assert_eq!(topic_words(&["a:x"]).unwrap_err(), "Invalid partition 'x' specified in topic arg 'a:x''");
        assert_eq!(
            topic_words(&["a:1:2"]).unwrap_err(),
            "Invalid topic arg 'a:1:2', expected topic name and partitions"
        );
    }
}
