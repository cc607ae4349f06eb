//! One row of the table, and the small vocabulary that rows are written in.

/// The type of a setting's value; the number is the one DescribeConfigs sends (`ConfigType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Type {
    Boolean = 1,
    String = 2,
    Int = 3,
    Short = 4,
    Long = 5,
    Double = 6,
    List = 7,
    Class = 8,
    Password = 9,
}

impl Type {
    /// The name as Kafka's messages write it.
    pub const fn name(self) -> &'static str {
        match self {
            Type::Boolean => "BOOLEAN",
            Type::String => "STRING",
            Type::Int => "INT",
            Type::Short => "SHORT",
            Type::Long => "LONG",
            Type::Double => "DOUBLE",
            Type::List => "LIST",
            Type::Class => "CLASS",
            Type::Password => "PASSWORD",
        }
    }
}

/// How much an operator should care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Importance {
    High,
    Medium,
    Low,
}

/// What a setting belongs to. Names are unique within a scope only: `min.insync.replicas` is a broker's and a topic's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// A node.
    Broker,
    /// A topic.
    Topic,
    /// A group of any protocol.
    Group,
    /// A subscription to client metrics (KIP-714).
    ClientMetrics,
}

/// How a broker's setting may change while the broker runs (`dynamicConfigUpdateModes`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// Only by a restart.
    ReadOnly,
    /// For one broker at a time.
    PerBroker,
    /// For one broker, or for all as a cluster-wide default.
    ClusterWide,
}

/// The values that are legal beyond the type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Valid {
    /// Every value of the type.
    Any,
    /// Whole numbers from here up.
    AtLeast(i64),
    /// Whole numbers in a range, both ends included.
    Range(i64, i64),
    /// Numbers in a range, both ends included.
    Fraction(f64, f64),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// One of these words, in any case.
    OneOfIgnoringCase(&'static [&'static str]),
    /// A list of these words; no words means any.
    Items(&'static [&'static str]),
    /// A text, or a list, that is not empty; the words are as in [`Valid::Items`].
    NonEmpty(&'static [&'static str]),
    /// A gzip level: 1 to 9, or -1.
    GzipLevel,
    /// `*`, or `partition:broker` pairs.
    ThrottledReplicas,
    /// `earliest`, `latest`, or `by_duration:` and an ISO 8601 duration that is not negative.
    OffsetReset,
}

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The name, as in `server.properties`.
    pub name: &'static str,
    /// The type of the value.
    pub kind: Type,
    /// Kafka's default as text; `None` is Java's null.
    pub default: Option<&'static str>,
    /// Kafka has no default and asks for a value; logbus' standalone layer gives one.
    pub required: bool,
    /// Legal values.
    pub valid: Valid,
    /// How much it matters.
    pub importance: Importance,
    /// How a broker's setting may change.
    pub update: Update,
    /// Hidden from DescribeConfigs unless set.
    pub internal: bool,
    /// The broker's setting that this topic's or group's setting falls back to.
    pub synonym: Option<&'static str>,
    /// Accepted, described and without effect: it speaks of the JVM, or of what logbus leaves out.
    pub ignored: bool,
    /// One sentence for people.
    pub doc: &'static str,
}

impl Setting {
    /// Whether values must never be shown.
    pub const fn is_sensitive(&self) -> bool {
        matches!(self.kind, Type::Password)
    }

    /// Whether a broker's setting needs a restart.
    pub const fn is_read_only(&self) -> bool {
        matches!(self.update, Update::ReadOnly)
    }
}

const fn setting(kind: Type, name: &'static str) -> Setting {
    Setting {
        name,
        kind,
        default: None,
        required: false,
        valid: Valid::Any,
        importance: Importance::Medium,
        update: Update::ReadOnly,
        internal: false,
        synonym: None,
        ignored: false,
        doc: "",
    }
}

macro_rules! types {
    ($($word:ident => $kind:ident),* $(,)?) => {
        $(pub(super) const fn $word(name: &'static str) -> Setting {
            setting(Type::$kind, name)
        })*
    };
}

types! {
    boolean => Boolean, string => String, int => Int, short => Short, long => Long, double => Double, list => List,
    class => Class, password => Password,
}

/// The words of a row. Unsaid: no default, any value, medium importance, read-only.
impl Setting {
    pub(super) const fn default(mut self, text: &'static str) -> Setting {
        self.default = Some(text);
        self
    }

    pub(super) const fn required(mut self) -> Setting {
        self.required = true;
        self
    }

    pub(super) const fn at_least(mut self, least: i64) -> Setting {
        self.valid = Valid::AtLeast(least);
        self
    }

    pub(super) const fn range(mut self, least: i64, most: i64) -> Setting {
        self.valid = Valid::Range(least, most);
        self
    }

    pub(super) const fn fraction(mut self, least: f64, most: f64) -> Setting {
        self.valid = Valid::Fraction(least, most);
        self
    }

    pub(super) const fn one_of(mut self, words: &'static [&'static str]) -> Setting {
        self.valid = Valid::OneOf(words);
        self
    }

    pub(super) const fn one_of_ignoring_case(mut self, words: &'static [&'static str]) -> Setting {
        self.valid = Valid::OneOfIgnoringCase(words);
        self
    }

    pub(super) const fn items(mut self, words: &'static [&'static str]) -> Setting {
        self.valid = Valid::Items(words);
        self
    }

    pub(super) const fn non_empty(mut self) -> Setting {
        self.valid = match self.valid {
            Valid::Items(words) => Valid::NonEmpty(words),
            _ => Valid::NonEmpty(&[]),
        };
        self
    }

    pub(super) const fn gzip_level(mut self) -> Setting {
        self.valid = Valid::GzipLevel;
        self
    }

    pub(super) const fn throttled_replicas(mut self) -> Setting {
        self.valid = Valid::ThrottledReplicas;
        self
    }

    pub(super) const fn offset_reset(mut self) -> Setting {
        self.valid = Valid::OffsetReset;
        self
    }

    pub(super) const fn high(mut self) -> Setting {
        self.importance = Importance::High;
        self
    }

    pub(super) const fn low(mut self) -> Setting {
        self.importance = Importance::Low;
        self
    }

    pub(super) const fn per_broker(mut self) -> Setting {
        self.update = Update::PerBroker;
        self
    }

    pub(super) const fn cluster_wide(mut self) -> Setting {
        self.update = Update::ClusterWide;
        self
    }

    pub(super) const fn internal(mut self) -> Setting {
        self.internal = true;
        self
    }

    pub(super) const fn synonym(mut self, name: &'static str) -> Setting {
        self.synonym = Some(name);
        self
    }

    pub(super) const fn ignored(mut self) -> Setting {
        self.ignored = true;
        self
    }

    pub(super) const fn doc(mut self, sentence: &'static str) -> Setting {
        self.doc = sentence;
        self
    }
}
