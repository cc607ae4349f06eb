//! Delegation tokens (KIP-48): making, listing, renewing and expiring them.

use serde::Serialize;

use crate::client::{ClientError, Cluster, Target};
use crate::model::base64_encode;
use crate::ops::Result;
use crate::wire::messages::create_delegation_token::{CreatableRenewers, CreateDelegationTokenRequest};
use crate::wire::messages::describe_delegation_token::{
    DescribeDelegationTokenOwner, DescribeDelegationTokenRequest, DescribedDelegationToken,
};
use crate::wire::messages::expire_delegation_token::ExpireDelegationTokenRequest;
use crate::wire::messages::renew_delegation_token::RenewDelegationTokenRequest;

/// Type and name of a principal.
pub type Principal = (String, String);

/// A token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Token {
    /// The user name to authenticate with.
    pub token_id: String,
    /// The password to authenticate with, in base64.
    pub hmac: String,
    /// Whom it stands for, `User:alice`.
    pub owner: String,
    /// Who asked for it.
    pub requester: String,
    /// Who may renew it beside the owner.
    pub renewers: Vec<String>,
    /// When it was made, in milliseconds since 1970.
    pub issued_ms: i64,
    /// When it expires, unless it is renewed.
    pub expires_ms: i64,
    /// When it expires in any case.
    pub max_ms: i64,
}

fn shown(kind: &str, name: &str) -> String {
    format!("{kind}:{name}")
}

/// Makes a token that lives for `max_lifetime_ms` at most, for the user who asks or for `owner`; -1 leaves the time to the
/// brokers.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked, or refuses.
pub async fn create(
    cluster: &Cluster,
    owner: Option<&Principal>,
    renewers: &[Principal],
    max_lifetime_ms: i64,
) -> Result<Token> {
    let renewer =
        |(kind, name): &Principal| CreatableRenewers { principal_type: kind.clone(), principal_name: name.clone() };
    let request = CreateDelegationTokenRequest {
        owner_principal_type: owner.map(|(kind, _)| kind.clone()),
        owner_principal_name: owner.map(|(_, name)| name.clone()),
        renewers: renewers.iter().map(renewer).collect(),
        max_lifetime_ms,
    };
    let t = cluster.request(Target::Controller, &request).await?;
    ClientError::check(t.error_code, None, || "cannot create a delegation token".into())?;
    Ok(Token {
        token_id: t.token_id,
        hmac: base64_encode(&t.hmac),
        owner: shown(&t.principal_type, &t.principal_name),
        requester: shown(&t.token_requester_principal_type, &t.token_requester_principal_name),
        renewers: renewers.iter().map(|(kind, name)| shown(kind, name)).collect(),
        issued_ms: t.issue_timestamp_ms,
        expires_ms: t.expiry_timestamp_ms,
        max_ms: t.max_timestamp_ms,
    })
}

/// The tokens of some owners; without any, all that the user who asks may see.
///
/// # Errors
/// As [`create`].
pub async fn describe(cluster: &Cluster, owners: &[Principal]) -> Result<Vec<Token>> {
    let owner = |(kind, name): &Principal| DescribeDelegationTokenOwner {
        principal_type: kind.clone(),
        principal_name: name.clone(),
    };
    let owners = (!owners.is_empty()).then(|| owners.iter().map(owner).collect());
    let answer = cluster.request(Target::Any, &DescribeDelegationTokenRequest { owners }).await?;
    ClientError::check(answer.error_code, None, || "cannot describe delegation tokens".into())?;
    let token = |t: DescribedDelegationToken| Token {
        token_id: t.token_id,
        hmac: base64_encode(&t.hmac),
        owner: shown(&t.principal_type, &t.principal_name),
        requester: shown(&t.token_requester_principal_type, &t.token_requester_principal_name),
        renewers: t.renewers.iter().map(|r| shown(&r.principal_type, &r.principal_name)).collect(),
        issued_ms: t.issue_timestamp,
        expires_ms: t.expiry_timestamp,
        max_ms: t.max_timestamp,
    };
    Ok(answer.tokens.into_iter().map(token).collect())
}

/// Renews a token for so long; gives when it expires now.
///
/// # Errors
/// As [`create`].
pub async fn renew(cluster: &Cluster, hmac: &[u8], period_ms: i64) -> Result<i64> {
    let request = RenewDelegationTokenRequest { hmac: hmac.to_vec().into(), renew_period_ms: period_ms };
    let answer = cluster.request(Target::Controller, &request).await?;
    ClientError::check(answer.error_code, None, || "cannot renew the delegation token".into())?;
    Ok(answer.expiry_timestamp_ms)
}

/// Lets a token expire after so long, at once if negative; gives when it expires now.
///
/// # Errors
/// As [`create`].
pub async fn expire(cluster: &Cluster, hmac: &[u8], period_ms: i64) -> Result<i64> {
    let request = ExpireDelegationTokenRequest { hmac: hmac.to_vec().into(), expiry_time_period_ms: period_ms };
    let answer = cluster.request(Target::Controller, &request).await?;
    ClientError::check(answer.error_code, None, || "cannot expire the delegation token".into())?;
    Ok(answer.expiry_timestamp_ms)
}
