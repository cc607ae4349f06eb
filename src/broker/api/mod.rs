//! The protocol's APIs, one file a family: take a decoded request, ask the runtime, give a response.
//! `dispatch` is the table of what is served.

pub mod api_versions;
pub mod brokers;
pub mod cluster;
pub mod configs;
pub mod control;
mod controller_listener;
pub mod coordinators;
pub mod dispatch;
pub mod elections;
mod envelopes;
pub mod features;
pub mod fetch;
mod fetch_encoder;
mod fetch_replicas;
pub mod group_context;
pub mod group_routes;
pub mod groups;
pub mod log_dirs;
pub mod metadata;
mod metadata_log;
pub mod offsets;
pub mod partitions;
pub mod produce;
mod produce_codec;
pub mod reassignments;
mod registration;
pub mod response;
pub mod topics;
mod voters;
