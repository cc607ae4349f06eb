//! Quotas of users, clients and addresses (KIP-546): reading them, changing some.

use serde::Serialize;

use crate::client::{ClientError, Cluster, Target};
use crate::ops::{Refusal, Result};
use crate::wire::messages::alter_client_quotas::{
    AlterClientQuotasRequest, AlterClientQuotasRequestEntityData, AlterClientQuotasRequestEntryData, OpData,
};
use crate::wire::messages::describe_client_quotas::{ComponentData, DescribeClientQuotasRequest};

/// What a quota counts by (`ClientQuotaEntity`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntityType {
    /// The name that a client proved.
    User,
    /// `client.id`.
    ClientId,
    /// Where a connection comes from.
    Ip,
}

impl EntityType {
    /// All of them.
    pub const ALL: [EntityType; 3] = [EntityType::User, EntityType::ClientId, EntityType::Ip];

    /// Its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            EntityType::User => "user",
            EntityType::ClientId => "client-id",
            EntityType::Ip => "ip",
        }
    }
}

/// One part of who a quota is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Part {
    /// What kind of name.
    #[serde(rename = "type")]
    pub kind: EntityType,
    /// The name; `None` for everybody who has no quota of the name's own.
    pub name: Option<String>,
}

/// Quotas and who they are for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quotas {
    /// One part, or a user and a client id.
    pub entity: Vec<Part>,
    /// Names and values, in the order of the answer.
    pub values: Vec<Quota>,
}

/// A limit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quota {
    /// `producer_byte_rate` and the like.
    pub name: String,
    /// Its value.
    pub value: f64,
}

/// Which names of a kind are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// This one.
    Named(String),
    /// The default.
    Default,
    /// Every one, the default too.
    Any,
}

/// Reads quotas: of entities that have exactly the parts of `filters` when `exact`, of those that have them at least otherwise.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked or says no.
pub async fn describe(cluster: &Cluster, filters: &[(EntityType, Filter)], exact: bool) -> Result<Vec<Quotas>> {
    let component = |(kind, filter): &(EntityType, Filter)| ComponentData {
        entity_type: kind.name().to_owned(),
        match_type: match filter {
            Filter::Named(_) => 0,
            Filter::Default => 1,
            Filter::Any => 2,
        },
        match_: match filter {
            Filter::Named(name) => Some(name.clone()),
            Filter::Default | Filter::Any => None,
        },
    };
    let request = DescribeClientQuotasRequest { components: filters.iter().map(component).collect(), strict: exact };
    let answer = cluster.request(Target::Any, &request).await?;
    ClientError::check(answer.error_code, answer.error_message.as_deref(), || "cannot read quotas".into())?;
    let quotas = answer.entries.into_iter().flatten().map(|entry| {
        let part = |e: crate::wire::messages::describe_client_quotas::EntityData| {
            let kind = EntityType::ALL.into_iter().find(|kind| kind.name() == e.entity_type)?;
            Some(Part { kind, name: e.entity_name })
        };
        let mut entity: Vec<Part> = entry.entity.into_iter().filter_map(part).collect();
        entity.sort();
        let values = entry.values.into_iter().map(|v| Quota { name: v.key, value: v.value }).collect();
        Quotas { entity, values }
    });
    Ok(quotas.collect())
}

/// Changes quotas of one entity; `None` takes one away. With `validate_only` only asks whether it could be done.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked or says no.
pub async fn alter(
    cluster: &Cluster,
    entity: &[Part],
    changes: &[(String, Option<f64>)],
    validate_only: bool,
) -> Result<()> {
    let part = |part: &Part| AlterClientQuotasRequestEntityData {
        entity_type: part.kind.name().to_owned(),
        entity_name: part.name.clone(),
    };
    let op = |(key, value): &(String, Option<f64>)| OpData {
        key: key.clone(),
        value: value.unwrap_or_default(),
        remove: value.is_none(),
    };
    let request = AlterClientQuotasRequest {
        entries: vec![AlterClientQuotasRequestEntryData {
            entity: entity.iter().map(part).collect(),
            ops: changes.iter().map(op).collect(),
        }],
        validate_only,
    };
    let answer = cluster.request(Target::Controller, &request).await?;
    for entry in answer.entries {
        Refusal::check(entry.error_code, entry.error_message)
            .map_err(|refusal| refusal.about("cannot change quotas"))?;
    }
    Ok(())
}
