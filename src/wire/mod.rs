//! Bytes to messages and back: frames, headers, record batches, persisted records. No sockets, no files.
