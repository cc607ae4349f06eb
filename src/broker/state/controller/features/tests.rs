//! Levels up and down, and the words in which they are refused.

use super::super::testing::*;
use super::*;
use crate::broker::state::metadata::SUPPORTED_FEATURES;
use crate::wire::records::metadata::{
    BrokerFeature, ControllerFeature, RegisterBrokerRecord, RegisterControllerRecord,
};

const UP: i8 = 1;
const DOWN: i8 = 2;
const UNSAFELY: i8 = 3;

/// A cluster whose brokers support what this build does, with one controller.
fn cluster() -> Cluster {
    let mut cluster = Cluster::of(0);
    let features = SUPPORTED_FEATURES.iter().map(|f| BrokerFeature {
        name: f.name.into(),
        min_supported_version: f.min,
        max_supported_version: f.max,
    });
    cluster.apply(&[MetadataRecord::RegisterBrokerRecord(RegisterBrokerRecord {
        broker_id: 1,
        broker_epoch: 5,
        features: features.collect(),
        rack: None,
        ..RegisterBrokerRecord::default()
    })]);
    cluster
}

fn ask_with(
    cluster: &mut Cluster,
    voters: &[i32],
    updates: &[(&str, i16, i8)],
    validate_only: bool,
) -> (ErrorCode, String) {
    let voters: Vec<BrokerId> = voters.iter().copied().map(BrokerId).collect();
    let updates = updates.iter().map(|(feature, max_version_level, upgrade_type)| FeatureUpdateKey {
        feature: (*feature).into(),
        max_version_level: *max_version_level,
        upgrade_type: *upgrade_type,
        ..FeatureUpdateKey::default()
    });
    let request =
        UpdateFeaturesRequest { feature_updates: updates.collect(), validate_only, ..UpdateFeaturesRequest::default() };
    let quorum = QuorumFacts { node: BrokerId(1), voters: &voters, kraft_version: 1, unnamed: None };
    let decision = update_features(&cluster.ctx(), &quorum, &request);
    cluster.apply(&decision.records);
    (ErrorCode::from_code(decision.answer.error_code), decision.answer.error_message.unwrap_or_default())
}

fn ask(cluster: &mut Cluster, updates: &[(&str, i16, i8)]) -> (ErrorCode, String) {
    ask_with(cluster, &[1], updates, false)
}

fn refused(cluster: &mut Cluster, update: (&str, i16, i8)) -> String {
    let before = cluster.image.clone();
    let (code, text) = ask(cluster, &[update]);
    assert_eq!(code, ErrorCode::InvalidUpdateVersion, "{text}");
    assert_eq!(cluster.image, before);
    let intro = "The update failed for all features since the following feature had an error: ";
    text.strip_prefix(intro).unwrap().to_owned()
}

/// Asks for level 1 of `kraft.version`, of a quorum whose voters files name.
fn name_the_voters(unnamed: Option<&str>) -> (i16, String, usize) {
    let cluster = cluster();
    let update = FeatureUpdateKey {
        feature: "kraft.version".into(),
        max_version_level: 1,
        upgrade_type: 1,
        ..Default::default()
    };
    let request = UpdateFeaturesRequest { feature_updates: vec![update], ..UpdateFeaturesRequest::default() };
    let quorum = QuorumFacts { node: BrokerId(1), voters: &[], kraft_version: 0, unnamed };
    let decision = update_features(&cluster.ctx(), &quorum, &request);
    (decision.answer.error_code, decision.answer.error_message.unwrap_or_default(), decision.records.len())
}

#[test]
fn kraft_version_rises_once_every_voter_is_known_and_leaves_no_record_of_the_metadata() {
    assert_eq!(name_the_voters(None), (0, String::new(), 0));
    let (code, text, _) = name_the_voters(Some("Voter 2 is not known."));
    assert_eq!(ErrorCode::from_code(code), ErrorCode::InvalidUpdateVersion);
    assert!(text.ends_with("Invalid update version 1 for feature kraft.version. Voter 2 is not known."), "{text}");
}

#[test]
fn levels_go_down_only_when_that_is_said_and_up_again() {
    let mut cluster = cluster();
    assert_eq!(
        refused(&mut cluster, (TRANSACTION, 1, UP)),
        "Invalid update version 1 for feature transaction.version. Can't downgrade the version of this feature without \
         setting the upgrade type to either safe or unsafe downgrade."
    );
    assert_eq!(ask(&mut cluster, &[(TRANSACTION, 1, DOWN)]).0, ErrorCode::None);
    assert_eq!(cluster.image.features().level(TRANSACTION), 1);
    assert_eq!(
        refused(&mut cluster, (TRANSACTION, 2, DOWN)),
        "Invalid update version 2 for feature transaction.version. Can't downgrade to a newer version."
    );
    assert_eq!(ask(&mut cluster, &[(TRANSACTION, 2, UP)]).0, ErrorCode::None);
    assert_eq!(cluster.image.features().level(TRANSACTION), 2);
    assert_eq!(ask(&mut cluster, &[(TRANSACTION, 0, UNSAFELY)]).0, ErrorCode::None);
    assert_eq!(cluster.image.features().level(TRANSACTION), 0);
}

const TRANSACTION: &str = "transaction.version";

#[test]
fn one_bad_level_stops_all_of_them_and_a_trial_changes_nothing() {
    let mut cluster = cluster();
    let both = [(TRANSACTION, 1, DOWN), ("group.version", 9, UP)];
    assert_eq!(ask(&mut cluster, &both).0, ErrorCode::InvalidUpdateVersion);
    assert_eq!(cluster.image.features().level(TRANSACTION), 2);
    assert_eq!(ask_with(&mut cluster, &[1], &[(TRANSACTION, 1, DOWN)], true), (ErrorCode::None, String::new()));
    assert_eq!(cluster.image.features().level(TRANSACTION), 2);
}

#[test]
fn version_0_says_by_a_flag_that_a_level_may_go_down() {
    let mut cluster = cluster();
    let update = FeatureUpdateKey {
        feature: TRANSACTION.into(),
        max_version_level: 1,
        allow_downgrade: true,
        ..FeatureUpdateKey::default()
    };
    let request = UpdateFeaturesRequest { feature_updates: vec![update], ..UpdateFeaturesRequest::default() };
    let quorum = QuorumFacts { node: BrokerId(1), voters: &[], kraft_version: 1, unnamed: None };
    let decision = update_features(&cluster.ctx(), &quorum, &request);
    assert_eq!((decision.answer.error_code, decision.answer.results.len()), (0, 1));
    cluster.apply(&decision.records);
    assert_eq!(cluster.image.features().level(TRANSACTION), 1);
}

#[test]
fn every_node_must_support_the_level() {
    let mut cluster = cluster();
    assert_eq!(
        refused(&mut cluster, ("no.such.version", 1, UP)),
        "Invalid update version 1 for feature no.such.version. Local controller 1 does not support this feature."
    );
    assert_eq!(
        refused(&mut cluster, ("group.version", 9, UP)),
        "Invalid update version 9 for feature group.version. Local controller 1 only supports versions 0-1"
    );
    cluster.apply(&[MetadataRecord::RegisterBrokerRecord(RegisterBrokerRecord {
        broker_id: 2,
        broker_epoch: 9,
        features: vec![BrokerFeature { name: TRANSACTION.into(), min_supported_version: 2, max_supported_version: 2 }],
        ..RegisterBrokerRecord::default()
    })]);
    assert_eq!(
        refused(&mut cluster, (TRANSACTION, 1, DOWN)),
        "Invalid update version 1 for feature transaction.version. Broker 2 only supports versions 2"
    );
    assert!(refused(&mut cluster, (TRANSACTION, -1, DOWN)).ends_with("A feature version cannot be less than 0."));
    assert!(refused(&mut cluster, (TRANSACTION, 1, 0)).ends_with("does not support the given upgrade type."));
}

#[test]
fn other_controllers_are_asked_too_and_must_have_registered() {
    let mut cluster = cluster();
    let (code, text) = ask_with(&mut cluster, &[1, 2], &[(TRANSACTION, 1, DOWN)], false);
    assert_eq!(code, ErrorCode::InvalidUpdateVersion);
    assert!(text.ends_with("controller 2 has not registered, and may not support this feature"), "{text}");
    let register = |max| {
        MetadataRecord::RegisterControllerRecord(RegisterControllerRecord {
            controller_id: 2,
            features: vec![ControllerFeature {
                name: TRANSACTION.into(),
                min_supported_version: 0,
                max_supported_version: max,
            }],
            ..RegisterControllerRecord::default()
        })
    };
    cluster.apply(&[register(0)]);
    let (_, text) = ask_with(&mut cluster, &[1, 2], &[(TRANSACTION, 1, DOWN)], false);
    assert!(text.ends_with("Controller 2 does not support this feature."), "{text}");
    cluster.apply(&[register(2)]);
    assert_eq!(ask_with(&mut cluster, &[1, 2], &[(TRANSACTION, 1, DOWN)], false).0, ErrorCode::None);
}

#[test]
fn the_metadata_version_goes_back_only_where_nothing_can_be_lost() {
    let mut cluster = cluster();
    assert_eq!(
        refused(&mut cluster, (METADATA_VERSION_FEATURE, 29, DOWN)),
        "Unsupported metadata.version downgrade from 30 to 29. Refusing to perform the requested downgrade because it \
         might delete metadata information."
    );
    assert!(
        refused(&mut cluster, (METADATA_VERSION_FEATURE, 29, UNSAFELY))
            .ends_with("Unsafe metadata downgrade is not supported in this version.")
    );
    cluster.apply(&[MetadataRecord::FeatureLevelRecord(FeatureLevelRecord {
        name: METADATA_VERSION_FEATURE.into(),
        feature_level: 29,
    })]);
    assert_eq!(ask(&mut cluster, &[(METADATA_VERSION_FEATURE, 24, DOWN)]).0, ErrorCode::None);
    refused(&mut cluster, (METADATA_VERSION_FEATURE, 22, DOWN));
    assert_eq!(ask(&mut cluster, &[(METADATA_VERSION_FEATURE, 30, UP)]).0, ErrorCode::None);
    assert_eq!(cluster.image.features().metadata_version(), 30);
}

#[test]
fn a_feature_waits_for_the_level_that_it_depends_on() {
    let mut cluster = cluster();
    for (name, feature_level) in [(METADATA_VERSION_FEATURE, 22), (ELR_FEATURE, 0)] {
        cluster.apply(&[MetadataRecord::FeatureLevelRecord(FeatureLevelRecord { name: name.into(), feature_level })]);
    }
    assert_eq!(
        refused(&mut cluster, (ELR_FEATURE, 1, UP)),
        "Invalid update version 1 for feature eligible.leader.replicas.version. eligible.leader.replicas.version could \
         not be set to 1 because it depends on metadata.version level 23"
    );
    let both = [(ELR_FEATURE, 1, UP), (METADATA_VERSION_FEATURE, 23, UP)];
    assert_eq!(ask(&mut cluster, &both).0, ErrorCode::None, "both at once are fine");
}

#[test]
fn eligible_leaders_come_with_one_minimum_for_the_whole_cluster() {
    let mut cluster = cluster();
    cluster.apply(&[
        MetadataRecord::FeatureLevelRecord(FeatureLevelRecord { name: ELR_FEATURE.into(), feature_level: 0 }),
        MetadataRecord::ConfigRecord(ConfigRecord {
            resource_type: ConfigKind::Broker.code(),
            resource_name: "1".into(),
            name: MIN_ISR.into(),
            value: Some("3".into()),
        }),
    ]);
    assert_eq!(ask(&mut cluster, &[(ELR_FEATURE, 1, UP)]).0, ErrorCode::None);
    let all = cluster.image.config(&ConfigResource::all_brokers()).unwrap();
    assert_eq!(all.get(MIN_ISR).map(String::as_str), Some("1"));
    assert!(cluster.image.config(&ConfigResource::broker(BrokerId(1))).is_none());
}

#[test]
fn the_voters_own_level_is_not_changed_here() {
    let mut cluster = cluster();
    assert_eq!(ask(&mut cluster, &[(KRAFT_FEATURE, 1, UP)]).0, ErrorCode::None);
    assert_eq!(cluster.image.features().level(KRAFT_FEATURE), 0, "it stands elsewhere");
    assert!(refused(&mut cluster, (KRAFT_FEATURE, 0, DOWN)).ends_with("Can't downgrade the version of this feature."));
}
