//! Faults of logic that tests plant to see them caught. A simulator that finds none of them proves nothing.

/// A planted bug.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bug {
    /// None: the code as it is.
    #[default]
    None,
    /// A new follower cuts its log to its high watermark and trusts what is left (KAFKA-1211, before KIP-101).
    #[cfg(test)]
    TruncateToHighWatermark,
    /// A leader acknowledges what only its own log has.
    #[cfg(test)]
    AnswerBeforeCommit,
    /// A leader appends a batch again that it has already (Redpanda #3039).
    #[cfg(test)]
    NoDuplicateCheck,
    /// The controller answers before its records are committed.
    #[cfg(test)]
    ControllerAnswersEarly,
    /// A replica that lost its unsynced records in a crash says that it stopped in order (KAFKA-15375).
    #[cfg(test)]
    TrustedShutdown,
    /// The controller takes every AlterPartition for new: of the partition, its leader, and the brokers in the set
    /// (before KIP-497 and KIP-903).
    #[cfg(test)]
    NoEpochCheck,
}

impl Bug {
    pub(super) const fn truncates_to_high_watermark(self) -> bool {
        #[cfg(test)]
        return matches!(self, Bug::TruncateToHighWatermark);
        #[cfg(not(test))]
        false
    }

    pub(super) const fn answers_before_commit(self) -> bool {
        #[cfg(test)]
        return matches!(self, Bug::AnswerBeforeCommit);
        #[cfg(not(test))]
        false
    }

    pub(super) const fn appends_duplicates(self) -> bool {
        #[cfg(test)]
        return matches!(self, Bug::NoDuplicateCheck);
        #[cfg(not(test))]
        false
    }

    pub(super) const fn controller_answers_early(self) -> bool {
        #[cfg(test)]
        return matches!(self, Bug::ControllerAnswersEarly);
        #[cfg(not(test))]
        false
    }

    pub(super) const fn claims_clean_shutdown(self) -> bool {
        #[cfg(test)]
        return matches!(self, Bug::TrustedShutdown);
        #[cfg(not(test))]
        false
    }

    pub(super) const fn takes_stale_alterations(self) -> bool {
        #[cfg(test)]
        return matches!(self, Bug::NoEpochCheck);
        #[cfg(not(test))]
        false
    }
}
