//! What the tools that speak to a cluster share: connecting as a Java client would, and naming failures as it does.

use std::collections::BTreeMap;
use std::path::Path;

use super::jopt::Options;
use super::usage::Stop;
use crate::client::{ClientConfig, ClientError, Cluster, Properties};
use crate::model::ErrorCode;
use crate::ops::{OpsError, Refusal};

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
        Failure { exception: exception.to_owned(), message: message.into() }
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
                Failure::of(TIMEOUT, format!("Timed out waiting for a node assignment. Call: {call}"))
            }
            OpsError::Client(ClientError::Unsupported { api, detail, .. }) => {
                let message = match detail == ClientError::REQUEST_UNKNOWN {
                    true => format!("The node does not support {}", constant(api.name())),
                    false => error.to_string(),
                };
                Failure::of("org.apache.kafka.common.errors.UnsupportedVersionException", message)
            }
            OpsError::Client(_) => Failure::of("org.apache.kafka.common.KafkaException", error.to_string()),
            OpsError::Invalid(text) => Failure::of("java.lang.IllegalArgumentException", text),
            OpsError::Blocked { message, .. } => Failure::of("org.apache.kafka.common.KafkaException", message),
        }
    }
}

/// `DESCRIBE_ACLS` for `DescribeAcls`, as Java's enumeration of requests has it.
fn constant(api: &str) -> String {
    let mut name = String::new();
    for letter in api.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
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
    let config = ClientConfig::from_properties(value("bootstrap-server")?.as_deref(), &properties)
        .map_err(|error| Failure::of("org.apache.kafka.common.KafkaException", error.to_string()))?;
    Ok(Cluster::new(config))
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
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::api::ApiKey;

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
