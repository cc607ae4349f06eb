//! Access control lists: what stands in them, adding to them, taking out of them.

mod names;
mod roles;

pub use names::{Operation, PatternType, Permission, ResourceType};
pub use roles::{CLUSTER_NAME, consumer, parse_principal, producer};

use serde::Serialize;

use super::cluster::{self, Side};
use crate::client::{ClientError, Cluster, Target};
use crate::ops::{Refusal, Result};
use crate::wire::messages::create_acls::{AclCreation, CreateAclsRequest};
use crate::wire::messages::delete_acls::{DeleteAclsFilter, DeleteAclsRequest};
use crate::wire::messages::describe_acls::DescribeAclsRequest;

/// A protected thing, or several whose names begin alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Pattern {
    /// What it is.
    #[serde(rename = "resource_type")]
    pub kind: ResourceType,
    /// Its name; `*` for all of the kind.
    #[serde(rename = "resource_name")]
    pub name: String,
    /// How the name is to be read.
    #[serde(rename = "pattern_type")]
    pub pattern: PatternType,
}

/// Who may do what from where, or may not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Entry {
    /// `User:alice`.
    pub principal: String,
    /// An address; `*` for all.
    pub host: String,
    /// What.
    pub operation: Operation,
    /// Whether.
    pub permission: Permission,
}

/// One line of the lists.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Acl {
    /// What it is about.
    #[serde(flatten)]
    pub pattern: Pattern,
    /// What it says.
    #[serde(flatten)]
    pub entry: Entry,
}

/// Which lines are meant; `None` takes all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// What they are about; `Any` for all.
    pub kind: ResourceType,
    /// The name of it.
    pub name: Option<String>,
    /// How the name is to be read.
    pub pattern: PatternType,
    /// Who.
    pub principal: Option<String>,
    /// From where.
    pub host: Option<String>,
    /// What; `Any` for all.
    pub operation: Operation,
    /// Whether; `Any` for both.
    pub permission: Permission,
}

impl Default for Filter {
    /// Every line.
    fn default() -> Filter {
        Filter {
            kind: ResourceType::Any,
            name: None,
            pattern: PatternType::Any,
            principal: None,
            host: None,
            operation: Operation::Any,
            permission: Permission::Any,
        }
    }
}

impl Filter {
    /// All lines about what `pattern` describes.
    pub fn about(pattern: &Pattern) -> Filter {
        Filter { kind: pattern.kind, name: Some(pattern.name.clone()), pattern: pattern.pattern, ..Filter::default() }
    }

    /// This line about what `pattern` describes.
    pub fn exactly(pattern: &Pattern, entry: &Entry) -> Filter {
        Filter {
            principal: Some(entry.principal.clone()),
            host: Some(entry.host.clone()),
            operation: entry.operation,
            permission: entry.permission,
            ..Filter::about(pattern)
        }
    }
}

impl Entry {
    /// Permission, or its refusal, for everyone of `principals` from each of `hosts`.
    pub fn of(principals: &[String], hosts: &[String], operations: &[Operation], permission: Permission) -> Vec<Entry> {
        let mut entries = Vec::new();
        for principal in principals {
            for &operation in operations {
                for host in hosts {
                    let entry = Entry { principal: principal.clone(), host: host.clone(), operation, permission };
                    if !entries.contains(&entry) {
                        entries.push(entry);
                    }
                }
            }
        }
        entries
    }
}

/// The lines that a filter takes, sorted.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked, or has no authorizer.
pub async fn list(cluster: &Cluster, side: Side, filter: &Filter) -> Result<Vec<Acl>> {
    let cluster = cluster::administrator(cluster, side).await?;
    let request = DescribeAclsRequest {
        resource_type_filter: filter.kind.code(),
        resource_name_filter: filter.name.clone(),
        pattern_type_filter: filter.pattern.code(),
        principal_filter: filter.principal.clone(),
        host_filter: filter.host.clone(),
        operation: filter.operation.code(),
        permission_type: filter.permission.code(),
    };
    let answer = cluster.request(Target::Any, &request).await?;
    ClientError::check(answer.error_code, answer.error_message.as_deref(), || "cannot list ACLs".into())?;
    let mut found = Vec::new();
    for r in answer.resources {
        let pattern = Pattern {
            kind: ResourceType::from_code(r.resource_type),
            name: r.resource_name,
            pattern: PatternType::from_code(r.pattern_type),
        };
        found.extend(r.acls.into_iter().map(|a| Acl {
            pattern: pattern.clone(),
            entry: Entry {
                principal: a.principal,
                host: a.host,
                operation: Operation::from_code(a.operation),
                permission: Permission::from_code(a.permission_type),
            },
        }));
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// Adds lines, each with its own answer, in their order.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked.
pub async fn add(cluster: &Cluster, side: Side, acls: &[Acl]) -> Result<Vec<(Acl, Result<(), Refusal>)>> {
    let cluster = cluster::administrator(cluster, side).await?;
    let creation = |acl: &Acl| AclCreation {
        resource_type: acl.pattern.kind.code(),
        resource_name: acl.pattern.name.clone(),
        resource_pattern_type: acl.pattern.pattern.code(),
        principal: acl.entry.principal.clone(),
        host: acl.entry.host.clone(),
        operation: acl.entry.operation.code(),
        permission_type: acl.entry.permission.code(),
    };
    let request = CreateAclsRequest { creations: acls.iter().map(creation).collect() };
    let answer = cluster.request(target(side), &request).await?;
    let outcome =
        |r: crate::wire::messages::create_acls::AclCreationResult| Refusal::check(r.error_code, r.error_message);
    Ok(acls.iter().cloned().zip(answer.results.into_iter().map(outcome)).collect())
}

/// Removes the lines that each filter takes; gives for each filter what it took, or why it took nothing.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked.
pub async fn remove(cluster: &Cluster, side: Side, filters: &[Filter]) -> Result<Vec<Result<Vec<Acl>, Refusal>>> {
    let cluster = cluster::administrator(cluster, side).await?;
    let filter = |f: &Filter| DeleteAclsFilter {
        resource_type_filter: f.kind.code(),
        resource_name_filter: f.name.clone(),
        pattern_type_filter: f.pattern.code(),
        principal_filter: f.principal.clone(),
        host_filter: f.host.clone(),
        operation: f.operation.code(),
        permission_type: f.permission.code(),
    };
    let request = DeleteAclsRequest { filters: filters.iter().map(filter).collect() };
    let answer = cluster.request(target(side), &request).await?;
    let taken = |m: crate::wire::messages::delete_acls::DeleteAclsMatchingAcl| {
        Refusal::check(m.error_code, m.error_message)?;
        Ok(Acl {
            pattern: Pattern {
                kind: ResourceType::from_code(m.resource_type),
                name: m.resource_name,
                pattern: PatternType::from_code(m.pattern_type),
            },
            entry: Entry {
                principal: m.principal,
                host: m.host,
                operation: Operation::from_code(m.operation),
                permission: Permission::from_code(m.permission_type),
            },
        })
    };
    let outcome = |r: crate::wire::messages::delete_acls::DeleteAclsFilterResult| {
        Refusal::check(r.error_code, r.error_message)?;
        r.matching_acls.into_iter().map(taken).collect()
    };
    Ok(answer.filter_results.into_iter().map(outcome).collect())
}

/// Where changes go: among brokers to the one that passes them on, among controllers the handle has only the active one.
const fn target(side: Side) -> Target<'static> {
    match side {
        Side::Brokers => Target::Controller,
        Side::Controllers => Target::Any,
    }
}
