//! The assignors and the embedded protocol of classic consumer groups (`ConsumerProtocol`).

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use crate::wire::codec::{DecodeError, Put as _, Reader, Writer};

/// A partition by name.
pub type At = (String, i32);

/// How a group's partitions are shared out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assignor {
    /// A range of each topic's partitions to each member.
    Range,
    /// All partitions in turn to all members.
    RoundRobin,
}

impl Assignor {
    /// Those that this client offers, the preferred one first.
    pub const OFFERED: [Assignor; 2] = [Assignor::Range, Assignor::RoundRobin];

    /// The name in the group protocol.
    pub const fn name(self) -> &'static str {
        match self {
            Assignor::Range => "range",
            Assignor::RoundRobin => "roundrobin",
        }
    }

    /// The assignor of a name.
    pub fn of(name: &str) -> Option<Assignor> {
        Assignor::OFFERED.into_iter().find(|a| a.name() == name)
    }

    /// Shares out partitions: `members` with the topics each wants, `partitions` by topic.
    pub fn assign(
        self,
        members: &BTreeMap<String, Vec<String>>,
        partitions: &BTreeMap<String, i32>,
    ) -> BTreeMap<String, Vec<At>> {
        let mut shares: BTreeMap<String, Vec<At>> = members.keys().map(|m| (m.clone(), Vec::new())).collect();
        match self {
            Assignor::Range => range(members, partitions, &mut shares),
            Assignor::RoundRobin => round_robin(members, partitions, &mut shares),
        }
        shares
    }
}

type Shares = BTreeMap<String, Vec<At>>;

fn range(members: &BTreeMap<String, Vec<String>>, partitions: &BTreeMap<String, i32>, shares: &mut Shares) {
    for (topic, &count) in partitions {
        let takers: Vec<&String> = members.iter().filter(|(_, t)| t.contains(topic)).map(|(m, _)| m).collect();
        let n = takers.len() as i32;
        let mut next = 0;
        for (i, member) in (0..).zip(takers) {
            let share = count / n + i32::from(i < count % n);
            if let Some(own) = shares.get_mut(member) {
                own.extend((next..next + share).map(|p| (topic.clone(), p)));
            }
            next += share;
        }
    }
}

fn round_robin(members: &BTreeMap<String, Vec<String>>, partitions: &BTreeMap<String, i32>, shares: &mut Shares) {
    let order: Vec<&String> = members.keys().collect();
    let mut turn = 0;
    for (topic, &count) in partitions {
        if !members.values().any(|topics| topics.contains(topic)) {
            continue;
        }
        for partition in 0..count {
            while !members[order[turn % order.len()]].contains(topic) {
                turn += 1;
            }
            if let Some(own) = shares.get_mut(order[turn % order.len()]) {
                own.push((topic.clone(), partition));
            }
            turn += 1;
        }
    }
}

/// What a member says when it joins (`ConsumerProtocolSubscription` version 0).
pub fn encode_subscription(topics: &[String]) -> Bytes {
    let mut out = Writer::new();
    out.put(&0i16.to_be_bytes());
    out.put_array_len(Some(topics.len()), false);
    for topic in topics {
        out.put_text(Some(topic), false);
    }
    out.put(&(-1i32).to_be_bytes());
    out.into()
}

/// The topics of a subscription of any version: later ones only append.
///
/// # Errors
/// [`DecodeError`] when the bytes are not a subscription.
pub fn decode_subscription(bytes: Bytes) -> Result<Vec<String>, DecodeError> {
    let mut reader = Reader::new(bytes);
    reader.i16()?;
    let count = reader.array_len(false)?.unwrap_or(0);
    let mut topics = Vec::with_capacity(count.min(1024));
    for _ in 0..count {
        topics.push(text(&mut reader)?);
    }
    Ok(topics)
}

/// What a member is given (`ConsumerProtocolAssignment` version 0).
pub fn encode_assignment(partitions: &[At]) -> Bytes {
    let mut by_topic: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
    for (topic, partition) in partitions {
        by_topic.entry(topic).or_default().push(*partition);
    }
    let mut out = Writer::new();
    out.put(&0i16.to_be_bytes());
    out.put_array_len(Some(by_topic.len()), false);
    for (topic, partitions) in by_topic {
        out.put_text(Some(topic), false);
        out.put_array_len(Some(partitions.len()), false);
        for partition in partitions {
            out.put(&partition.to_be_bytes());
        }
    }
    out.put(&(-1i32).to_be_bytes());
    out.into()
}

/// The partitions of an assignment of any version; none for empty bytes, as a member without partitions gets them.
///
/// # Errors
/// [`DecodeError`] when the bytes are not an assignment.
pub fn decode_assignment(bytes: Bytes) -> Result<Vec<At>, DecodeError> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    let mut reader = Reader::new(bytes);
    reader.i16()?;
    let mut found = BTreeSet::new();
    for _ in 0..reader.array_len(false)?.unwrap_or(0) {
        let topic = text(&mut reader)?;
        for _ in 0..reader.array_len(false)?.unwrap_or(0) {
            found.insert((topic.clone(), reader.i32()?));
        }
    }
    Ok(found.into_iter().collect())
}

fn text(reader: &mut Reader) -> Result<String, DecodeError> {
    let at = reader.position();
    let len = reader.text_len(false, false)?.ok_or(DecodeError::Length { len: -1, left: 0, at })?;
    reader.text(len)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(list: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
        list.iter().map(|(m, t)| ((*m).to_owned(), t.iter().map(|t| (*t).to_owned()).collect())).collect()
    }

    fn counts(list: &[(&str, i32)]) -> BTreeMap<String, i32> {
        list.iter().map(|(t, n)| ((*t).to_owned(), *n)).collect()
    }

    fn show(shares: &BTreeMap<String, Vec<At>>) -> Vec<String> {
        let one = |(m, p): (&String, &Vec<At>)| {
            format!("{m}: {}", p.iter().map(|(t, p)| format!("{t}-{p}")).collect::<Vec<_>>().join(" "))
        };
        shares.iter().map(one).collect()
    }

    #[test]
    fn range_gives_the_first_members_the_larger_shares_of_each_topic() {
        let shares =
            Assignor::Range.assign(&members(&[("a", &["t", "u"]), ("b", &["t"])]), &counts(&[("t", 3), ("u", 1)]));
        assert_eq!(show(&shares), ["a: t-0 t-1 u-0", "b: t-2"]);
    }

    #[test]
    fn round_robin_goes_on_from_topic_to_topic_and_skips_who_does_not_subscribe() {
        let shares = Assignor::RoundRobin
            .assign(&members(&[("a", &["t", "u"]), ("b", &["t"])]), &counts(&[("t", 3), ("u", 2), ("x", 9)]));
        assert_eq!(show(&shares), ["a: t-0 t-2 u-0 u-1", "b: t-1"]);
    }

    #[test]
    fn the_embedded_protocol_round_trips() {
        let topics = vec!["t".to_owned(), "u".to_owned()];
        assert_eq!(decode_subscription(encode_subscription(&topics)), Ok(topics));
        let share = vec![("t".to_owned(), 0), ("t".to_owned(), 2), ("u".to_owned(), 1)];
        assert_eq!(decode_assignment(encode_assignment(&share)), Ok(share));
        assert_eq!(decode_assignment(Bytes::new()), Ok(vec![]));
        assert!(decode_assignment(Bytes::from_static(&[0, 0, 0, 0, 0, 9])).is_err());
    }
}
