//! What a file says that a cluster shall have: topics, settings, quotas and users; how it differs from what is there,
//! and the steps from one to the other.
//!
//! `state` reads a cluster into the same form as a file, `diff` compares the two without I/O, `carry_out` takes the
//! steps. Nothing that is not in the file is touched, unless pruning is asked for.

mod carry_out;
mod diff;
mod quotas;
mod spec;
mod state;
mod users;

pub use carry_out::{Done, carry_out};
pub use diff::{Action, Change, Kind, diff};
pub use spec::{Declared, DeclaredConfigs, DeclaredQuota, DeclaredTopic, DeclaredUser, Quota, Scalar};
pub use state::{Kinds, Read, read};
