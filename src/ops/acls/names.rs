//! The words of access control lists: what is protected, how it is named, what may be done to it, and whether.

use serde::{Serialize, Serializer};

/// An enumeration of the protocol: number, name in Java's enumeration, name on the command line.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $code:literal $java:literal $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(i8)]
        pub enum $name {
            $($(#[$variant_doc])* $variant = $code,)*
        }

        impl $name {
            /// All of them, by number.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// That of a number from the wire; one that is not known here reads as `Unknown`.
            pub fn from_code(code: i8) -> $name {
                match code { $($code => $name::$variant,)* _ => $name::Unknown }
            }

            /// The number on the wire.
            pub const fn code(self) -> i8 {
                self as i8
            }

            /// As Java's enumeration names it: `TRANSACTIONAL_ID`.
            pub const fn name(self) -> &'static str {
                match self { $($name::$variant => $java,)* }
            }

            /// As the command line names it: `TransactionalId`.
            pub const fn word(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }

            /// That of a word from the command line, in any case of letters.
            pub fn from_word(word: &str) -> Option<$name> {
                let is_it = |v: &&$name| v.word().eq_ignore_ascii_case(word);
                $name::ALL.iter().find(is_it).copied().filter(|v| *v != $name::Unknown)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                out.serialize_str(self.name())
            }
        }
    };
}

words! {
    /// What is protected.
    ResourceType {
        /// A number that this build does not know.
        Unknown = 0 "UNKNOWN" "Unknown",
        /// In filters: all.
        Any = 1 "ANY" "Any",
        /// A topic.
        Topic = 2 "TOPIC" "Topic",
        /// A group.
        Group = 3 "GROUP" "Group",
        /// The cluster as a whole.
        Cluster = 4 "CLUSTER" "Cluster",
        /// A transactional id.
        TransactionalId = 5 "TRANSACTIONAL_ID" "TransactionalId",
        /// A delegation token.
        DelegationToken = 6 "DELEGATION_TOKEN" "DelegationToken",
        /// A user, for whom others make tokens.
        User = 7 "USER" "User",
    }
}

words! {
    /// How the name of a resource is to be read.
    PatternType {
        /// A number that this build does not know.
        Unknown = 0 "UNKNOWN" "Unknown",
        /// In filters: this name, however it is to be read.
        Any = 1 "ANY" "Any",
        /// In filters: whatever applies to this name.
        Match = 2 "MATCH" "Match",
        /// As it stands.
        Literal = 3 "LITERAL" "Literal",
        /// As the beginning of names.
        Prefixed = 4 "PREFIXED" "Prefixed",
    }
}

words! {
    /// What may be done, or not.
    Operation {
        /// A number, or a word, that this build does not know.
        Unknown = 0 "UNKNOWN" "Unknown",
        /// In filters: any.
        Any = 1 "ANY" "Any",
        /// Everything.
        All = 2 "ALL" "All",
        /// Read.
        Read = 3 "READ" "Read",
        /// Write.
        Write = 4 "WRITE" "Write",
        /// Create.
        Create = 5 "CREATE" "Create",
        /// Delete.
        Delete = 6 "DELETE" "Delete",
        /// Alter.
        Alter = 7 "ALTER" "Alter",
        /// Describe.
        Describe = 8 "DESCRIBE" "Describe",
        /// What brokers do to each other.
        ClusterAction = 9 "CLUSTER_ACTION" "ClusterAction",
        /// Read settings.
        DescribeConfigs = 10 "DESCRIBE_CONFIGS" "DescribeConfigs",
        /// Change settings.
        AlterConfigs = 11 "ALTER_CONFIGS" "AlterConfigs",
        /// Produce with idempotence, but without a transactional id.
        IdempotentWrite = 12 "IDEMPOTENT_WRITE" "IdempotentWrite",
        /// Make delegation tokens for a user.
        CreateTokens = 13 "CREATE_TOKENS" "CreateTokens",
        /// See delegation tokens of a user.
        DescribeTokens = 14 "DESCRIBE_TOKENS" "DescribeTokens",
        /// Take part in transactions of two phases.
        TwoPhaseCommit = 15 "TWO_PHASE_COMMIT" "TwoPhaseCommit",
    }
}

words! {
    /// Whether it may be done.
    Permission {
        /// A number that this build does not know.
        Unknown = 0 "UNKNOWN" "Unknown",
        /// In filters: either.
        Any = 1 "ANY" "Any",
        /// It may not, whatever else allows it.
        Deny = 2 "DENY" "Deny",
        /// It may.
        Allow = 3 "ALLOW" "Allow",
    }
}

impl ResourceType {
    /// What may be done to such a thing, beside everything (`AclEntry.supportedOperations`).
    pub const fn operations(self) -> &'static [Operation] {
        use Operation as O;
        match self {
            ResourceType::Topic => {
                &[O::Read, O::Write, O::Create, O::Describe, O::Delete, O::Alter, O::DescribeConfigs, O::AlterConfigs]
            }
            ResourceType::Group => &[O::Read, O::Describe, O::Delete, O::DescribeConfigs, O::AlterConfigs],
            ResourceType::Cluster => &[
                O::Create,
                O::ClusterAction,
                O::DescribeConfigs,
                O::AlterConfigs,
                O::IdempotentWrite,
                O::Alter,
                O::Describe,
            ],
            ResourceType::TransactionalId => &[O::Describe, O::Write, O::TwoPhaseCommit],
            ResourceType::DelegationToken => &[O::Describe],
            ResourceType::User => &[O::CreateTokens, O::DescribeTokens],
            ResourceType::Unknown | ResourceType::Any => &[],
        }
    }
}

impl PatternType {
    /// Whether an entry can have it, and not only a filter.
    pub const fn is_specific(self) -> bool {
        matches!(self, PatternType::Literal | PatternType::Prefixed)
    }
}
