//! What a producer and a consumer need, and the names of principals.

use super::{Entry, Operation, Pattern, PatternType, Permission, ResourceType};

/// The name of the only resource of its kind.
pub const CLUSTER_NAME: &str = "kafka-cluster";

fn is(kind: ResourceType) -> impl Fn(&&Pattern) -> bool {
    move |pattern| pattern.kind == kind
}

fn allowed(
    patterns: &[Pattern],
    kind: ResourceType,
    operations: &[Operation],
    principals: &[String],
    hosts: &[String],
) -> Vec<(Pattern, Vec<Entry>)> {
    let entries = Entry::of(principals, hosts, operations, Permission::Allow);
    patterns.iter().filter(is(kind)).map(|pattern| (pattern.clone(), entries.clone())).collect()
}

/// What producers need: Write, Describe and Create on topics, Write and Describe on transactional ids, and on the cluster
/// the right to produce with idempotence, where that is asked for.
pub fn producer(
    patterns: &[Pattern],
    idempotent: bool,
    principals: &[String],
    hosts: &[String],
) -> Vec<(Pattern, Vec<Entry>)> {
    use Operation::{Create, Describe, IdempotentWrite, Write};
    let mut needed = allowed(patterns, ResourceType::Topic, &[Write, Describe, Create], principals, hosts);
    needed.extend(allowed(patterns, ResourceType::TransactionalId, &[Write, Describe], principals, hosts));
    if idempotent {
        let cluster = Pattern { kind: ResourceType::Cluster, name: CLUSTER_NAME.into(), pattern: PatternType::Literal };
        needed.push((cluster, Entry::of(principals, hosts, &[IdempotentWrite], Permission::Allow)));
    }
    needed
}

/// What consumers need: Read and Describe on topics, Read on groups.
pub fn consumer(patterns: &[Pattern], principals: &[String], hosts: &[String]) -> Vec<(Pattern, Vec<Entry>)> {
    use Operation::{Describe, Read};
    let mut needed = allowed(patterns, ResourceType::Topic, &[Read, Describe], principals, hosts);
    needed.extend(allowed(patterns, ResourceType::Group, &[Read], principals, hosts));
    needed
}

/// Reads `User:alice` (`SecurityUtils.parseKafkaPrincipal`): type and name.
///
/// # Errors
/// In the words of Kafka.
pub fn parse_principal(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        _ if text.is_empty() => Err("expected a string in format principalType:principalName but got ".to_owned()),
        Some((kind, name)) => Ok((kind.to_owned(), name.to_owned())),
        None => Err(format!("expected a string in format principalType:principalName but got {text}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(kind: ResourceType, name: &str) -> Pattern {
        Pattern { kind, name: name.into(), pattern: PatternType::Literal }
    }

    fn operations(needed: &[(Pattern, Vec<Entry>)]) -> Vec<(ResourceType, Vec<Operation>)> {
        needed.iter().map(|(p, entries)| (p.kind, entries.iter().map(|e| e.operation).collect())).collect()
    }

    #[test]
    fn a_producer_creates_and_writes_and_a_consumer_reads_with_its_group() {
        use Operation::{Create, Describe, IdempotentWrite, Read, Write};
        let things = [
            pattern(ResourceType::Topic, "t"),
            pattern(ResourceType::Group, "g"),
            pattern(ResourceType::TransactionalId, "x"),
        ];
        let (who, anywhere) = (["User:a".to_owned()], ["*".to_owned()]);
        assert_eq!(
            operations(&producer(&things, true, &who, &anywhere)),
            [
                (ResourceType::Topic, vec![Write, Describe, Create]),
                (ResourceType::TransactionalId, vec![Write, Describe]),
                (ResourceType::Cluster, vec![IdempotentWrite]),
            ]
        );
        assert_eq!(
            operations(&consumer(&things, &who, &anywhere)),
            [(ResourceType::Topic, vec![Read, Describe]), (ResourceType::Group, vec![Read])]
        );
    }

    #[test]
    fn principals_are_a_type_and_a_name() {
        assert_eq!(parse_principal("User:CN=a,O=b:c"), Ok(("User".into(), "CN=a,O=b:c".into())));
        assert!(parse_principal("alice").unwrap_err().ends_with("but got alice"));
    }
}
