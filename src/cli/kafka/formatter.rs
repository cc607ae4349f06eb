//! How the console consumer prints a record (`DefaultMessageFormatter` and its siblings).

use std::io::{self, Write};

use super::cluster::{Settings, settings_of};
use super::jopt::Options;
use super::usage::{Stop, Streams, key_values};
use crate::ops::dump::{CoordinatorRecord, CoordinatorTopic, GROUP_METADATA, Unreadable, jackson};
use crate::wire::batch::{Record, TimestampType};

const PACKAGE: &str = "org.apache.kafka.tools.consumer.";
const SERIALIZATION: &str = "org.apache.kafka.common.serialization.";

/// What to print, and between what.
#[derive(Clone, Debug)]
pub struct Formatter {
    form: Form,
    timestamp: bool,
    partition: bool,
    offset: bool,
    delivery: bool,
    epoch: bool,
    headers: bool,
    key: bool,
    value: bool,
    key_separator: Vec<u8>,
    line_separator: Vec<u8>,
    headers_separator: Vec<u8>,
    null_literal: Vec<u8>,
    key_reader: Reader,
    value_reader: Reader,
    headers_reader: Reader,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Default,
    Nothing,
    /// The records of a coordinator's topic as JSON, those of some kinds alone.
    Coordinator(CoordinatorTopic, Kinds),
}

/// Which records of a coordinator's topic are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kinds {
    All,
    Commits,
    ClassicGroups,
    ShareGroups,
}

impl Kinds {
    const fn has(self, ty: i16) -> bool {
        match self {
            Kinds::All => true,
            Kinds::Commits => matches!(ty, 0 | 1),
            Kinds::ClassicGroups => ty == GROUP_METADATA,
            Kinds::ShareGroups => matches!(ty, 10..=15),
        }
    }
}

/// The forms by the names of their classes. The names that they had before 4.0 (`kafka.coordinator.…`) are gone.
fn form_named(class: &str) -> Option<Form> {
    let topic = |topic, kinds| Some(Form::Coordinator(topic, kinds));
    match class.strip_prefix(PACKAGE)? {
        "DefaultMessageFormatter" => Some(Form::Default),
        // What the logging one writes is below the level that the tools show.
        "LoggingMessageFormatter" | "NoOpMessageFormatter" => Some(Form::Nothing),
        "OffsetsMessageFormatter" => topic(CoordinatorTopic::Offsets, Kinds::Commits),
        "GroupMetadataMessageFormatter" => topic(CoordinatorTopic::Offsets, Kinds::ClassicGroups),
        "ShareGroupMessageFormatter" => topic(CoordinatorTopic::Offsets, Kinds::ShareGroups),
        "TransactionLogMessageFormatter" => topic(CoordinatorTopic::Transactions, Kinds::All),
        "group.share.ShareGroupStateMessageFormatter" => topic(CoordinatorTopic::ShareState, Kinds::All),
        _ => None,
    }
}

/// A record of a coordinator's topic, without an end of line, as Kafka's formatters leave it.
fn write_coordinator(
    topic: CoordinatorTopic,
    kinds: Kinds,
    record: &Record<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let Some(key) = record.key else { return Ok(()) };
    match CoordinatorRecord::read(topic, key, record.value, false) {
        Ok(read) if kinds.has(read.ty) => out.write_all(jackson(&read.to_json()).as_bytes()),
        Ok(_) | Err(Unreadable::UnknownType(_)) => Ok(()),
        Err(Unreadable::Broken(why)) => {
            let text = format!("Could not read record at offset {} due to: {why}", record.offset.0);
            Err(io::Error::new(io::ErrorKind::InvalidData, text))
        }
    }
}

/// A deserializer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reader {
    /// Bytes as they are.
    Raw,
    Integer,
    Long,
    Short,
    Float,
    Double,
    Uuid,
}

impl Reader {
    fn named(class: &str) -> Result<Reader, String> {
        match class.strip_prefix(SERIALIZATION) {
            Some("StringDeserializer" | "ByteArrayDeserializer" | "BytesDeserializer" | "ByteBufferDeserializer") => {
                Ok(Reader::Raw)
            }
            Some("IntegerDeserializer") => Ok(Reader::Integer),
            Some("LongDeserializer") => Ok(Reader::Long),
            Some("ShortDeserializer") => Ok(Reader::Short),
            Some("FloatDeserializer") => Ok(Reader::Float),
            Some("DoubleDeserializer") => Ok(Reader::Double),
            Some("UUIDDeserializer") => Ok(Reader::Uuid),
            _ => Err(class.to_owned()),
        }
    }

    fn write(self, bytes: &[u8], out: &mut dyn Write) -> io::Result<()> {
        let wrong = |size: usize| {
            let text = format!("Size of data received by {self:?}Deserializer is not {size}");
            io::Error::new(io::ErrorKind::InvalidData, text)
        };
        match self {
            Reader::Raw => out.write_all(bytes),
            Reader::Integer => write!(out, "{}", i32::from_be_bytes(bytes.try_into().map_err(|_| wrong(4))?)),
            Reader::Long => write!(out, "{}", i64::from_be_bytes(bytes.try_into().map_err(|_| wrong(8))?)),
            Reader::Short => write!(out, "{}", i16::from_be_bytes(bytes.try_into().map_err(|_| wrong(2))?)),
            Reader::Float => write!(out, "{:?}", f32::from_be_bytes(bytes.try_into().map_err(|_| wrong(4))?)),
            Reader::Double => write!(out, "{:?}", f64::from_be_bytes(bytes.try_into().map_err(|_| wrong(8))?)),
            Reader::Uuid => out.write_all(bytes),
        }
    }
}

impl Formatter {
    /// Takes `--formatter` and the settings that go with it.
    ///
    /// # Errors
    /// A usage error for a class or setting that is not known.
    pub fn read(options: &Options, streams: &mut Streams<'_>) -> Result<Formatter, Stop> {
        let value = |name| options.value(name).map_err(Stop::uncaught_option);
        let class = value("formatter")?.unwrap_or_default();
        let form = form_named(class).ok_or_else(|| Stop::Usage(class.to_owned()))?;
        if options.has("formatter-property") && options.has("property") {
            return Err(Stop::Usage(
                "Options --property and --formatter-property cannot be specified together.".to_owned(),
            ));
        }
        let name = if options.has("property") {
            writeln!(
                streams.out,
                "Option --property is deprecated and will be removed in a future version. Use --formatter-property instead."
            )?;
            "property"
        } else {
            "formatter-property"
        };
        let mut settings = match value("formatter-config")? {
            Some(file) => settings_of(file).map_err(|failure| Stop::Usage(failure.message))?,
            None => Settings::new(),
        };
        for side in ["key", "value"] {
            let option = if side == "key" { "key-deserializer" } else { "value-deserializer" };
            if let Some(class) = value(option)?.filter(|class| !class.is_empty()) {
                settings.insert(format!("{side}.deserializer"), class.to_owned());
            }
        }
        for (key, value) in key_values(&options.values(name)).map_err(Stop::Usage)? {
            settings.insert(key, value);
        }
        Formatter::with(form, &settings).map_err(Stop::Usage)
    }

    fn with(form: Form, settings: &Settings) -> Result<Formatter, String> {
        let flag =
            |key, otherwise| settings.get(key).map_or(otherwise, |text| text.trim().eq_ignore_ascii_case("true"));
        let text = |key: &str, otherwise: &str| settings.get(key).map_or(otherwise, String::as_str).as_bytes().to_vec();
        let reader = |key: &str| settings.get(key).map_or(Ok(Reader::Raw), |class| Reader::named(class));
        Ok(Formatter {
            form,
            timestamp: flag("print.timestamp", false),
            partition: flag("print.partition", false),
            offset: flag("print.offset", false),
            delivery: flag("print.delivery", false),
            epoch: flag("print.epoch", false),
            headers: flag("print.headers", false),
            key: flag("print.key", false),
            value: flag("print.value", true),
            key_separator: text("key.separator", "\t"),
            line_separator: text("line.separator", "\n"),
            headers_separator: text("headers.separator", ","),
            null_literal: text("null.literal", "null"),
            key_reader: reader("key.deserializer")?,
            value_reader: reader("value.deserializer")?,
            headers_reader: reader("headers.deserializer")?,
        })
    }

    /// Prints one record.
    ///
    /// # Errors
    /// The stream's, or [`io::ErrorKind::InvalidData`] for bytes that the deserializer does not take.
    pub fn write(
        &self,
        partition: i32,
        times: TimestampType,
        record: &Record<'_>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        self.write_delivered(partition, times, record, None, out)
    }

    /// Prints one record that was handed out so many times.
    ///
    /// # Errors
    /// As [`Formatter::write`].
    pub fn write_delivered(
        &self,
        partition: i32,
        times: TimestampType,
        record: &Record<'_>,
        delivery_count: Option<i16>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        match self.form {
            Form::Nothing => Ok(()),
            Form::Coordinator(topic, kinds) => write_coordinator(topic, kinds, record, out),
            Form::Default => self.write_default(partition, times, record, delivery_count, out),
        }
    }

    fn write_default(
        &self,
        partition: i32,
        times: TimestampType,
        record: &Record<'_>,
        delivery_count: Option<i16>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut first = true;
        let mut between = |out: &mut dyn Write| {
            if std::mem::take(&mut first) { Ok(()) } else { out.write_all(&self.key_separator) }
        };
        if self.timestamp {
            between(out)?;
            match (record.timestamp.0, times) {
                (-1, _) => write!(out, "NO_TIMESTAMP")?,
                (at, TimestampType::CreateTime) => write!(out, "CreateTime:{at}")?,
                (at, TimestampType::LogAppendTime) => write!(out, "LogAppendTime:{at}")?,
            }
        }
        if self.partition {
            between(out)?;
            write!(out, "Partition:{partition}")?;
        }
        if self.offset {
            between(out)?;
            write!(out, "Offset:{}", record.offset.0)?;
        }
        if self.delivery {
            between(out)?;
            match delivery_count {
                Some(count) => write!(out, "Delivery:{count}")?,
                None => write!(out, "Delivery:NOT_PRESENT")?,
            }
        }
        if self.epoch {
            between(out)?;
            write!(out, "Epoch:NOT_PRESENT")?;
        }
        if self.headers {
            between(out)?;
            if record.headers.is_empty() {
                write!(out, "NO_HEADERS")?;
            }
            for (at, header) in record.headers.enumerate() {
                if at > 0 {
                    out.write_all(&self.headers_separator)?;
                }
                out.write_all(header.key)?;
                write!(out, ":")?;
                self.field(self.headers_reader, header.value, out)?;
            }
        }
        if self.key {
            between(out)?;
            self.field(self.key_reader, record.key, out)?;
        }
        if self.value {
            between(out)?;
            self.field(self.value_reader, record.value, out)?;
            out.write_all(&self.line_separator)?;
        } else if !first {
            out.write_all(&self.line_separator)?;
        }
        Ok(())
    }

    fn field(&self, reader: Reader, bytes: Option<&[u8]>, out: &mut dyn Write) -> io::Result<()> {
        match bytes {
            Some(bytes) => reader.write(bytes, out),
            None => out.write_all(&self.null_literal),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Offset, TimestampMs};
    use crate::wire::batch::Headers;

    fn printed(pairs: &[(&str, &str)], key: Option<&[u8]>, value: Option<&[u8]>) -> String {
        let mut settings = Settings::new();
        pairs.iter().for_each(|(key, value)| drop(settings.insert((*key).to_owned(), (*value).to_owned())));
        let formatter = Formatter::with(Form::Default, &settings).unwrap();
        let record = Record {
            offset: Offset(12),
            timestamp: TimestampMs(1_739_569_505_569),
            offset_delta: 0,
            attributes: 0,
            key,
            value,
            headers: Headers::default(),
            size_in_bytes: 0,
        };
        let mut out = Vec::new();
        formatter.write(3, TimestampType::CreateTime, &record, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_value_alone_is_the_default() {
        assert_eq!(printed(&[], Some(b"k"), Some(b"v")), "v\n");
        assert_eq!(printed(&[], None, None), "null\n");
    }

    #[test]
    fn every_part_stands_in_its_place() {
        let all = ["timestamp", "partition", "offset", "delivery", "epoch", "headers", "key"];
        let names: Vec<String> = all.iter().map(|part| format!("print.{part}")).collect();
        let pairs: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "true")).collect();
        assert_eq!(
            printed(&pairs, Some(b"k"), Some(b"v")),
            "CreateTime:1739569505569\tPartition:3\tOffset:12\tDelivery:NOT_PRESENT\tEpoch:NOT_PRESENT\tNO_HEADERS\tk\tv\n"
        );
    }

    #[test]
    fn without_the_value_the_last_part_ends_the_line() {
        assert_eq!(printed(&[("print.key", "true"), ("print.value", "false")], Some(b"k"), Some(b"v")), "k\n");
        assert_eq!(printed(&[("print.value", "false")], Some(b"k"), Some(b"v")), "");
    }

    #[test]
    fn numbers_are_read_and_a_wrong_size_is_told() {
        let long = "org.apache.kafka.common.serialization.LongDeserializer";
        assert_eq!(printed(&[("value.deserializer", long)], None, Some(&[0, 0, 0, 0, 0, 0, 1, 0])), "256\n");
        let error = Reader::Long.write(b"x", &mut Vec::new()).unwrap_err();
        assert_eq!(error.to_string(), "Size of data received by LongDeserializer is not 8");
    }

    #[test]
    fn commits_are_shown_as_json_without_an_end_of_line_and_other_records_not_at_all() {
        use crate::wire::records::offsets::{OffsetCommitKey, OffsetCommitValue};
        use crate::wire::schema::Message as _;
        let mut key = vec![0, 1];
        key.extend(OffsetCommitKey { group: "g".into(), topic: "t".into(), partition: 3 }.to_bytes(0));
        let mut value = vec![0, 3];
        value.extend(OffsetCommitValue { offset: 7, commit_timestamp: 9, ..Default::default() }.to_bytes(3));
        let shown = |class: &str, value: Option<&[u8]>| {
            let form = form_named(&format!("{PACKAGE}{class}")).unwrap();
            let formatter = Formatter::with(form, &Settings::new()).unwrap();
            let record = Record {
                offset: Offset(12),
                timestamp: TimestampMs(1),
                offset_delta: 0,
                attributes: 0,
                key: Some(&key),
                value,
                headers: Headers::default(),
                size_in_bytes: 0,
            };
            let mut out = Vec::new();
            formatter.write(3, TimestampType::CreateTime, &record, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        let commits = "OffsetsMessageFormatter";
        let data = r#"{"type":1,"data":{"group":"g","topic":"t","partition":3}}"#;
        assert_eq!(
            shown(commits, Some(&value)),
            format!(
                r#"{{"key":{data},"value":{{"version":3,"data":{{"offset":7,"leaderEpoch":-1,"metadata":"","commitTimestamp":9}}}}}}"#
            )
        );
        assert_eq!(shown(commits, None), format!(r#"{{"key":{data},"value":null}}"#));
        assert_eq!(shown("GroupMetadataMessageFormatter", Some(&value)), "");
        assert_eq!(form_named("kafka.coordinator.group.GroupMetadataManager$OffsetsMessageFormatter"), None);
    }
}
