//! Why an operation did not come about, and what each part of a larger one came to.

use serde::Serialize;

use crate::client::ClientError;
use crate::model::ErrorCode;

/// The result of an operation.
pub type Result<T, E = OpsError> = std::result::Result<T, E>;

/// Why an operation was not done.
#[derive(Clone, Debug, thiserror::Error)]
pub enum OpsError {
    /// The cluster was not reached, or said no.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// What was asked for makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// It would be wrong to go on as things are.
    #[error("{message}")]
    Blocked {
        /// What stands in the way.
        message: String,
        /// The things in the way, one a line.
        details: Vec<String>,
        /// What to do about it.
        hint: String,
    },
}

impl OpsError {
    /// Whether asking again may help: a broker is down, or does not know yet who took over.
    pub fn may_pass(&self) -> bool {
        let passes = |code: ErrorCode| code.is_retriable();
        matches!(self, OpsError::Client(e) if e.is_unreachable() || e.code().is_some_and(passes))
    }

    /// What the operator can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            OpsError::Client(e) => e.hint(),
            OpsError::Blocked { hint, .. } => Some(hint.clone()),
            OpsError::Invalid(_) => None,
        }
    }
}

/// A correct no from the cluster, for one of several things asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The protocol's code.
    pub code: ErrorCode,
    /// The broker's words, if it sent some.
    pub message: Option<String>,
}

impl Refusal {
    /// `Ok` for code 0.
    ///
    /// # Errors
    /// The refusal, for any other code.
    pub fn check(code: i16, message: Option<String>) -> Result<(), Refusal> {
        match ErrorCode::from_code(code) {
            ErrorCode::None => Ok(()),
            code => Err(Refusal { code, message: message.filter(|m| !m.is_empty()) }),
        }
    }

    /// The broker's words, or those of the code.
    pub fn text(&self) -> &str {
        self.message.as_deref().unwrap_or(self.code.message())
    }

    /// As an error of a single operation about `subject`.
    pub fn about(self, subject: impl Into<String>) -> OpsError {
        ClientError::refused(subject, self.code, self.message).into()
    }
}

impl Serialize for Refusal {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;
        let mut out = serializer.serialize_struct("Refusal", 2)?;
        out.serialize_field("code", self.code.name())?;
        out.serialize_field("message", self.text())?;
        out.end()
    }
}

/// What became of one named thing.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome<T = ()> {
    /// Its name.
    pub name: String,
    /// What it came to.
    #[serde(flatten, serialize_with = "outcome", bound(serialize = "T: Serialize"))]
    pub result: Result<T, Refusal>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Shown<'a, T> {
    Done(&'a T),
    Refused(&'a Refusal),
}

fn outcome<T: Serialize, S: serde::Serializer>(result: &Result<T, Refusal>, out: S) -> Result<S::Ok, S::Error> {
    match result {
        Ok(value) => Shown::Done(value).serialize(out),
        Err(refusal) => Shown::<T>::Refused(refusal).serialize(out),
    }
}
