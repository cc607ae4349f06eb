//! Bytes to messages and back: frames, headers, record batches, persisted records. No sockets, no files.
//!
//! Every message is declared once, in `messages/` or `records/`, by the macro of `schema`; `codec` has the primitives.
//! A decoder bounds every length by what is left of its frame, and the whole by a budget, before it allocates.

pub mod api;
pub mod batch;
pub mod codec;
pub mod compression;
pub mod header;
pub mod legacy;
pub mod messages;
pub mod records;
pub mod schema;
