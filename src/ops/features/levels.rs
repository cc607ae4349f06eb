//! The levels that features of Apache Kafka have had, by release (`Feature`, `MetadataVersion`).

/// `metadata.version`.
pub const METADATA_VERSION: &str = "metadata.version";
/// `kraft.version`.
pub const KRAFT_VERSION: &str = "kraft.version";

/// The lowest level of `metadata.version` that Kafka 4 knows.
const FIRST_LEVEL: i16 = 7;
/// Names of the levels of `metadata.version` from [`FIRST_LEVEL`] on.
const METADATA_VERSIONS: [&str; 25] = [
    "3.3-IV3", "3.4-IV0", "3.5-IV0", "3.5-IV1", "3.5-IV2", "3.6-IV0", "3.6-IV1", "3.6-IV2", "3.7-IV0", "3.7-IV1",
    "3.7-IV2", "3.7-IV3", "3.7-IV4", "3.8-IV0", "3.9-IV0", "4.0-IV0", "4.0-IV1", "4.0-IV2", "4.0-IV3", "4.1-IV0",
    "4.1-IV1", "4.2-IV0", "4.2-IV1", "4.3-IV0", "4.4-IV0",
];

/// The newest level of `metadata.version` that may be used in production.
pub const LATEST_METADATA_VERSION: i16 = 30;

/// The features other than `metadata.version`, in the order of Kafka's tools, with the level of `metadata.version` from
/// which on a release turns on each level, lowest level first.
const BY_RELEASE: [(&str, &[i16]); 6] = [
    (KRAFT_VERSION, &[21]),
    ("transaction.version", &[24, 24]),
    ("group.version", &[22]),
    ("eligible.leader.replicas.version", &[26]),
    ("share.version", &[28]),
    ("streams.version", &[29]),
];

/// The name of a level of `metadata.version`.
pub fn metadata_version_name(level: i16) -> Option<&'static str> {
    METADATA_VERSIONS.get(usize::try_from(level - FIRST_LEVEL).ok()?).copied()
}

/// The level of `metadata.version` that a release (`4.0`, `4.0.1`) or one of its steps (`4.0-IV1`) has; a release has
/// that of its last step.
pub fn metadata_version_level(text: &str) -> Option<i16> {
    let release = text.splitn(3, '.').take(2).collect::<Vec<_>>().join(".");
    let at = METADATA_VERSIONS
        .iter()
        .rposition(|name| **name == *release || name.split_once("-IV").is_some_and(|(of, _)| of == release))?;
    // A step that is still being developed has a name, but no tool takes it.
    i16::try_from(at).ok().map(|at| FIRST_LEVEL + at).filter(|level| *level <= LATEST_METADATA_VERSION)
}

/// What a tool says of a release that there is not, or not up to `newest`.
pub fn unknown_metadata_version(text: &str, newest: i16) -> String {
    let known = METADATA_VERSIONS.iter().zip(FIRST_LEVEL..=newest).map(|(name, _)| *name).collect::<Vec<_>>();
    format!("Unknown metadata.version '{text}'. Supported metadata.version are: {}", known.join(", "))
}

/// The newest level of `metadata.version` that has a name here, for development only or not.
pub const NEWEST_METADATA_VERSION: i16 = FIRST_LEVEL + METADATA_VERSIONS.len() as i16 - 1;

/// The levels of all features but `metadata.version` that go with a level of it.
pub fn levels_of(metadata_version: i16) -> impl Iterator<Item = (&'static str, i16)> {
    BY_RELEASE.into_iter().map(move |(name, from)| {
        let level = from.iter().filter(|&&needed| needed <= metadata_version).count();
        (name, i16::try_from(level).unwrap_or(i16::MAX))
    })
}

/// The features that a level of another needs; `None` when there is no such level.
///
/// # Errors
/// What Kafka's tools say when there is no such feature or level.
pub fn dependencies(name: &str, level: i16) -> Result<Vec<(&'static str, i16)>, String> {
    let missing = || format!("No feature:{name} with feature level {level}");
    if name == METADATA_VERSION {
        return metadata_version_name(level).map(|_| Vec::new()).ok_or_else(missing);
    }
    let Some((_, levels)) = BY_RELEASE.iter().find(|(known, _)| *known == name) else {
        return Err(format!("Unknown feature: {name}"));
    };
    if !(0..=levels.len()).contains(&usize::try_from(level).unwrap_or(usize::MAX)) {
        return Err(missing());
    }
    Ok(match (name, level) {
        ("eligible.leader.replicas.version", 1) => vec![(METADATA_VERSION, 23)],
        _ => Vec::new(),
    })
}

/// Whether the feature is known.
pub fn is_known(name: &str) -> bool {
    name == METADATA_VERSION || BY_RELEASE.iter().any(|(known, _)| *known == name)
}

/// A level as Kafka's tools print it: by name for `metadata.version`, as a number for all others.
pub fn level_text(feature: &str, level: i16) -> String {
    match (feature, metadata_version_name(level)) {
        (METADATA_VERSION, Some(name)) => name.to_owned(),
        (METADATA_VERSION, None) => format!("UNKNOWN [{level}]"),
        _ => level.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_and_their_steps_have_levels() {
        assert_eq!(metadata_version_level("4.0"), Some(25));
        assert_eq!(metadata_version_level("4.0.1"), Some(25));
        assert_eq!(metadata_version_level("4.0-IV0"), Some(22));
        assert_eq!(metadata_version_level("3.3-IV3"), Some(7));
        assert_eq!(metadata_version_level("9.9"), None);
        assert_eq!([metadata_version_level(""), metadata_version_level("4.4")], [None, None]);
        assert_eq!(metadata_version_name(30), Some("4.3-IV0"));
        assert_eq!([6, 32].map(metadata_version_name), [None, None]);
    }

    #[test]
    fn a_release_turns_features_on() {
        let levels = |level| levels_of(level).map(|(_, level)| level).collect::<Vec<_>>();
        assert_eq!(levels(21), [1, 0, 0, 0, 0, 0]);
        assert_eq!(levels(25), [1, 2, 1, 0, 0, 0]);
        assert_eq!(levels(30), [1, 2, 1, 1, 1, 1]);
    }
}
