//! Exit codes, and errors as one line with a hint.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use crate::client::ClientError;
use crate::ops::OpsError;

/// How a command ended; scripts rely on the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Refused or failed.
    Failed = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// The cluster was not reached, or did not answer in time.
    Unreachable = 3,
    /// Some of it was done.
    Partly = 4,
    /// The condition asked about does not hold.
    ConditionFails = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub struct CliError {
    exit: Exit,
    message: String,
    details: Vec<String>,
    hint: Option<String>,
}

impl CliError {
    /// A failure.
    pub fn failed(message: impl Into<String>) -> CliError {
        CliError { exit: Exit::Failed, message: message.into(), details: Vec::new(), hint: None }
    }

    /// A command line that makes no sense.
    pub fn usage(message: impl Into<String>) -> CliError {
        CliError { exit: Exit::Usage, ..CliError::failed(message) }
    }

    /// A file that cannot be read or written.
    pub fn file(action: &str, path: &Path, error: &io::Error) -> CliError {
        let failed = CliError::failed(format!("cannot {action} {}: {error}", path.display()));
        failed.with_hint(match error.kind() {
            io::ErrorKind::NotFound if path.is_relative() => "a path without / in front begins in this directory",
            io::ErrorKind::NotFound => "is the path right?",
            io::ErrorKind::PermissionDenied => "run it as the user that owns the file",
            _ => "`ls -ld` shows what stands there",
        })
    }

    /// Gives a command line that makes no sense the hint that every command has.
    #[must_use]
    pub fn or_help_of(self, command: &str) -> CliError {
        if self.exit != Exit::Usage || self.has_hint() {
            return self;
        }
        self.with_hint(format!("`{command} --help` shows what it takes"))
    }

    /// The command or setting that helps.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> CliError {
        self.hint = Some(hint.into());
        self
    }

    /// Whether a hint is there already.
    pub fn has_hint(&self) -> bool {
        self.hint.is_some()
    }

    /// Lines to show between the error and the hint.
    #[must_use]
    pub fn with_details(mut self, details: Vec<String>) -> CliError {
        self.details = details;
        self
    }

    /// With another exit code.
    #[must_use]
    pub fn with_exit(mut self, exit: Exit) -> CliError {
        self.exit = exit;
        self
    }

    /// The exit code.
    pub const fn exit(&self) -> Exit {
        self.exit
    }

    /// Prints the error to stderr and gives the exit code.
    pub fn report(&self) -> ExitCode {
        self.print();
        self.exit.into()
    }

    /// Prints the error to stderr.
    pub fn print(&self) {
        note!("error: {}", self.message);
        for line in &self.details {
            note!("  {line}");
        }
        if let Some(hint) = &self.hint {
            note!("hint: {hint}");
        }
    }
}

impl std::fmt::Display for CliError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<OpsError> for CliError {
    fn from(error: OpsError) -> CliError {
        let hint = error.hint();
        let exit = match &error {
            OpsError::Client(e) if e.is_unreachable() => Exit::Unreachable,
            OpsError::Client(ClientError::Config(_)) | OpsError::Invalid(_) => Exit::Usage,
            _ => Exit::Failed,
        };
        let message = error.to_string();
        let details = match error {
            OpsError::Blocked { details, .. } => details,
            _ => Vec::new(),
        };
        CliError { exit, message, details, hint }
    }
}

impl From<ClientError> for CliError {
    fn from(error: ClientError) -> CliError {
        OpsError::from(error).into()
    }
}

impl From<io::Error> for CliError {
    fn from(error: io::Error) -> CliError {
        CliError::failed(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ErrorCode;

    #[test]
    fn exit_codes_tell_refusal_usage_and_unreachable_apart() {
        let exit = |error: ClientError| CliError::from(error).exit;
        assert_eq!(exit(ClientError::refused("x", ErrorCode::InvalidConfig, None)), Exit::Failed);
        assert_eq!(exit(ClientError::Config("x".into())), Exit::Usage);
        assert_eq!(exit(ClientError::Unreachable { tried: vec![] }), Exit::Unreachable);
    }
}
