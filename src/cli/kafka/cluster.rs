//! What the tools that speak to a cluster share: connecting as a Java client would, and naming failures as it does.

use std::collections::BTreeMap;
use std::net::ToSocketAddrs;
use std::path::Path;

use super::answer;
use super::jopt::Options;
use super::usage::{Stop, log4j};
use crate::client::security::{SaslFailure, TlsFailure};
use crate::client::{ClientConfig, ClientError, Cluster, Properties, parse_bootstrap};
use crate::model::ErrorCode;
use crate::ops::{OpsError, Refusal};
use crate::wire::api::ApiKey;

/// What Java's share consumer says to brokers that have no share groups.
const NO_SHARE_GROUPS: &str = "The cluster does not support the share group protocol using ShareGroupHeartbeat API version 1 or later. This version of the API was introduced in Apache Kafka v4.1.";

/// Why an operation failed: the Java exception and its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The full class name.
    pub exception: String,
    /// `getMessage()`.
    pub message: String,
}

impl std::fmt::Display for Failure {
    /// As `Throwable.toString` has it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.exception, self.message)
    }
}

impl Failure {
    /// A failure of a class of Java's or of a tool's own.
    pub fn of(exception: &str, message: impl Into<String>) -> Failure {
        let message = message.into();
        answer::trouble(exception, &message);
        Failure { exception: exception.to_owned(), message }
    }

    /// Java's listings ask every broker, and cannot learn of them; `request` is what the brokers would have been sent.
    pub fn without_brokers(error: &OpsError, request: &str) -> Failure {
        if matches!(error, OpsError::Client(error) if error.is_unreachable()) {
            answer::unreachable();
        }
        Failure::of("org.apache.kafka.common.KafkaException", format!("Failed to find brokers to send {request}"))
    }

    /// An error of the protocol.
    pub fn of_code(code: ErrorCode, message: Option<&str>) -> Failure {
        let message = message.unwrap_or(code.message());
        Failure::of(&format!("org.apache.kafka.common.errors.{}", code.exception()), message)
    }

    /// Turns an operation's error into the one that the Java admin client would raise; `call` is its name for the request.
    pub fn of_error(error: &OpsError, call: &str) -> Failure {
        const TIMEOUT: &str = "org.apache.kafka.common.errors.TimeoutException";
        match error {
            // Brokers send no words of their own for it, and the client's are not Java's.
            OpsError::Client(ClientError::Refused { code: code @ ErrorCode::UnknownTopicOrPartition, .. }) => {
                Failure::of_code(*code, None)
            }
            OpsError::Client(ClientError::Refused { code, message, .. }) => Failure::of_code(*code, message.as_deref()),
            OpsError::Client(error) if error.is_unreachable() => {
                answer::unreachable();
                Failure::of(TIMEOUT, format!("Timed out waiting for a node assignment. Call: {call}"))
            }
            OpsError::Client(ClientError::Unsupported { api, detail, .. }) => {
                let message = match detail == ClientError::REQUEST_UNKNOWN {
                    true if *api == ApiKey::ShareGroupHeartbeat => NO_SHARE_GROUPS.to_owned(),
                    true => format!("The node does not support {}", screaming(api.name())),
                    false => error.to_string(),
                };
                Failure::of("org.apache.kafka.common.errors.UnsupportedVersionException", message)
            }
            OpsError::Client(ClientError::Tls { failure, .. }) => {
                const SSL: &str = "org.apache.kafka.common.errors.SslAuthenticationException";
                let message = match failure {
                    // TLS 1.3 lets the client finish before the broker has judged its certificate.
                    TlsFailure::Refused(_) => "Failed to process post-handshake messages",
                    _ => "SSL handshake failed",
                };
                Failure::of(SSL, format!("{message}\nCaused by: {failure}"))
            }
            OpsError::Client(ClientError::Sasl { mechanism, failure, .. }) => Failure::of_login(mechanism, failure),
            OpsError::Client(error @ (ClientError::Config(_) | ClientError::Security(_))) => {
                Failure::of_settings(error, "Failed to create new KafkaAdminClient")
            }
            OpsError::Client(ClientError::Guarded { .. }) => {
                Failure::of("org.apache.kafka.common.errors.PolicyViolationException", error.to_string())
            }
            OpsError::Client(_) => Failure::of("org.apache.kafka.common.KafkaException", error.to_string()),
            OpsError::Invalid(text) => Failure::of("java.lang.IllegalArgumentException", text),
            OpsError::Blocked { message, .. } => Failure::of("org.apache.kafka.common.KafkaException", message),
        }
    }
}

/// `DescribeCluster` as a Java constant: `DESCRIBE_CLUSTER`.
fn screaming(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(c.to_ascii_uppercase());
    }
    out
}

impl Failure {
    /// Settings of which no client can be made; `made` is what Java says to those of security, with the reason below.
    pub fn of_settings(error: &ClientError, made: &str) -> Failure {
        const KAFKA: &str = "org.apache.kafka.common.KafkaException";
        match error {
            ClientError::Security(text) if text == UNRESOLVABLE => {
                let cause = format!("org.apache.kafka.common.config.ConfigException: {text}");
                Failure::of(KAFKA, format!("{made}\nCaused by: {cause}"))
            }
            ClientError::Security(text) => Failure::of(KAFKA, format!("{made}\nCaused by: {KAFKA}: {text}")),
            ClientError::Config(text) if text.starts_with("Invalid value ") => {
                Failure::of("org.apache.kafka.common.config.ConfigException", text)
            }
            other => Failure::of(KAFKA, other.to_string()),
        }
    }

    fn of_login(mechanism: &str, failure: &SaslFailure) -> Failure {
        let (class, message) = match failure {
            SaslFailure::Mechanism(offered) => (
                "UnsupportedSaslMechanismException",
                format!(
                    "Client SASL mechanism '{mechanism}' not enabled in the server, enabled mechanisms are [{}]",
                    offered.join(", ")
                ),
            ),
            SaslFailure::NotSasl => (
                "IllegalSaslStateException",
                format!("Unexpected handshake request with client mechanism {mechanism}, enabled mechanisms are []"),
            ),
            SaslFailure::Refused(message) => ("SaslAuthenticationException", message.clone()),
            SaslFailure::Dishonest(message) => (
                "SaslAuthenticationException",
                format!(
                    "An error: (javax.security.sasl.SaslException: {message}) occurred when evaluating SASL token \
                     received from the Kafka Broker. Kafka Client will go to AUTHENTICATION_FAILED state."
                ),
            ),
        };
        Failure::of(&format!("org.apache.kafka.common.errors.{class}"), message)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        Failure::of_code(refusal.code, refusal.message.as_deref())
    }
}

/// The handle for `--bootstrap-server` and `--command-config`; nothing is connected yet.
///
/// # Errors
/// What the Java client would say to such a list or file.
pub fn connect(options: &Options) -> Result<Cluster, Failure> {
    let value = |name: &str| {
        options
            .value(name)
            .map(|text| text.map(str::to_owned))
            .map_err(|error| Failure::of(&format!("joptsimple.{}", error.exception()), error.to_string()))
    };
    let properties = match value("command-config")? {
        Some(file) => load(&file)?,
        None => Properties::default(),
    };
    Ok(Cluster::new(client_config(value("bootstrap-server")?.as_deref(), &properties)?))
}

/// The settings of a client for a bootstrap list and a file's properties.
///
/// # Errors
/// What the Java client would say to them.
pub fn client_config(list: Option<&str>, properties: &Properties) -> Result<ClientConfig, Failure> {
    const MADE: &str = "Failed to create new KafkaAdminClient";
    if list.is_some_and(|list| parse_bootstrap(list).is_err()) {
        return Err(Failure::of("org.apache.kafka.common.KafkaException", MADE));
    }
    resolved(list, properties).map_err(|error| Failure::of_settings(&error, MADE))
}

const UNRESOLVABLE: &str = "No resolvable bootstrap urls given in bootstrap.servers";

/// The settings of a client whose bootstrap servers have addresses. Java looks when a client is made
/// (`ClientUtils.parseAndValidateAddresses`): it warns of each name without one, and makes none when no name has one.
///
/// # Errors
/// Settings of which no client can be made.
pub fn resolved(list: Option<&str>, properties: &Properties) -> Result<ClientConfig, ClientError> {
    let config = ClientConfig::from_properties(list, properties)?;
    let mut reachable = false;
    for server in &config.bootstrap {
        if server.to_socket_addrs().is_ok_and(|mut addresses| addresses.next().is_some()) {
            reachable = true;
            continue;
        }
        let host = server.rsplit_once(':').map_or(server.as_str(), |(host, _)| host);
        let warning = format!(
            "Couldn't resolve server {server} from bootstrap.servers as DNS resolution failed for {host} \
             (org.apache.kafka.clients.ClientUtils)"
        );
        // A closed standard error is no reason to stop.
        let _ = log4j("WARN", warning, &mut std::io::stderr());
    }
    if reachable { Ok(config) } else { Err(ClientError::Security(UNRESOLVABLE.to_owned())) }
}

/// Reads a properties file.
///
/// # Errors
/// As Java names a file that is not there.
pub fn load(file: &str) -> Result<Properties, Failure> {
    if !Path::new(file).exists() {
        return Err(Failure::of("java.nio.file.NoSuchFileException", file));
    }
    Properties::load(Path::new(file)).map_err(|error| Failure::of("java.io.IOException", error.to_string()))
}

/// Settings of a reader or formatter: every blank of a separator counts, which those of a client do without.
pub type Settings = BTreeMap<String, String>;

/// Reads such settings from a file.
///
/// # Errors
/// As [`load`].
pub fn settings_of(file: &str) -> Result<Settings, Failure> {
    Ok(load(file)?.iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
}

/// Runs a tool's requests to their end.
///
/// # Errors
/// Those of `work`.
pub fn block_on<T>(work: impl Future<Output = Result<T, Stop>>) -> Result<T, Stop> {
    answer::asked();
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_the_broker_does_not_know_is_named_as_java_names_it() {
        let unsupported = |detail: &str| {
            let error =
                ClientError::Unsupported { broker: "b:1".into(), api: ApiKey::DescribeAcls, detail: detail.into() };
            Failure::of_error(&error.into(), "describeAcls").message
        };
        assert_eq!(unsupported(ClientError::REQUEST_UNKNOWN), "The node does not support DESCRIBE_ACLS");
        assert_eq!(unsupported("versions"), "b:1 does not support DescribeAcls: versions");
    }
}
