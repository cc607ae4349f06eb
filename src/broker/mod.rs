//! The broker: pure machines (`state`), their tasks and files (`runtime`), one file an API family (`api`), sockets (`net`).

pub mod runtime;
pub mod state;
