//! SASL over Kafka's own requests (KIP-43, KIP-152): which mechanism, then its messages.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use super::jaas::{self, LoginModule};
use super::oauth::Tokens;
use super::scram::Scram;
use crate::client::{ClientError, Connection, Properties, Result};
use crate::model::{ErrorCode, ScramMechanism};
use crate::wire::messages::sasl_authenticate::SaslAuthenticateRequest;
use crate::wire::messages::sasl_handshake::SaslHandshakeRequest;

/// Why a broker does not know who we are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SaslFailure {
    /// The listener does not take the mechanism.
    #[error("the listener does not take this mechanism, but {}", .0.join(", "))]
    Mechanism(Vec<String>),
    /// The listener takes everybody.
    #[error("the listener does not speak SASL")]
    NotSasl,
    /// The broker said no.
    #[error("{0}")]
    Refused(String),
    /// The broker answered what SASL does not allow.
    #[error("the broker is not to be trusted: {0}")]
    Dishonest(String),
}

impl SaslFailure {
    /// What the operator can do about it.
    pub fn hint(&self) -> String {
        match self {
            SaslFailure::Mechanism(_) => "set sasl.mechanism to one that the listener takes".into(),
            SaslFailure::NotSasl => {
                "security.protocol=PLAINTEXT or SSL is for such a listener; is it the right port?".into()
            }
            SaslFailure::Refused(_) => "check the user name and the password in sasl.jaas.config; \
                 `kafka-configs --describe --entity-type users` shows who has SCRAM credentials"
                .into(),
            SaslFailure::Dishonest(_) => "is it really the broker that answers at this address?".into(),
        }
    }
}

#[derive(Clone)]
enum Credentials {
    Plain { user: String, password: String },
    Scram { mechanism: ScramMechanism, user: String, password: String, by_token: bool },
    Bearer(Tokens),
}

/// Who this client is, and how it proves that.
#[derive(Clone)]
pub struct Sasl(Credentials);

impl fmt::Debug for Sasl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sasl").field(&self.mechanism()).finish()
    }
}

impl Sasl {
    /// Takes the `sasl.*` settings.
    ///
    /// # Errors
    /// [`ClientError::Security`] for a mechanism that is not supported, or when there is no login for it.
    pub fn from_properties(properties: &Properties) -> Result<Sasl> {
        let name = properties.get("sasl.mechanism").unwrap_or("GSSAPI");
        let scram = ScramMechanism::from_name(name);
        if scram.is_none() && !["PLAIN", "OAUTHBEARER"].contains(&name) {
            let default = if properties.get("sasl.mechanism").is_none() { ", the default," } else { "" };
            return Err(ClientError::Security(format!(
                "sasl.mechanism={name}{default} is not supported: it is one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER"
            )));
        }
        let module = login_module(properties)?;
        if name == "OAUTHBEARER" {
            return Tokens::from_properties(properties, module).map(|tokens| Sasl(Credentials::Bearer(tokens)));
        }
        let option = |key: &str| {
            module
                .option(key)
                .map(str::to_owned)
                .ok_or_else(|| ClientError::Security(format!("the login module {} has no {key}", module.simple_name())))
        };
        let (user, password) = (option("username")?, option("password")?);
        Ok(Sasl(match scram {
            None => Credentials::Plain { user, password },
            Some(mechanism) => {
                let by_token = module.option("tokenauth").is_some_and(|text| text.eq_ignore_ascii_case("true"));
                Credentials::Scram { mechanism, user, password, by_token }
            }
        }))
    }

    /// The name of the mechanism.
    pub fn mechanism(&self) -> &'static str {
        match &self.0 {
            Credentials::Plain { .. } => "PLAIN",
            Credentials::Scram { mechanism, .. } => mechanism.name(),
            Credentials::Bearer(_) => "OAUTHBEARER",
        }
    }

    /// Authenticates a connection; gives the time for which that holds, if it is limited (KIP-368).
    pub async fn authenticate(&self, connection: &Connection) -> Result<Option<Duration>> {
        let failed = |failure: SaslFailure| ClientError::Sasl {
            broker: connection.address().to_owned(),
            mechanism: self.mechanism(),
            failure,
        };
        let handshake = SaslHandshakeRequest { mechanism: self.mechanism().to_owned() };
        let answer = connection.send(&handshake).await?;
        match ErrorCode::from_code(answer.error_code) {
            ErrorCode::None => {}
            ErrorCode::UnsupportedSaslMechanism => return Err(failed(SaslFailure::Mechanism(answer.mechanisms))),
            ErrorCode::IllegalSaslState => return Err(failed(SaslFailure::NotSasl)),
            other => return Err(failed(SaslFailure::Refused(other.message().to_owned()))),
        }
        let step = async |auth_bytes: Vec<u8>| -> Result<(Bytes, i64)> {
            let answer = connection.send(&SaslAuthenticateRequest { auth_bytes: auth_bytes.into() }).await?;
            match ErrorCode::from_code(answer.error_code) {
                ErrorCode::None => Ok((answer.auth_bytes, answer.session_lifetime_ms)),
                code => {
                    let words = answer.error_message.filter(|text| !text.is_empty());
                    Err(failed(SaslFailure::Refused(words.unwrap_or_else(|| code.message().to_owned()))))
                }
            }
        };
        let dishonest = |text: String| failed(SaslFailure::Dishonest(text));
        let lifetime = match &self.0 {
            Credentials::Plain { user, password } => step(format!("\0{user}\0{password}").into_bytes()).await?.1,
            Credentials::Scram { mechanism, user, password, by_token } => {
                let extensions: &[(&str, &str)] = if *by_token { &[("tokenauth", "true")] } else { &[] };
                let scram = Scram::new(*mechanism, user, password, extensions);
                let mut scram = scram.ok_or_else(|| {
                    ClientError::Security("the system gives no random bytes, which SCRAM needs".into())
                })?;
                let (first, _) = step(scram.first()).await?;
                let proof = scram.proof(&first).map_err(dishonest)?;
                let (last, lifetime) = step(proof).await?;
                scram.check(&last).map_err(dishonest)?;
                lifetime
            }
            Credentials::Bearer(tokens) => {
                let message = tokens.message().map_err(ClientError::Security)?;
                let (answer, lifetime) = step(message).await?;
                if !answer.is_empty() {
                    // The broker has said what is wrong; the no itself comes for this message (RFC 7628, 3.2.3).
                    let said = String::from_utf8_lossy(&answer).into_owned();
                    step(vec![1]).await?;
                    return Err(failed(SaslFailure::Refused(said)));
                }
                lifetime
            }
        };
        Ok(u64::try_from(lifetime).ok().filter(|ms| *ms > 0).map(Duration::from_millis))
    }
}

/// The module of `sasl.jaas.config`, or of the section `KafkaClient` in the file that `KAFKA_OPTS` names.
fn login_module(properties: &Properties) -> Result<LoginModule> {
    let wrong = |text: String| ClientError::Security(text);
    if let Some(text) = properties.get("sasl.jaas.config") {
        let mut modules =
            jaas::parse_setting(text).map_err(|error| wrong(format!("sasl.jaas.config cannot be read: {error}")))?;
        if modules.len() != 1 {
            return Err(wrong("sasl.jaas.config has more than one login module".into()));
        }
        return Ok(modules.remove(0));
    }
    let options = std::env::var("KAFKA_OPTS").unwrap_or_default();
    let path =
        options.split_whitespace().rev().find_map(|word| word.strip_prefix("-Djava.security.auth.login.config="));
    let Some(path) = path else {
        return Err(wrong(
            "Could not find a 'KafkaClient' entry in the JAAS configuration. System property \
             'java.security.auth.login.config' is not set"
                .into(),
        ));
    };
    module_of_file(path.trim_matches(['"', '\'']))
}

fn module_of_file(path: &str) -> Result<LoginModule> {
    let wrong = |text: String| ClientError::Security(text);
    let text = std::fs::read_to_string(path).map_err(|error| wrong(format!("cannot read {path}: {error}")))?;
    let mut sections = jaas::parse_file(&text).map_err(|error| wrong(format!("{path} cannot be read: {error}")))?;
    let modules = sections.remove("KafkaClient").unwrap_or_default();
    modules.into_iter().next().ok_or_else(|| {
        wrong(format!(
            "Could not find a 'KafkaClient' entry in the JAAS configuration. System property \
             'java.security.auth.login.config' is {path}"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sasl(pairs: &[(&str, &str)]) -> Result<Sasl> {
        let mut properties = Properties::default();
        pairs.iter().for_each(|(key, value)| properties.set(key, value));
        Sasl::from_properties(&properties)
    }

    #[test]
    fn a_mechanism_needs_a_login_module_with_its_options() {
        let said = |pairs: &[(&str, &str)]| sasl(pairs).unwrap_err().to_string();
        assert!(said(&[]).starts_with("sasl.mechanism=GSSAPI, the default, is not supported"));
        assert!(
            said(&[("sasl.mechanism", "PLAIN"), ("sasl.jaas.config", "P required username=a;")])
                .contains("no password")
        );
        assert!(said(&[("sasl.mechanism", "PLAIN"), ("sasl.jaas.config", "P required")]).contains("cannot be read"));
        assert!(
            said(&[("sasl.mechanism", "PLAIN"), ("sasl.jaas.config", "P required; P required;")])
                .contains("more than one")
        );
        let good =
            sasl(&[("sasl.mechanism", "SCRAM-SHA-512"), ("sasl.jaas.config", "S required username=a password=b;")]);
        assert_eq!(format!("{:?}", good.unwrap()), "Sasl(\"SCRAM-SHA-512\")");
    }

    #[test]
    fn the_section_kafka_client_of_a_file_is_taken() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_str().unwrap();
        std::fs::write(path, "KafkaServer { A required; };\nKafkaClient { B required username=u; };").unwrap();
        assert_eq!(module_of_file(path).unwrap().option("username"), Some("u"));
        std::fs::write(path, "KafkaServer { A required; };").unwrap();
        assert!(module_of_file(path).unwrap_err().to_string().contains("'KafkaClient'"));
    }
}
