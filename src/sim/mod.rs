//! A whole cluster in one thread on simulated time, and the checker that judges what its clients saw.
//!
//! `history` is what clients did and saw, in one format for simulated and for real clients. `check` looks for the ten
//! anomalies in it. Nothing in here reads a clock, a socket or a source of randomness: a seed decides everything.

pub mod check;
pub mod history;
