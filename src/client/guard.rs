//! What a profile forbids. Every request of a client passes here, so no command has to think of it.

use std::any::Any;

use super::{ClientError, Properties, Result};
use crate::wire::api::ApiKey;
use crate::wire::messages as m;
use crate::wire::schema::Request;

/// Requests that change nothing in a cluster.
const READING: &[ApiKey] = &[
    ApiKey::ApiVersions,
    ApiKey::SaslHandshake,
    ApiKey::SaslAuthenticate,
    ApiKey::Metadata,
    ApiKey::Fetch,
    ApiKey::ListOffsets,
    ApiKey::OffsetFetch,
    ApiKey::OffsetForLeaderEpoch,
    ApiKey::FindCoordinator,
    ApiKey::DescribeGroups,
    ApiKey::ListGroups,
    ApiKey::ConsumerGroupDescribe,
    ApiKey::StreamsGroupDescribe,
    ApiKey::DescribeConfigs,
    ApiKey::ListConfigResources,
    ApiKey::DescribeLogDirs,
    ApiKey::DescribeAcls,
    ApiKey::DescribeDelegationToken,
    ApiKey::ListPartitionReassignments,
    ApiKey::DescribeClientQuotas,
    ApiKey::DescribeUserScramCredentials,
    ApiKey::DescribeQuorum,
    ApiKey::DescribeCluster,
    ApiKey::DescribeProducers,
    ApiKey::DescribeTransactions,
    ApiKey::ListTransactions,
    ApiKey::DescribeTopicPartitions,
    ApiKey::ShareGroupDescribe,
    ApiKey::DescribeShareGroupOffsets,
];

/// A profile's limits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    profile: String,
    read_only: bool,
    protected: Vec<String>,
}

impl Guard {
    /// The setting that names the profile.
    pub const PROFILE: &'static str = "logbus.profile";
    /// The setting that forbids every change.
    pub const READ_ONLY: &'static str = "logbus.read.only";
    /// The setting with the globs of protected names.
    pub const PROTECT: &'static str = "logbus.protect";

    /// Takes the limits from a profile's settings.
    ///
    /// # Errors
    /// [`ClientError::Config`] for a value that is not of its type.
    pub fn from_properties(properties: &Properties) -> Result<Guard> {
        let list = properties.get(Guard::PROTECT).unwrap_or_default().split(',').map(str::trim);
        Ok(Guard {
            profile: properties.get(Guard::PROFILE).unwrap_or_default().to_owned(),
            read_only: properties.flag(Guard::READ_ONLY)?.unwrap_or(false),
            protected: list.filter(|glob| !glob.is_empty()).map(str::to_owned).collect(),
        })
    }

    /// Lets a request pass, or not.
    ///
    /// # Errors
    /// [`ClientError::Guarded`].
    pub fn check<R: Request>(&self, request: &R) -> Result<()> {
        let request: &dyn Any = request;
        if self.read_only && !READING.contains(&R::KEY) && !is_trial(request) {
            return Err(self.refuse_change(R::KEY));
        }
        if self.protected.is_empty() {
            return Ok(());
        }
        match losing(request).into_iter().find_map(|(what, name)| Some((what, name, self.protection_of(name)?))) {
            None => Ok(()),
            Some((what, name, glob)) => Err(ClientError::Guarded {
                profile: self.profile.clone(),
                what: format!("{what} {name} is protected by {glob}"),
            }),
        }
    }

    /// As [`Guard::check`], for a connection that sends `key` past this client.
    ///
    /// # Errors
    /// [`ClientError::Guarded`].
    pub fn check_key(&self, key: ApiKey) -> Result<()> {
        if self.read_only && !READING.contains(&key) { Err(self.refuse_change(key)) } else { Ok(()) }
    }

    fn refuse_change(&self, key: ApiKey) -> ClientError {
        ClientError::Guarded { profile: self.profile.clone(), what: format!("it is read-only, and {key} is a change") }
    }

    fn protection_of(&self, name: &str) -> Option<&str> {
        self.protected.iter().map(String::as_str).find(|glob| glob_matches(glob, name))
    }
}

/// Whether a request only asks whether it would be accepted.
fn is_trial(request: &dyn Any) -> bool {
    macro_rules! trial {
        ($($module:ident :: $request:ident),*) => {
            false $(|| request.downcast_ref::<m::$module::$request>().is_some_and(|r| r.validate_only))*
        };
    }
    trial!(
        create_topics::CreateTopicsRequest,
        create_partitions::CreatePartitionsRequest,
        incremental_alter_configs::IncrementalAlterConfigsRequest,
        alter_configs::AlterConfigsRequest,
        alter_client_quotas::AlterClientQuotasRequest,
        update_features::UpdateFeaturesRequest
    )
}

/// The topics and groups that lose something by a request: that are deleted, trimmed, or set to another offset.
fn losing(request: &dyn Any) -> Vec<(&'static str, &str)> {
    if let Some(r) = request.downcast_ref::<m::delete_topics::DeleteTopicsRequest>() {
        let by_state = r.topics.iter().filter_map(|t| t.name.as_deref());
        return r.topic_names.iter().map(String::as_str).chain(by_state).map(|name| ("topic", name)).collect();
    }
    if let Some(r) = request.downcast_ref::<m::delete_records::DeleteRecordsRequest>() {
        return r.topics.iter().map(|t| ("topic", t.name.as_str())).collect();
    }
    if let Some(r) = request.downcast_ref::<m::delete_groups::DeleteGroupsRequest>() {
        return r.groups_names.iter().map(|name| ("group", name.as_str())).collect();
    }
    if let Some(r) = request.downcast_ref::<m::offset_delete::OffsetDeleteRequest>() {
        let topics = r.topics.iter().map(|t| ("topic", t.name.as_str()));
        return std::iter::once(("group", r.group_id.as_str())).chain(topics).collect();
    }
    if let Some(r) = request.downcast_ref::<m::alter_share_group_offsets::AlterShareGroupOffsetsRequest>() {
        let topics = r.topics.iter().map(|t| ("topic", t.topic_name.as_str()));
        return std::iter::once(("group", r.group_id.as_str())).chain(topics).collect();
    }
    if let Some(r) = request.downcast_ref::<m::delete_share_group_offsets::DeleteShareGroupOffsetsRequest>() {
        let topics = r.topics.iter().map(|t| ("topic", t.topic_name.as_str()));
        return std::iter::once(("group", r.group_id.as_str())).chain(topics).collect();
    }
    // Without a generation it is not a member that commits, but somebody who moves the group.
    if let Some(r) = request.downcast_ref::<m::offset_commit::OffsetCommitRequest>()
        && r.generation_id_or_member_epoch < 0
    {
        let topics = r.topics.iter().map(|t| ("topic", t.name.as_str()));
        return std::iter::once(("group", r.group_id.as_str())).chain(topics).collect();
    }
    Vec::new()
}

/// Whether a glob, with `*` for any characters and `?` for one, is the whole of a name.
pub fn glob_matches(glob: &str, name: &str) -> bool {
    let (glob, name): (Vec<char>, Vec<char>) = (glob.chars().collect(), name.chars().collect());
    let (mut g, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        match glob.get(g) {
            Some('*') => {
                star = Some((g, n));
                g += 1;
            }
            Some(c) if *c == '?' || *c == name[n] => (g, n) = (g + 1, n + 1),
            _ => match star {
                // The last star takes one character more.
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    (g, n) = (at + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    glob[g..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(pairs: &[(&str, &str)]) -> Guard {
        let mut properties = Properties::default();
        pairs.iter().for_each(|(key, value)| properties.set(key, value));
        Guard::from_properties(&properties).unwrap()
    }

    #[test]
    fn globs_match_whole_names() {
        for (glob, name) in
            [("prod-*", "prod-a"), ("*", ""), ("a*b*c", "a-b-b-c"), ("?x", "ax"), ("a", "a"), ("*-*", "-")]
        {
            assert!(glob_matches(glob, name), "{glob} {name}");
        }
        for (glob, name) in [("prod-*", "my-prod-a"), ("a*b", "a-b-c"), ("?", ""), ("", "a")] {
            assert!(!glob_matches(glob, name), "{glob} {name}");
        }
    }

    #[test]
    fn a_read_only_profile_lets_questions_and_trials_pass() {
        let guard = guard(&[(Guard::PROFILE, "prod"), (Guard::READ_ONLY, "true")]);
        assert!(guard.check(&m::metadata::MetadataRequest::default()).is_ok());
        let create = m::create_topics::CreateTopicsRequest { validate_only: true, ..Default::default() };
        assert!(guard.check(&create).is_ok());
        let refused = guard.check(&m::create_topics::CreateTopicsRequest::default()).unwrap_err();
        assert_eq!(refused.to_string(), "profile prod forbids it: it is read-only, and CreateTopics is a change");
        assert!(guard.check_key(ApiKey::Produce).is_err() && guard.check_key(ApiKey::Fetch).is_ok());
    }

    #[test]
    fn protected_names_cannot_lose_anything() {
        let guard = guard(&[(Guard::PROFILE, "prod"), (Guard::PROTECT, "prod-*, audit")]);
        let delete = |name: &str| m::delete_topics::DeleteTopicsRequest {
            topic_names: vec!["other".to_owned(), name.to_owned()],
            ..Default::default()
        };
        assert!(guard.check(&delete("test")).is_ok());
        let refused = guard.check(&delete("prod-orders")).unwrap_err();
        assert_eq!(refused.to_string(), "profile prod forbids it: topic prod-orders is protected by prod-*");
        let mut commit = m::offset_commit::OffsetCommitRequest { group_id: "audit".into(), ..Default::default() };
        assert!(guard.check(&commit).is_err());
        // A member of the group commits as it reads.
        commit.generation_id_or_member_epoch = 3;
        assert!(guard.check(&commit).is_ok());
        let produce = m::produce::ProduceRequest::default();
        assert!(guard.check(&produce).is_ok());
    }
}
