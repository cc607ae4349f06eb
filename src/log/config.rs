//! What the log needs to know of its topic's settings; the caller derives it from the configuration.

/// The settings of one log. Shared by all logs with the same settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogConfig {
    /// `segment.bytes`: a segment is rolled before it would pass this.
    pub segment_bytes: u64,
    /// `segment.ms`: a segment is rolled when a batch is this much later than the segment's first.
    pub segment_ms: i64,
    /// `segment.jitter.ms`: at most this is taken off `segment_ms`, another amount for each segment.
    pub segment_jitter_ms: i64,
    /// `index.interval.bytes`: an index entry for a batch once more than this was written since the last.
    pub index_interval_bytes: u32,
    /// `segment.index.bytes`: bound on either index file; a segment is rolled when one is full.
    pub segment_index_bytes: u32,
    /// `retention.ms`: `None` keeps forever.
    pub retention_ms: Option<i64>,
    /// `retention.bytes`: `None` is no bound.
    pub retention_bytes: Option<u64>,
    /// Whether `cleanup.policy` names delete: if not, only segments below the log start offset go.
    pub delete_old_segments: bool,
    /// `flush.messages`: `None` leaves it to the operating system.
    pub flush_messages: Option<u64>,
    /// `flush.ms`: `None` leaves it to the operating system.
    pub flush_ms: Option<i64>,
    /// `file.delete.delay.ms`: how long renamed files of deleted segments stay.
    pub file_delete_delay_ms: i64,
    /// `producer.id.expiration.ms`: idle time after which a producer's state is forgotten.
    pub producer_id_expiration_ms: i64,
    /// `preallocate`: reserve `segment_bytes` of disk for a new segment.
    pub preallocate: bool,
}

impl Default for LogConfig {
    /// Kafka's defaults.
    fn default() -> LogConfig {
        LogConfig {
            segment_bytes: 1 << 30,
            segment_ms: 7 * 24 * 3_600_000,
            segment_jitter_ms: 0,
            index_interval_bytes: 4096,
            segment_index_bytes: 10 << 20,
            retention_ms: Some(7 * 24 * 3_600_000),
            retention_bytes: None,
            delete_old_segments: true,
            flush_messages: None,
            flush_ms: None,
            file_delete_delay_ms: 60_000,
            producer_id_expiration_ms: 24 * 3_600_000,
            preallocate: false,
        }
    }
}

impl LogConfig {
    /// Entries that an offset index may hold.
    pub(crate) const fn max_offset_entries(&self) -> usize {
        (self.segment_index_bytes / 8) as usize
    }

    /// Entries that a time index may hold.
    pub(crate) const fn max_time_entries(&self) -> usize {
        (self.segment_index_bytes / 12) as usize
    }
}
