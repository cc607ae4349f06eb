//! Quotas of clients: reading all, changing some (KIP-546).

use super::spec::{DeclaredQuota, Quota};
use crate::client::{ClientError, Cluster, Target};
use crate::ops::Result;
use crate::wire::messages::alter_client_quotas::{
    AlterClientQuotasRequest, AlterClientQuotasRequestEntityData, AlterClientQuotasRequestEntryData, OpData,
};
use crate::wire::messages::describe_client_quotas::DescribeClientQuotasRequest;

/// Reads every quota.
pub(super) async fn read(cluster: &Cluster) -> Result<Vec<DeclaredQuota>> {
    let connection = cluster.connection(Target::Any).await?;
    let answer = connection.send(&DescribeClientQuotasRequest { components: Vec::new(), strict: false }).await?;
    ClientError::check(answer.error_code, answer.error_message.as_deref(), || "cannot read the quotas".into())?;
    let quota = |entry: crate::wire::messages::describe_client_quotas::EntryData| DeclaredQuota {
        entity: entry.entity.into_iter().map(|part| (part.entity_type, part.entity_name)).collect(),
        limits: entry.values.into_iter().map(|value| (value.key, value.value)).collect(),
    };
    let mut found: Vec<DeclaredQuota> = answer.entries.unwrap_or_default().into_iter().map(quota).collect();
    found.sort_by(|a, b| a.entity.cmp(&b.entity));
    Ok(found)
}

/// Sets one limit of one entity, or takes it off.
pub(super) async fn alter(cluster: &Cluster, entity: &Quota, key: &str, value: Option<f64>) -> Result<()> {
    let part = |(kind, name): (&String, &Option<String>)| AlterClientQuotasRequestEntityData {
        entity_type: kind.clone(),
        entity_name: name.clone(),
    };
    let entry = AlterClientQuotasRequestEntryData {
        entity: entity.iter().map(part).collect(),
        ops: vec![OpData { key: key.to_owned(), value: value.unwrap_or_default(), remove: value.is_none() }],
    };
    let request = AlterClientQuotasRequest { entries: vec![entry], validate_only: false };
    let answer = cluster.connection(Target::Controller).await?.send(&request).await?;
    for entry in answer.entries {
        ClientError::check(entry.error_code, entry.error_message.as_deref(), || "cannot change the quota".into())?;
    }
    Ok(())
}
