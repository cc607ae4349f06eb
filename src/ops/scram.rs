//! Credentials of users who log in by SCRAM (KIP-554): which there are, giving and taking them.

use bytes::Bytes;
use serde::Serialize;

use crate::client::{ClientError, Cluster, Target};
use crate::model::{ErrorCode, ScramMechanism, Uuid};
use crate::ops::{Refusal, Result};
use crate::wire::messages::alter_user_scram_credentials::{
    AlterUserScramCredentialsRequest, ScramCredentialDeletion, ScramCredentialUpsertion,
};
use crate::wire::messages::describe_user_scram_credentials::{DescribeUserScramCredentialsRequest, UserName};

/// A user and how the user may log in.
#[derive(Clone, Debug, Serialize)]
pub struct User {
    /// The name.
    pub name: String,
    /// The credentials, or why they cannot be read.
    #[serde(skip)]
    pub credentials: Result<Vec<Credential>, Refusal>,
}

/// A credential without its secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Credential {
    /// `SCRAM-SHA-256` or `SCRAM-SHA-512`.
    pub mechanism: &'static str,
    /// What it costs to guess.
    pub iterations: i32,
}

/// A change of a user's credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new password for a mechanism.
    Set {
        /// The mechanism.
        mechanism: ScramMechanism,
        /// What it shall cost to guess.
        iterations: i32,
        /// The password, which never leaves this process as it is.
        password: Vec<u8>,
    },
    /// No login by this mechanism any more.
    Delete(ScramMechanism),
}

/// Reads the credentials of these users, or of all; those who have none are left out.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked or says no.
pub async fn describe(cluster: &Cluster, users: &[String]) -> Result<Vec<User>> {
    let named = || users.iter().map(|name| UserName { name: name.clone() }).collect();
    let request = DescribeUserScramCredentialsRequest { users: (!users.is_empty()).then(named) };
    let answer = cluster.request(Target::Any, &request).await?;
    ClientError::check(answer.error_code, answer.error_message.as_deref(), || "cannot read users".into())?;
    let known =
        answer.results.into_iter().filter(|r| ErrorCode::from_code(r.error_code) != ErrorCode::ResourceNotFound);
    let user = |r: crate::wire::messages::describe_user_scram_credentials::DescribeUserScramCredentialsResult| User {
        name: r.user,
        credentials: Refusal::check(r.error_code, r.error_message).map(|()| {
            let credential = |c: crate::wire::messages::describe_user_scram_credentials::CredentialInfo| Credential {
                mechanism: [ScramMechanism::Sha256, ScramMechanism::Sha512]
                    .into_iter()
                    .find(|mechanism| mechanism.code() == c.mechanism)
                    .map_or("UNKNOWN", ScramMechanism::name),
                iterations: c.iterations,
            };
            r.credential_infos.into_iter().map(credential).collect()
        }),
    };
    Ok(known.map(user).collect())
}

/// Gives and takes credentials of one user.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked or says no.
pub async fn alter(cluster: &Cluster, user: &str, changes: &[Change]) -> Result<()> {
    let mut request = AlterUserScramCredentialsRequest::default();
    for change in changes {
        match change {
            Change::Delete(mechanism) => {
                request.deletions.push(ScramCredentialDeletion { name: user.to_owned(), mechanism: mechanism.code() });
            }
            Change::Set { mechanism, iterations, password } => {
                let salt: Vec<u8> = [Uuid::random(), Uuid::random()].iter().flat_map(|id| id.0.to_be_bytes()).collect();
                let salted = mechanism.salted_password(password, &salt, *iterations);
                request.upsertions.push(ScramCredentialUpsertion {
                    name: user.to_owned(),
                    mechanism: mechanism.code(),
                    iterations: *iterations,
                    salt: Bytes::from(salt),
                    salted_password: Bytes::from(salted),
                });
            }
        }
    }
    let answer = cluster.request(Target::Controller, &request).await?;
    for result in answer.results {
        Refusal::check(result.error_code, result.error_message)
            .map_err(|refusal| refusal.about(format!("cannot change the credentials of {user}")))?;
    }
    Ok(())
}
