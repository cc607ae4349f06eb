//! What can go wrong between a client and a cluster, said so that a person knows what to do next.

use std::time::Duration;

use super::security::{SaslFailure, TlsFailure};
use crate::model::ErrorCode;
use crate::wire::api::ApiKey;
use crate::wire::batch::BatchError;
use crate::wire::codec::DecodeError;

/// The result of this room.
pub type Result<T, E = ClientError> = std::result::Result<T, E>;

/// Why a request brought no answer, or a no.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ClientError {
    /// No address of the list takes a connection.
    #[error("cannot reach {}", .tried.iter().map(|(address, why)| format!("{address} ({why})")).collect::<Vec<_>>().join(", "))]
    Unreachable {
        /// Each address with the reason.
        tried: Vec<(String, String)>,
    },
    /// The connection ended before the answer came.
    #[error("{broker} closed the connection during {during}: {reason}")]
    Disconnected {
        /// The broker's address.
        broker: String,
        /// The request that was under way.
        during: &'static str,
        /// What the socket said.
        reason: String,
    },
    /// No answer in time.
    #[error("no answer to {what} from {broker} within {}", humantime::format_duration(*.after))]
    TimedOut {
        /// The request.
        what: &'static str,
        /// The broker's address.
        broker: String,
        /// How long was waited.
        after: Duration,
    },
    /// The cluster said no.
    #[error("{subject}: {}", .message.as_deref().unwrap_or(.code.message()))]
    Refused {
        /// What the refusal is about, `cannot create clicks`.
        subject: String,
        /// The protocol's code.
        code: ErrorCode,
        /// The broker's own words, if it sent some.
        message: Option<String>,
    },
    /// The broker does not speak a version of the request that this client speaks.
    #[error("{broker} does not support {api}: {detail}")]
    Unsupported {
        /// The broker's address.
        broker: String,
        /// The request.
        api: ApiKey,
        /// Both ranges of versions.
        detail: String,
    },
    /// The answer is not what the protocol says.
    #[error("{broker} sent an answer to {during} that cannot be read: {source}")]
    Malformed {
        /// The broker's address.
        broker: String,
        /// The request.
        during: &'static str,
        /// What is wrong with it.
        source: DecodeError,
    },
    /// Records that cannot be read or built.
    #[error("{partition} at offset {offset}: {source}")]
    Records {
        /// `topic-partition`.
        partition: String,
        /// The batch's base offset.
        offset: i64,
        /// What is wrong with it.
        source: BatchError,
    },
    /// There is no TLS with the broker.
    #[error("no TLS with {broker}: {failure}")]
    Tls {
        /// The broker's address.
        broker: String,
        /// Why.
        failure: TlsFailure,
    },
    /// The broker does not take us for whom we say we are.
    #[error("cannot authenticate at {broker} with SASL {mechanism}: {failure}")]
    Sasl {
        /// The broker's address.
        broker: String,
        /// The mechanism.
        mechanism: &'static str,
        /// Why.
        failure: SaslFailure,
    },
    /// The profile in use does not allow it; nothing was sent.
    #[error("profile {profile} forbids it: {what}")]
    Guarded {
        /// The profile.
        profile: String,
        /// What it forbids.
        what: String,
    },
    /// A client setting that cannot be used.
    #[error("{0}")]
    Config(String),
    /// A store, a login or another setting of security that cannot be used.
    #[error("{0}")]
    Security(String),
}

impl ClientError {
    /// The detail of [`ClientError::Unsupported`] when the broker speaks no version of the request at all.
    pub const REQUEST_UNKNOWN: &str = "the broker does not know the request";

    /// A refusal with what it is about.
    pub fn refused(subject: impl Into<String>, code: ErrorCode, message: Option<String>) -> ClientError {
        let message = message.filter(|text| !text.is_empty());
        ClientError::Refused { subject: subject.into(), code, message }
    }

    /// `Ok` for code 0, a refusal otherwise.
    ///
    /// # Errors
    /// [`ClientError::Refused`].
    pub fn check(code: i16, message: Option<&str>, subject: impl FnOnce() -> String) -> Result<()> {
        match ErrorCode::from_code(code) {
            ErrorCode::None => Ok(()),
            code => Err(ClientError::refused(subject(), code, message.map(str::to_owned))),
        }
    }

    /// Whether the cluster was not reached or did not answer: exit code 3 of the tools.
    pub fn is_unreachable(&self) -> bool {
        matches!(
            self,
            ClientError::Unreachable { .. } | ClientError::TimedOut { .. } | ClientError::Disconnected { .. }
        )
    }

    /// Whether the same request may succeed on a new connection.
    pub fn is_transport(&self) -> bool {
        matches!(self, ClientError::Disconnected { .. } | ClientError::Unreachable { .. })
    }

    /// The protocol's code of a refusal.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            ClientError::Refused { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// What the operator can do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            ClientError::Unreachable { .. } => {
                "is the broker up and the address right? set -b HOST:PORT or LOGBUS_BOOTSTRAP_SERVER; \
                 `logbus broker` starts one here"
                    .into()
            }
            ClientError::Disconnected { reason, .. } if reason.ends_with("not a Kafka listener?") => {
                "another program seems to listen there; is it the right port?".into()
            }
            ClientError::Disconnected { .. } => {
                "a client without SASL on a SASL listener looks like this; check the listener and the broker's log"
                    .into()
            }
            ClientError::TimedOut { .. } => "give it longer with --timeout, or look at the broker's load".into(),
            ClientError::Refused { code, .. } => match code {
                ErrorCode::UnknownTopicOrPartition => "`logbus topics list` shows the topics there are".into(),
                ErrorCode::BrokerIdNotRegistered => "`logbus brokers list` shows the brokers there are".into(),
                ErrorCode::GroupIdNotFound => "`logbus groups list` shows the groups there are".into(),
                ErrorCode::TopicAuthorizationFailed
                | ErrorCode::GroupAuthorizationFailed
                | ErrorCode::ClusterAuthorizationFailed => {
                    "this principal lacks the permission; --command-config names the credentials to use".into()
                }
                ErrorCode::NotEnoughReplicas | ErrorCode::NotEnoughReplicasAfterAppend => {
                    "fewer replicas are in sync than min.insync.replicas asks; \
                     `logbus topics describe --under-min-isr` shows which"
                        .into()
                }
                ErrorCode::MessageTooLarge => {
                    "raise max.message.bytes of the topic, or send smaller records or batches".into()
                }
                ErrorCode::UnsupportedVersion => {
                    "the cluster is too old for this; `logbus brokers api-versions`".into()
                }
                _ => return None,
            },
            ClientError::Unsupported { .. } => "`logbus brokers api-versions` shows what the broker speaks".into(),
            ClientError::Guarded { profile, .. } => {
                format!("choose another profile with -C, or change this one: `logbus profiles show {profile}`")
            }
            ClientError::Tls { failure, .. } => failure.hint(),
            ClientError::Sasl { failure, .. } => failure.hint(),
            ClientError::Security(_) => "check the settings in the file of --command-config".into(),
            _ => return None,
        })
    }
}
