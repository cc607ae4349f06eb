//! Registrations as the records' Java classes print themselves (`toString`).

use crate::model::Uuid;
use crate::wire::records::metadata::{
    AccessControlEntryRecord, DelegationTokenRecord, PartitionRecord, RegisterBrokerRecord, RegisterControllerRecord,
    UserScramCredentialRecord,
};

/// `[a, b]`
fn list<T: ToString>(items: &[T]) -> String {
    format!("[{}]", items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
}

fn security_protocol(id: i16) -> &'static str {
    match id {
        0 => "PLAINTEXT",
        1 => "SSL",
        2 => "SASL_PLAINTEXT",
        3 => "SASL_SSL",
        _ => "UNKNOWN",
    }
}

fn endpoints<'a>(all: impl Iterator<Item = (&'a str, i16, &'a str, u16)>) -> String {
    let mut all: Vec<_> = all.collect();
    all.sort_by_key(|(name, ..)| *name);
    let text = all.iter().map(|(name, protocol, host, port)| {
        let protocol = security_protocol(*protocol);
        format!("Endpoint(listenerName='{name}', securityProtocol={protocol}, host='{host}', port={port})")
    });
    list(&text.collect::<Vec<_>>())
}

fn features<'a>(all: impl Iterator<Item = (&'a str, i16, i16)>) -> String {
    let mut all: Vec<_> = all.collect();
    all.sort_unstable();
    let text = all.iter().map(
        |(name, min, max)| {
            if min == max { format!("{name}: {min}") } else { format!("{name}: {min}-{max}") }
        },
    );
    format!("{{{}}}", text.collect::<Vec<_>>().join(", "))
}

/// `BrokerRegistration`
pub(super) fn broker(r: &RegisterBrokerRecord) -> String {
    let rack = r.rack.as_ref().map_or_else(|| "Optional.empty".to_owned(), |rack| format!("Optional[{rack}]"));
    let listeners = r.end_points.iter().map(|e| (e.name.as_str(), e.security_protocol, e.host.as_str(), e.port));
    let supported = r.features.iter().map(|f| (f.name.as_str(), f.min_supported_version, f.max_supported_version));
    // Sorted, as the registration keeps them.
    let sorted = |ids: &[Uuid]| {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        list(&ids)
    };
    format!(
        "BrokerRegistration(id={}, epoch={}, incarnationId={}, listeners={}, supportedFeatures={}, rack={rack}, fenced={}, inControlledShutdown={}, isMigratingZkBroker={}, directories={}, cordonedDirectories={})",
        r.broker_id,
        r.broker_epoch,
        r.incarnation_id,
        endpoints(listeners),
        features(supported),
        r.fenced,
        r.in_controlled_shutdown,
        r.is_migrating_zk_broker,
        sorted(&r.log_dirs),
        r.cordoned_log_dirs.as_deref().map_or_else(|| "null".to_owned(), sorted),
    )
}

/// `ControllerRegistration`
pub(super) fn controller(r: &RegisterControllerRecord) -> String {
    let listeners = r.end_points.iter().map(|e| (e.name.as_str(), e.security_protocol, e.host.as_str(), e.port));
    let supported = r.features.iter().map(|f| (f.name.as_str(), f.min_supported_version, f.max_supported_version));
    format!(
        "ControllerRegistration(id={}, incarnationId={}, zkMigrationReady={}, listeners={}, supportedFeatures={})",
        r.controller_id,
        r.incarnation_id,
        r.zk_migration_ready,
        endpoints(listeners),
        features(supported),
    )
}

/// `PartitionRegistration`
pub(super) fn partition(r: &PartitionRecord) -> String {
    format!(
        "PartitionRegistration(replicas={}, directories={}, isr={}, removingReplicas={}, addingReplicas={}, elr={}, lastKnownElr={}, leader={}, leaderRecoveryState={}, leaderEpoch={}, partitionEpoch={})",
        list(&r.replicas),
        list(&r.directories),
        list(&r.isr),
        list(&r.removing_replicas),
        list(&r.adding_replicas),
        list(r.eligible_leader_replicas.as_deref().unwrap_or_default()),
        list(r.last_known_elr.as_deref().unwrap_or_default()),
        r.leader,
        if r.leader_recovery_state == 1 { "RECOVERING" } else { "RECOVERED" },
        r.leader_epoch,
        r.partition_epoch,
    )
}

/// `ScramCredentialData`
pub(super) fn scram(r: &UserScramCredentialRecord) -> String {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    format!(
        "ScramCredentialData(salt={}, storedKey={}, serverKey={}, iterations={})",
        hex(&r.salt),
        hex(&r.stored_key),
        hex(&r.server_key),
        r.iterations
    )
}

/// `StandardAcl`
pub(super) fn acl(r: &AccessControlEntryRecord) -> String {
    let name = |names: &[&'static str], code: i8| {
        usize::try_from(code).ok().and_then(|at| names.get(at)).copied().unwrap_or("UNKNOWN")
    };
    const RESOURCES: [&str; 8] =
        ["UNKNOWN", "ANY", "TOPIC", "GROUP", "CLUSTER", "TRANSACTIONAL_ID", "DELEGATION_TOKEN", "USER"];
    const PATTERNS: [&str; 5] = ["UNKNOWN", "ANY", "MATCH", "LITERAL", "PREFIXED"];
    const OPERATIONS: [&str; 16] = [
        "UNKNOWN",
        "ANY",
        "ALL",
        "READ",
        "WRITE",
        "CREATE",
        "DELETE",
        "ALTER",
        "DESCRIBE",
        "CLUSTER_ACTION",
        "DESCRIBE_CONFIGS",
        "ALTER_CONFIGS",
        "IDEMPOTENT_WRITE",
        "CREATE_TOKENS",
        "DESCRIBE_TOKENS",
        "TWO_PHASE_COMMIT",
    ];
    const PERMISSIONS: [&str; 4] = ["UNKNOWN", "ANY", "DENY", "ALLOW"];
    format!(
        "StandardAcl(resourceType={}, resourceName={}, patternType={}, principal={}, host={}, operation={}, permissionType={})",
        name(&RESOURCES, r.resource_type),
        r.resource_name,
        name(&PATTERNS, r.pattern_type),
        r.principal,
        r.host,
        name(&OPERATIONS, r.operation),
        name(&PERMISSIONS, r.permission_type),
    )
}

/// `TokenInformation`
pub(super) fn token(r: &DelegationTokenRecord) -> String {
    format!(
        "TokenInformation{{owner={}, tokenRequester={}, renewers={}, issueTimestamp={}, maxTimestamp={}, expiryTimestamp={}, tokenId='{}'}}",
        r.owner,
        r.requester,
        list(&r.renewers),
        r.issue_timestamp,
        r.max_timestamp,
        r.expiration_timestamp,
        r.token_id
    )
}

/// A number as `Double.toString` has it.
pub(super) fn double(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 || (1e-3..1e7).contains(&size) || !value.is_finite() {
        return format!("{value:?}").replace("inf", "Infinity");
    }
    let text = format!("{value:E}");
    match text.split_once('E') {
        Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0E{exponent}"),
        _ => text,
    }
}

/// A time as `DateTimeFormatter.ISO_ZONED_DATE_TIME` has it in UTC: no zeros at the end of a fraction.
pub(super) fn time(ms: i64) -> String {
    let Ok(at) = jiff::Timestamp::from_millisecond(ms) else { return ms.to_string() };
    let text = at.strftime("%Y-%m-%dT%H:%M:%S.%3f").to_string();
    format!("{}Z[UTC]", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_are_printed_as_java_prints_them() {
        for (value, text) in
            [(1000.0, "1000.0"), (1e7, "1.0E7"), (12_345_678.5, "1.23456785E7"), (0.0001, "1.0E-4"), (0.5, "0.5")]
        {
            assert_eq!(double(value), text);
        }
        assert_eq!(time(1_795_654_090_821), "2026-11-26T00:48:10.821Z[UTC]");
        assert_eq!(time(1_795_667_288_940), "2026-11-26T04:28:08.94Z[UTC]");
        assert_eq!(time(1_795_654_080_000), "2026-11-26T00:48:00Z[UTC]");
    }
}
