//! Users with SCRAM credentials: reading which there are, making and deleting them (KIP-554).

use std::collections::BTreeMap;

use super::spec::DeclaredUser;
use crate::client::{ClientError, Cluster, Target};
use crate::model::ErrorCode;
use crate::model::ScramMechanism;
use crate::ops::{OpsError, Result};
use crate::wire::messages::alter_user_scram_credentials::{
    AlterUserScramCredentialsRequest, ScramCredentialDeletion, ScramCredentialUpsertion,
};
use crate::wire::messages::describe_user_scram_credentials::DescribeUserScramCredentialsRequest;

/// Users by name, and their credentials by mechanism.
pub(super) type Users = BTreeMap<String, BTreeMap<String, DeclaredUser>>;

/// Reads every user.
pub(super) async fn read(cluster: &Cluster) -> Result<Users> {
    let connection = cluster.connection(Target::Controller).await?;
    let answer = connection.send(&DescribeUserScramCredentialsRequest { users: None }).await?;
    ClientError::check(answer.error_code, answer.error_message.as_deref(), || "cannot read the users".into())?;
    let mut users = Users::new();
    for user in answer.results {
        if ErrorCode::from_code(user.error_code) == ErrorCode::ResourceNotFound {
            continue;
        }
        let about = || format!("cannot read user {}", user.user);
        ClientError::check(user.error_code, user.error_message.as_deref(), about)?;
        let credential = |info: &crate::wire::messages::describe_user_scram_credentials::CredentialInfo| {
            let mechanism =
                [ScramMechanism::Sha256, ScramMechanism::Sha512].into_iter().find(|m| m.code() == info.mechanism)?;
            let declared = DeclaredUser { iterations: info.iterations, password_env: None };
            Some((mechanism.name().to_owned(), declared))
        };
        users.insert(user.user.clone(), user.credential_infos.iter().filter_map(credential).collect());
    }
    Ok(users)
}

/// Makes a credential, or deletes it.
pub(super) async fn alter(
    cluster: &Cluster,
    user: &str,
    mechanism: ScramMechanism,
    wanted: Option<&DeclaredUser>,
) -> Result<()> {
    let mut request = AlterUserScramCredentialsRequest::default();
    match wanted {
        None => request.deletions.push(ScramCredentialDeletion { name: user.to_owned(), mechanism: mechanism.code() }),
        Some(wanted) => {
            let variable = wanted.password_env.as_deref().unwrap_or_default();
            let password = std::env::var(variable).map_err(|_| {
                OpsError::Invalid(format!("the environment variable `{variable}` does not hold a password"))
            })?;
            // Two random ids are 244 random bits, more than a salt needs.
            let salt: Vec<u8> =
                [uuid::Uuid::new_v4(), uuid::Uuid::new_v4()].iter().flat_map(|id| id.into_bytes()).collect();
            let salted = mechanism.salted_password(password.as_bytes(), &salt, wanted.iterations);
            request.upsertions.push(ScramCredentialUpsertion {
                name: user.to_owned(),
                mechanism: mechanism.code(),
                iterations: wanted.iterations,
                salt: salt.into(),
                salted_password: salted.into(),
            });
        }
    }
    let answer = cluster.connection(Target::Controller).await?.send(&request).await?;
    for result in answer.results {
        let about = || format!("cannot change user {user}");
        ClientError::check(result.error_code, result.error_message.as_deref(), about)?;
    }
    Ok(())
}
