//! Brokers come, stay in touch, and go.

use super::decision::{Context, Decision, Refusal, offsets_taken};
use super::directories::heartbeat_directories;
use super::handover::{Departure, elect_leaderless, handover};
use super::sessions::BrokerSessions;
use crate::broker::state::metadata::{
    BrokerRegistration, DirectoryId, METADATA_VERSION_FEATURE, MetadataChanges, MetadataImage,
};
use crate::model::{BrokerId, ErrorCode, Offset, TimestampMs, Uuid};
use crate::wire::messages::broker_heartbeat::BrokerHeartbeatRequest;
use crate::wire::messages::broker_registration::BrokerRegistrationRequest;
use crate::wire::records::metadata::{
    BrokerEndpoint, BrokerFeature, BrokerRegistrationChangeRecord, MetadataRecord, RegisterBrokerRecord,
    RegisterControllerRecord, UnregisterBrokerRecord,
};

/// What a heartbeat is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeartbeatAnswer {
    /// Whether the broker has seen its own registration.
    pub caught_up: bool,
    /// Whether it is fenced.
    pub fenced: bool,
    /// Whether it may stop now.
    pub should_shut_down: bool,
}

pub(super) fn check_epoch(image: &MetadataImage, id: BrokerId, epoch: i64) -> Result<&BrokerRegistration, Refusal> {
    let broker = image.broker(id).ok_or_else(|| {
        Refusal::new(ErrorCode::BrokerIdNotRegistered, format!("No broker registration found for broker id {id}"))
    })?;
    if broker.epoch != epoch {
        let text = format!("Expected broker epoch {}, but got broker epoch {epoch}", broker.epoch);
        return Err(Refusal::new(ErrorCode::StaleBrokerEpoch, text));
    }
    Ok(broker)
}

/// Decides a broker's registration. `next_offset` is where the command's first record will stand; the offset of the
/// registration record becomes the broker's epoch, and the answer.
///
/// # Errors
/// 101 a live broker has the id, 104 another cluster's broker, 119 bad directories, 35 a finalized feature it lacks.
pub fn register_broker(
    ctx: &Context<'_>,
    sessions: &BrokerSessions,
    cluster_id: &str,
    request: &BrokerRegistrationRequest,
    next_offset: Offset,
    now: TimestampMs,
) -> Result<Decision<i64>, Refusal> {
    if request.cluster_id != cluster_id {
        let text = format!("Expected cluster ID {cluster_id}, but got cluster ID {}", request.cluster_id);
        return Err(Refusal::new(ErrorCode::InconsistentClusterId, text));
    }
    let id = BrokerId(request.broker_id);
    let existing = ctx.image.broker(id);
    let same_incarnation = existing.is_some_and(|broker| broker.incarnation == request.incarnation_id);
    // One that left in good order may come back before its session would have ended.
    let left = existing.is_some_and(|broker| broker.in_controlled_shutdown);
    if existing.is_some() && !same_incarnation && !left && sessions.is_live(id, now) {
        let text = "Another broker is registered with that broker id.";
        return Err(Refusal::new(ErrorCode::DuplicateBrokerRegistration, text));
    }
    if request.is_migrating_zk_broker {
        let text = "Controller does not support registering ZK brokers.";
        return Err(Refusal::new(ErrorCode::BrokerIdNotRegistered, text));
    }
    check_directories(ctx.image, id, &request.log_dirs)?;
    let features = check_features(ctx.image, request)?;

    let mut records = Vec::new();
    if let Some(old) = existing
        && !same_incarnation
    {
        let clean = request.previous_broker_epoch == old.epoch;
        records = handover(ctx, id, Departure::Replaced { clean });
    }
    // A command of one record is not wrapped in a transaction; one of several begins with its marker.
    let record_offset = next_offset + records.len() as i64 + i64::from(!records.is_empty());
    let kept = existing.filter(|_| same_incarnation);
    let epoch = kept.map_or(record_offset.get(), |broker| broker.epoch);
    records.push(MetadataRecord::RegisterBrokerRecord(RegisterBrokerRecord {
        broker_id: request.broker_id,
        is_migrating_zk_broker: false,
        incarnation_id: request.incarnation_id,
        broker_epoch: epoch,
        end_points: request
            .listeners
            .iter()
            .map(|listener| BrokerEndpoint {
                name: listener.name.clone(),
                host: listener.host.clone(),
                port: listener.port,
                security_protocol: listener.security_protocol,
            })
            .collect(),
        features,
        rack: request.rack.clone(),
        fenced: kept.is_none_or(|broker| broker.fenced),
        in_controlled_shutdown: kept.is_some_and(|broker| broker.in_controlled_shutdown),
        log_dirs: request.log_dirs.clone(),
        cordoned_log_dirs: kept.and_then(|broker| broker.cordoned_log_dirs.clone()),
    }));
    Ok(Decision { records, answer: epoch })
}

fn check_directories(image: &MetadataImage, id: BrokerId, dirs: &[Uuid]) -> Result<(), Refusal> {
    let invalid = |text: String| Err(Refusal::new(ErrorCode::InvalidRegistration, text));
    if dirs.is_empty() {
        return invalid("No directories specified in request".to_owned());
    }
    if dirs.iter().any(|dir| DirectoryId::is_reserved(*dir)) {
        return invalid("Reserved directory ID in request".to_owned());
    }
    let mut sorted = dirs.to_vec();
    sorted.sort();
    if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
        return invalid("Duplicate directory ID in request".to_owned());
    }
    for broker in image.brokers().filter(|broker| broker.id != id) {
        if let Some(dir) = broker.log_dirs.iter().find(|dir| dirs.contains(dir)) {
            return invalid(format!("Broker {} is already registered with directory {dir}", broker.id));
        }
    }
    Ok(())
}

fn check_features(image: &MetadataImage, request: &BrokerRegistrationRequest) -> Result<Vec<BrokerFeature>, Refusal> {
    let refuse = |name: &str, level: i16, min: i16, max: i16| {
        let text = format!(
            "Unable to register because the broker does not support finalized version {level} of {name}. The broker wants a version between {min} and {max}, inclusive."
        );
        Err(Refusal::new(ErrorCode::UnsupportedVersion, text))
    };
    for (name, level) in image.features().iter() {
        match request.features.iter().find(|feature| feature.name == name) {
            Some(f) if (f.min_supported_version..=f.max_supported_version).contains(&level) => {}
            Some(f) => return refuse(name, level, f.min_supported_version, f.max_supported_version),
            // Brokers that do not name metadata.version are from before it had levels.
            None if name == METADATA_VERSION_FEATURE => return refuse(name, level, 1, 1),
            None => return refuse(name, level, 0, 0),
        }
    }
    let features = request.features.iter().map(|feature| BrokerFeature {
        name: feature.name.clone(),
        min_supported_version: feature.min_supported_version,
        max_supported_version: feature.max_supported_version,
    });
    Ok(features.collect())
}

/// Decides a controller's registration (KIP-919).
pub fn register_controller(record: RegisterControllerRecord) -> Decision<()> {
    Decision { records: vec![MetadataRecord::RegisterControllerRecord(record)], answer: () }
}

/// Decides a heartbeat. `log_end` is where the log ends with everything proposed so far.
///
/// # Errors
/// 102 not registered, 77 an older incarnation.
pub fn broker_heartbeat(
    ctx: &Context<'_>,
    sessions: &mut BrokerSessions,
    request: &BrokerHeartbeatRequest,
    log_end: Offset,
    now: TimestampMs,
) -> Result<Decision<HeartbeatAnswer>, Refusal> {
    let broker = check_epoch(ctx.image, BrokerId(request.broker_id), request.broker_epoch)?;
    let cordoned = request.cordoned_log_dirs.as_deref();
    let mut records = heartbeat_directories(ctx, broker, &request.offline_log_dirs, cordoned);
    if records.is_empty() {
        return next_state(ctx, sessions, request, log_end, 0, now);
    }
    // Whether the broker may come or go is decided upon what its failed directories have left.
    let mut image = ctx.image.clone();
    for record in &records {
        let applied = image.apply(record, &mut MetadataChanges::default());
        applied.map_err(|fault| Refusal::new(ErrorCode::UnknownServerError, fault.to_string()))?;
    }
    let ctx = Context { image: &image, ..*ctx };
    let decision = next_state(&ctx, sessions, request, log_end, records.len(), now)?;
    records.extend(decision.records);
    Ok(Decision { records, answer: decision.answer })
}

/// The broker's next state; `before` records of the same command go before those decided here.
fn next_state(
    ctx: &Context<'_>,
    sessions: &mut BrokerSessions,
    request: &BrokerHeartbeatRequest,
    log_end: Offset,
    before: usize,
    now: TimestampMs,
) -> Result<Decision<HeartbeatAnswer>, Refusal> {
    let id = BrokerId(request.broker_id);
    let broker = check_epoch(ctx.image, id, request.broker_epoch)?;
    let seen = Offset(request.current_metadata_offset);
    // The broker's epoch is the offset of its registration.
    let caught_up = seen.get() >= broker.epoch;
    let leads = || ctx.image.topics().any(|t| t.partitions.iter().any(|p| p.leader == id));
    let in_shutdown = broker.in_controlled_shutdown;
    let mut answer = HeartbeatAnswer { caught_up, fenced: broker.fenced, should_shut_down: false };
    let mut records = Vec::new();
    let fence = |answer: &mut HeartbeatAnswer, records: &mut Vec<MetadataRecord>, stop: bool| {
        *records = handover(ctx, id, Departure::Fenced);
        records.push(registration_change(broker, Some(true), false));
        (answer.fenced, answer.should_shut_down) = (true, stop);
    };
    match (broker.fenced, request.want_fence, request.want_shut_down) {
        (true, _, true) => answer.should_shut_down = true,
        (true, false, false) if caught_up => {
            records.push(registration_change(broker, Some(false), false));
            records.extend(elect_leaderless(ctx, id));
            answer.fenced = false;
        }
        (true, ..) => {}
        (false, true, stop) => fence(&mut answer, &mut records, stop),
        (false, false, true) if !in_shutdown && leads() => {
            records.push(registration_change(broker, None, true));
            records.extend(handover(ctx, id, Departure::ControlledShutdown));
            sessions.begin_shutdown(id, log_end + (offsets_taken(before + records.len()) - 1));
        }
        (false, false, true) => {
            // Partitions whose only replica is here keep their leader to the end: with nobody to take over, waiting
            // would be for nothing.
            if sessions.may_shut_down(id) && (!in_shutdown || !leads()) {
                fence(&mut answer, &mut records, true);
            }
        }
        (false, false, false) => {}
    }
    sessions.touch(id, answer.fenced, seen, now);
    Ok(Decision { records, answer })
}

/// Fences a broker that has not been heard of.
pub fn fence_broker(ctx: &Context<'_>, id: BrokerId) -> Decision<()> {
    let Some(broker) = ctx.image.broker(id).filter(|broker| !broker.fenced) else {
        return Decision::only(());
    };
    let mut records = handover(ctx, id, Departure::Fenced);
    records.push(registration_change(broker, Some(true), false));
    Decision { records, answer: () }
}

/// Forgets a broker for good.
///
/// # Errors
/// 102 when it is not registered.
pub fn unregister_broker(ctx: &Context<'_>, id: BrokerId) -> Result<Decision<()>, Refusal> {
    let broker = ctx.image.broker(id).ok_or_else(|| {
        Refusal::new(ErrorCode::BrokerIdNotRegistered, format!("Broker ID {id} is not currently registered"))
    })?;
    let mut records = handover(ctx, id, Departure::Fenced);
    records.push(MetadataRecord::UnregisterBrokerRecord(UnregisterBrokerRecord {
        broker_id: id.get(),
        broker_epoch: broker.epoch,
    }));
    Ok(Decision { records, answer: () })
}

fn registration_change(broker: &BrokerRegistration, fenced: Option<bool>, shutting_down: bool) -> MetadataRecord {
    MetadataRecord::BrokerRegistrationChangeRecord(BrokerRegistrationChangeRecord {
        broker_id: broker.id.get(),
        broker_epoch: broker.epoch,
        fenced: match fenced {
            Some(true) => 1,
            Some(false) => -1,
            None => 0,
        },
        in_controlled_shutdown: i8::from(shutting_down),
        ..BrokerRegistrationChangeRecord::default()
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::broker::state::metadata::RecoveryState;

    fn beat(cluster: &mut Cluster, id: i32, want_shut_down: bool, at: i64) -> Result<HeartbeatAnswer, Refusal> {
        let epoch = cluster.image.broker(BrokerId(id)).unwrap().epoch;
        let request = BrokerHeartbeatRequest {
            broker_id: id,
            broker_epoch: epoch,
            current_metadata_offset: cluster.image.offset().get(),
            want_shut_down,
            ..BrokerHeartbeatRequest::default()
        };
        let end = cluster.next_offset();
        let mut sessions = std::mem::replace(&mut cluster.sessions, BrokerSessions::new(9_000));
        let decision = broker_heartbeat(&cluster.ctx(), &mut sessions, &request, end, TimestampMs(at));
        cluster.sessions = sessions;
        let decision = decision?;
        cluster.commit(&decision.records);
        Ok(decision.answer)
    }

    fn register(cluster: &mut Cluster, request: &BrokerRegistrationRequest, at: i64) -> Result<i64, Refusal> {
        let decision = register_broker(
            &cluster.ctx(),
            &cluster.sessions,
            CLUSTER,
            request,
            cluster.next_offset(),
            TimestampMs(at),
        )?;
        cluster.commit(&decision.records);
        let markers = i64::from(decision.records.len() > 1);
        assert_eq!(cluster.image.offset().get() - markers, decision.answer, "the registration is the last record");
        Ok(decision.answer)
    }

    #[test]
    fn a_brokers_epoch_is_the_offset_of_its_registration_and_it_begins_fenced() {
        let mut cluster = Cluster::of(0);
        let next = cluster.next_offset().get();
        assert_eq!(register(&mut cluster, &registration(1, 70), 0).unwrap(), next);
        assert!(cluster.image.broker(BrokerId(1)).unwrap().fenced);
        assert_eq!(
            beat(&mut cluster, 1, false, 1).unwrap(),
            HeartbeatAnswer { caught_up: true, fenced: false, should_shut_down: false }
        );
        assert!(cluster.image.is_active(BrokerId(1)));
    }

    #[test]
    fn strangers_twins_and_old_brokers_are_refused() {
        let mut cluster = Cluster::of(1);
        cluster.sessions.touch(BrokerId(1), false, Offset(0), TimestampMs(0));
        let code = |result: Result<i64, Refusal>| result.unwrap_err().code;
        let other_cluster = BrokerRegistrationRequest { cluster_id: "other".into(), ..registration(2, 71) };
        assert_eq!(code(register(&mut cluster, &other_cluster, 1)), ErrorCode::InconsistentClusterId);
        assert_eq!(code(register(&mut cluster, &registration(1, 99), 1)), ErrorCode::DuplicateBrokerRegistration);
        let no_dirs = BrokerRegistrationRequest { log_dirs: vec![], ..registration(2, 71) };
        assert_eq!(code(register(&mut cluster, &no_dirs, 1)), ErrorCode::InvalidRegistration);
        let old = BrokerRegistrationRequest { features: vec![], ..registration(2, 71) };
        assert_eq!(code(register(&mut cluster, &old, 1)), ErrorCode::UnsupportedVersion);
    }

    #[test]
    fn a_lone_broker_that_stops_in_good_order_leads_again_with_a_new_epoch() {
        let mut cluster = Cluster::of(1);
        cluster.create("orders", 2, 1);
        let answer = beat(&mut cluster, 1, true, 1).unwrap();
        let answer = if answer.should_shut_down { answer } else { beat(&mut cluster, 1, true, 2).unwrap() };
        assert!(answer.should_shut_down && answer.fenced);
        let down = cluster.image.partition("orders", 0).unwrap().clone();
        assert_eq!(down.leader, BrokerId::NONE);

        let clean = BrokerRegistrationRequest {
            previous_broker_epoch: cluster.image.broker(BrokerId(1)).unwrap().epoch,
            ..registration(1, 555)
        };
        register(&mut cluster, &clean, 20_000).unwrap();
        beat(&mut cluster, 1, false, 20_001).unwrap();
        let up = cluster.image.partition("orders", 0).unwrap();
        assert_eq!(
            (up.leader, up.isr.as_slice(), up.recovery),
            (BrokerId(1), &[BrokerId(1)][..], RecoveryState::Recovered)
        );
        assert!(up.leader_epoch > down.leader_epoch);
    }

    #[test]
    fn a_lone_broker_that_was_killed_leads_again_and_recovers() {
        let mut cluster = Cluster::of(1);
        cluster.create("orders", 1, 1);
        register(&mut cluster, &registration(1, 556), 20_000).unwrap();
        assert_eq!(cluster.image.partition("orders", 0).unwrap().leader, BrokerId::NONE);
        beat(&mut cluster, 1, false, 20_001).unwrap();
        let up = cluster.image.partition("orders", 0).unwrap();
        assert_eq!((up.leader, up.recovery), (BrokerId(1), RecoveryState::Recovering));
        assert!(up.elr().is_empty() && up.last_known_elr().is_empty());
    }

    #[test]
    fn a_silent_brokers_partitions_go_to_the_others() {
        let mut cluster = Cluster::of(3);
        cluster.create("orders", 6, 3);
        let decision = fence_broker(&cluster.ctx(), BrokerId(2));
        cluster.apply(&decision.records);
        for (_, partition) in cluster.image.topic("orders").unwrap().iter() {
            assert!(partition.leader != BrokerId(2) && partition.leader != BrokerId::NONE);
            assert!(!partition.isr.contains(&BrokerId(2)));
        }
        assert!(fence_broker(&cluster.ctx(), BrokerId(2)).records.is_empty());
    }

    #[test]
    fn a_controlled_shutdown_moves_leaders_before_the_broker_goes() {
        let mut cluster = Cluster::of(2);
        cluster.create("orders", 4, 2);
        for id in [1, 2] {
            beat(&mut cluster, id, false, 1).unwrap();
        }
        let first = beat(&mut cluster, 1, true, 2).unwrap();
        assert!(!first.should_shut_down);
        assert!(cluster.image.topic("orders").unwrap().iter().all(|(_, p)| p.leader == BrokerId(2)));
        assert!(!beat(&mut cluster, 1, true, 3).unwrap().should_shut_down, "broker 2 has not seen it yet");
        beat(&mut cluster, 2, false, 4).unwrap();
        assert!(beat(&mut cluster, 1, true, 5).unwrap().should_shut_down);
    }

    #[test]
    fn heartbeats_of_older_incarnations_are_refused() {
        let cluster = Cluster::of(1);
        let request = BrokerHeartbeatRequest { broker_id: 1, broker_epoch: -7, ..Default::default() };
        let mut sessions = BrokerSessions::new(9_000);
        let refused = broker_heartbeat(&cluster.ctx(), &mut sessions, &request, Offset(0), TimestampMs(0));
        assert_eq!(refused.unwrap_err().code, ErrorCode::StaleBrokerEpoch);
    }
}
