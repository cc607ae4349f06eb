//! Refusals and faults as HTTP: a status, and a body of `error_code` and `message`. The five-digit codes are those of
//! Confluent's REST API, where the first three digits are the status.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::client::ClientError;
use crate::model::ErrorCode;
use crate::ops::OpsError;

/// The result of a handler.
pub(super) type Answer<T> = Result<T, Problem>;

/// A request that was not done, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    body: ErrorBody,
}

/// The body of an answer that is not a success.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Error)]
pub(super) struct ErrorBody {
    /// The status, with two more digits where the kind is known.
    error_code: i32,
    /// What happened, in one line.
    message: String,
}

impl Problem {
    /// With a status and a code.
    pub fn new(status: StatusCode, error_code: i32, message: impl Into<String>) -> Problem {
        Problem { status, body: ErrorBody { error_code, message: message.into() } }
    }

    /// Something of the path that is not there.
    pub(super) fn not_found(message: impl Into<String>) -> Problem {
        Problem::new(StatusCode::NOT_FOUND, 404, message)
    }

    /// A request that makes no sense.
    pub(super) fn bad_request(message: impl Into<String>) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, 400, message)
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status, Json(self.body)).into_response()
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Problem {
        let status = rejection.status();
        // 422 is the framework's word for "valid JSON of the wrong shape"; the API says 400 to both.
        let status = if status == StatusCode::UNPROCESSABLE_ENTITY { StatusCode::BAD_REQUEST } else { status };
        Problem::new(status, i32::from(status.as_u16()), rejection.body_text())
    }
}

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Problem {
        Problem::bad_request(rejection.body_text())
    }
}

impl From<ClientError> for Problem {
    fn from(error: ClientError) -> Problem {
        let message = error.to_string();
        match error {
            ClientError::Refused { code, .. } => {
                let (status, error_code) = of_code(code);
                Problem::new(status, error_code, message)
            }
            ClientError::TimedOut { .. } => Problem::new(StatusCode::GATEWAY_TIMEOUT, 50401, message),
            e if e.is_unreachable() => Problem::new(StatusCode::SERVICE_UNAVAILABLE, 50301, message),
            _ => Problem::new(StatusCode::INTERNAL_SERVER_ERROR, 50002, message),
        }
    }
}

impl From<OpsError> for Problem {
    fn from(error: OpsError) -> Problem {
        match error {
            OpsError::Client(e) => e.into(),
            OpsError::Invalid(message) => Problem::bad_request(message),
            OpsError::Blocked { message, .. } => Problem::new(StatusCode::CONFLICT, 409, message),
        }
    }
}

/// Where a code of the Kafka protocol goes.
fn of_code(code: ErrorCode) -> (StatusCode, i32) {
    match code {
        ErrorCode::UnknownTopicOrPartition | ErrorCode::UnknownTopicId => (StatusCode::NOT_FOUND, 40403),
        ErrorCode::GroupIdNotFound => (StatusCode::NOT_FOUND, 40405),
        ErrorCode::SaslAuthenticationFailed => (StatusCode::UNAUTHORIZED, 40101),
        ErrorCode::TopicAuthorizationFailed
        | ErrorCode::GroupAuthorizationFailed
        | ErrorCode::ClusterAuthorizationFailed => (StatusCode::FORBIDDEN, 40301),
        ErrorCode::TopicAlreadyExists
        | ErrorCode::InvalidTopicException
        | ErrorCode::InvalidPartitions
        | ErrorCode::InvalidReplicationFactor
        | ErrorCode::InvalidReplicaAssignment
        | ErrorCode::InvalidConfig
        | ErrorCode::InvalidRequest
        | ErrorCode::InvalidGroupId
        | ErrorCode::PolicyViolation
        | ErrorCode::TopicDeletionDisabled => (StatusCode::BAD_REQUEST, 40002),
        ErrorCode::CoordinatorLoadInProgress
        | ErrorCode::CoordinatorNotAvailable
        | ErrorCode::NotCoordinator
        | ErrorCode::NotController
        | ErrorCode::LeaderNotAvailable
        | ErrorCode::NotLeaderOrFollower
        | ErrorCode::BrokerNotAvailable
        | ErrorCode::RequestTimedOut => (StatusCode::SERVICE_UNAVAILABLE, 50003),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, 50002),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(code: ErrorCode) -> Problem {
        ClientError::refused("cannot do it", code, None).into()
    }

    #[test]
    fn what_is_not_there_is_404_and_what_exists_already_is_400() {
        assert_eq!(problem(ErrorCode::UnknownTopicOrPartition).status(), StatusCode::NOT_FOUND);
        assert_eq!(problem(ErrorCode::UnknownTopicOrPartition).body.error_code, 40403);
        assert_eq!(problem(ErrorCode::TopicAlreadyExists).status(), StatusCode::BAD_REQUEST);
    }

    #[test]
    fn the_code_begins_with_the_status() {
        for code in [
            ErrorCode::GroupIdNotFound,
            ErrorCode::ClusterAuthorizationFailed,
            ErrorCode::InvalidConfig,
            ErrorCode::UnknownServerError,
        ] {
            let p = problem(code);
            let first_digits = if p.body.error_code >= 10_000 { p.body.error_code / 100 } else { p.body.error_code };
            assert_eq!(first_digits, i32::from(p.status().as_u16()), "{code:?}");
        }
    }
}
