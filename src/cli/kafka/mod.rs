//! The Kafka dialect: Kafka's own tools by name, with their parsers, texts, streams and exit codes. A file a tool.
//!
//! A tool here parses, calls `ops`, and prints; it holds no logic that the native commands would need too.

pub mod jopt;
pub mod usage;
