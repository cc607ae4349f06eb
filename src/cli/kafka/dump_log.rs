//! `kafka-dump-log.sh`: the text of `org.apache.kafka.tools.DumpLogSegments` 4.3.1, byte for byte.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use super::answer;
use super::java::hash_map_order;
use super::jopt::{Opt, Options, Type, parse};
use super::usage::{HELP, Stop, Streams, VERSION, help_or_version, require};
use crate::cli::dump_log::{lines, partition_of};
use crate::ops::dump::{
    Batch, Control, DECOMPRESSED_LIMIT, Decoder, DumpError, Entries, Filter, OffsetIndexFile, Plain, RecordView,
    TimeIndexFile, control_record, read_producer_snapshot, read_transaction_index,
};
use crate::wire::batch::{BatchError, ControlRecordType};

const STRING_DECODER: &str = "org.apache.kafka.tools.api.StringDecoder";

/// The options, as the table shows them.
pub const OPTIONS: &[Opt] = &[
    Opt::flag("cluster-metadata-decoder", "Read values as records of the metadata log."),
    Opt::flag("deep-iteration", "Show every record, not only the batches. Implied by --print-data-log."),
    Opt::required(
        "files",
        Type::String,
        "file1, file2, ...",
        "REQUIRED: The files to dump, separated by commas: .log, .checkpoint, .index, .timeindex, .txnindex and .snapshot.",
    ),
    HELP,
    Opt::flag(
        "index-sanity-check",
        "Only make the check on an index that the broker makes at start-up to decide whether to rebuild it.",
    ),
    Opt::optional(
        "key-decoder-class",
        Type::String,
        "",
        "How to read keys: the StringDecoder, LongDecoder or IntegerDecoder of org.apache.kafka.tools.api.",
    )
    .or(STRING_DECODER),
    Opt::required("max-bytes", Type::Integer, "size", "Read no more than this much of each log.").or("2147483647"),
    Opt::required(
        "max-message-size",
        Type::Integer,
        "size",
        "The most to read when an index entry is checked against its log.",
    )
    .or("5242880"),
    Opt::flag("offsets-decoder", "Read records as those of the __consumer_offsets topic."),
    Opt::flag("print-data-log", "Show keys and values. Implied by any decoder."),
    Opt::flag("remote-log-metadata-decoder", "Read values as metadata of tiered storage."),
    Opt::flag("share-group-state-decoder", "Read records as those of the __share_group_state topic."),
    Opt::flag("skip-record-metadata", "Show only keys and values of records, and no control records."),
    Opt::flag("transaction-log-decoder", "Read records as those of the __transaction_state topic."),
    Opt::optional("value-decoder-class", Type::String, "", "How to read values; see --key-decoder-class.")
        .or(STRING_DECODER),
    Opt::flag("verify-index-only", "Check an index against its log and show nothing but what is wrong."),
    VERSION,
];

const ABOUT: &str = "This tool helps to parse a log file and dump its contents to the console, useful for debugging a seemingly corrupt log segment.";

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let options = parse(OPTIONS, args).map_err(Stop::uncaught_option)?;
    help_or_version(&options, args.is_empty(), ABOUT, streams)?;
    require(&options, &["files"])?;
    let files = options.value("files").map_err(Stop::uncaught_option)?.unwrap_or_default();
    dump_files(files.trim_end_matches(',').split(','), &options, &Filter::default(), &mut |_| (), streams)
}

/// Dumps files one after another, of logs only what goes by `filter` (Kafka's tool has none), and then says what was
/// found wrong. `progress` hears how far into a log it is.
///
/// # Errors
/// How it stopped.
pub fn dump_files<'a>(
    files: impl Iterator<Item = &'a str>,
    options: &Options,
    filter: &Filter,
    progress: &mut dyn FnMut(u64),
    streams: &mut Streams<'_>,
) -> Result<(), Stop> {
    let mut findings = Findings::default();
    for file in files {
        writeln!(streams.out, "Dumping {file}")?;
        let name = file.rsplit('/').next().unwrap_or(file);
        let mut text = Vec::new();
        let done = match name.rsplit_once('.').map(|(_, suffix)| suffix) {
            Some("log" | "checkpoint") => {
                let how = LogOptions::read(options, filter, file)?;
                dump_log(file, name, &how, &mut findings, progress, streams.out)
            }
            Some("index") => dump_index(file, name, options, &mut findings, &mut text),
            Some("timeindex") => dump_time_index(file, name, options, &mut findings, &mut text),
            Some("snapshot") => dump_producer_snapshot(file, &mut Streams { out: &mut text, err: streams.err }),
            Some("txnindex") => dump_transaction_index(file, name, &mut text),
            _ => {
                streams.out.flush()?;
                answer::missing(format!("{file} is no file of a partition"));
                writeln!(streams.err, "Ignoring unknown file {file}")?;
                Ok(())
            }
        };
        if !text.is_empty() {
            answer::line(|| {
                let lines = String::from_utf8_lossy(&text);
                serde_json::json!({"kind": "file", "path": file, "lines": lines.lines().collect::<Vec<_>>()})
            });
            streams.out.write_all(&text)?;
        }
        done?;
    }
    streams.out.flush()?;
    findings.print(streams.err)
}

/// What the options say about `.log` files.
struct LogOptions<'a> {
    /// The folder that the file lies in.
    partition: String,
    deep: bool,
    contents: bool,
    metadata: bool,
    decoder: Decoder,
    max_bytes: i32,
    filter: &'a Filter,
}

impl LogOptions<'_> {
    fn read<'a>(options: &Options, filter: &'a Filter, file: &str) -> Result<LogOptions<'a>, Stop> {
        let chosen = |name: &str| options.has(name);
        let decoders = [
            "offsets-decoder",
            "transaction-log-decoder",
            "cluster-metadata-decoder",
            "remote-log-metadata-decoder",
            "share-group-state-decoder",
        ];
        let contents = chosen("print-data-log")
            || chosen("value-decoder-class")
            || chosen("key-decoder-class")
            || decoders.into_iter().any(chosen);
        let decoder = match decoders.into_iter().find(|name| options.has(name)) {
            Some("offsets-decoder") => Decoder::Offsets,
            Some("transaction-log-decoder") => Decoder::Transactions,
            Some("cluster-metadata-decoder") => Decoder::ClusterMetadata,
            Some("share-group-state-decoder") => Decoder::ShareGroupState,
            Some("remote-log-metadata-decoder") => Decoder::RemoteLogMetadata,
            _ => Decoder::Plain {
                key: plain(options, "key-decoder-class")?,
                value: plain(options, "value-decoder-class")?,
            },
        };
        let max_bytes = options.number("max-bytes").map_err(Stop::uncaught_option)?.unwrap_or(i32::MAX);
        Ok(LogOptions {
            partition: partition_of(Path::new(file)),
            deep: chosen("deep-iteration") || contents,
            contents,
            metadata: !chosen("skip-record-metadata"),
            decoder,
            max_bytes,
            filter,
        })
    }
}

fn plain(options: &Options, name: &str) -> Result<Plain, Stop> {
    let class = options.value(name).map_err(Stop::uncaught_option)?.unwrap_or(STRING_DECODER);
    match class.strip_prefix("org.apache.kafka.tools.api.") {
        Some("StringDecoder") => Ok(Plain::Text),
        Some("LongDecoder") => Ok(Plain::Long),
        Some("IntegerDecoder") => Ok(Plain::Integer),
        _ => Err(Stop::uncaught("java.lang.RuntimeException", "Failed to load decoder class")),
    }
}

/// A [`DumpError`] as the Java exception that leaves `main`.
fn uncaught(error: DumpError) -> Stop {
    match error {
        DumpError::Io { path, source } if source.kind() == std::io::ErrorKind::NotFound => {
            Stop::uncaught("java.nio.file.NoSuchFileException", path.display())
        }
        DumpError::Io { path, source } if source.kind() == std::io::ErrorKind::PermissionDenied => {
            Stop::uncaught("java.nio.file.AccessDeniedException", path.display())
        }
        DumpError::Io { .. } => Stop::uncaught("java.io.IOException", error),
        DumpError::RecordTooSmall { .. } => {
            Stop::uncaught("org.apache.kafka.common.errors.CorruptRecordException", error)
        }
        DumpError::Batch { source: BatchError::UnknownCodec(codec), .. } => {
            Stop::uncaught("java.lang.IllegalArgumentException", format!("Unknown compression type id: {codec}"))
        }
        DumpError::Batch { source, .. } => Stop::uncaught("org.apache.kafka.common.InvalidRecordException", source),
        DumpError::Corrupt(text) => {
            Stop::uncaught("org.apache.kafka.storage.internals.log.CorruptIndexException", text)
        }
    }
}

/// The base offset in a file's name.
fn base_offset(name: &str) -> Result<i64, Stop> {
    let stem = name.split('.').next().unwrap_or_default();
    stem.parse().map_err(|_| Stop::uncaught("java.lang.NumberFormatException", format!("For input string: \"{stem}\"")))
}

/// The file of another kind that belongs to the same segment.
fn beside(file: &str, name: &str, extension: &str) -> std::path::PathBuf {
    let path = std::path::absolute(file).unwrap_or_else(|_| file.into());
    path.with_file_name(format!("{}.{extension}", name.split('.').next().unwrap_or_default()))
}

fn absolute(file: &str) -> String {
    std::path::absolute(file).map_or_else(|_| file.to_owned(), |path| path.display().to_string())
}

fn dump_log(
    file: &str,
    name: &str,
    how: &LogOptions<'_>,
    findings: &mut Findings,
    progress: &mut dyn FnMut(u64),
    out: &mut dyn Write,
) -> Result<(), Stop> {
    if name.ends_with(".log") {
        writeln!(out, "Log starting offset: {}", base_offset(name)?)?;
    } else if name == "bootstrap.checkpoint" {
        writeln!(out, "KRaft bootstrap snapshot")?;
    } else {
        let ids = name.trim_end_matches(".checkpoint").split_once('-');
        let ids = ids.and_then(|(offset, epoch)| Some((offset.parse::<i64>().ok()?, epoch.parse::<i32>().ok()?)));
        let (offset, epoch) =
            ids.ok_or_else(|| Stop::uncaught("java.util.NoSuchElementException", "No value present"))?;
        writeln!(out, "Snapshot end offset: {offset}, epoch: {epoch}")?;
    }
    let mut entries = Entries::open(Path::new(file)).map_err(uncaught)?;
    let Ok(max_bytes) = u64::try_from(how.max_bytes) else {
        return Err(Stop::uncaught(
            "java.lang.IllegalArgumentException",
            format!("Invalid size: {} in read from {name}", how.max_bytes),
        ));
    };
    entries.window(0, max_bytes).map_err(uncaught)?;
    let mut last_offset = -1;
    let mut gaps = BTreeMap::new();
    let mut scratch = Vec::new();
    let result = loop {
        match entries.next_entry().map_err(uncaught) {
            Ok(Some((position, bytes))) => {
                progress(position);
                let done = dump_batch(position, bytes, how, &mut last_offset, &mut gaps, &mut scratch, out);
                if done.is_err() {
                    break done;
                }
            }
            Ok(None) => break Ok(()),
            Err(stop) => break Err(stop),
        }
    };
    if !gaps.is_empty() {
        findings.gaps.push((absolute(file), gaps));
    }
    result?;
    let trailing = entries.len() - entries.position();
    if trailing > 0 && how.max_bytes == i32::MAX {
        writeln!(out, "Found {trailing} invalid bytes at the end of {name}")?;
    }
    Ok(())
}

fn dump_batch(
    position: u64,
    bytes: &[u8],
    how: &LogOptions<'_>,
    last_offset: &mut i64,
    gaps: &mut BTreeMap<i64, i64>,
    scratch: &mut Vec<u8>,
    out: &mut dyn Write,
) -> Result<(), Stop> {
    let broken = |source| uncaught(DumpError::Batch { position, source });
    let batch = Batch::parse(bytes).map_err(broken)?;
    if !how.filter.may_hold(&batch) {
        *last_offset = batch.last_offset().0;
        return Ok(());
    }
    let mut shown = !how.filter.asks_records();
    if shown {
        answer::line(|| lines::batch_json(&how.partition, &batch, position));
        print_batch(&batch, position, out)?;
    }
    if !how.deep {
        return Ok(());
    }
    batch.each_record(scratch, DECOMPRESSED_LIMIT, broken, |record| {
        if record.offset.0 != *last_offset + 1 {
            gaps.insert(*last_offset, record.offset.0);
        }
        *last_offset = record.offset.0;
        if !how.filter.takes(&batch, &record) {
            return Ok(());
        }
        if !std::mem::replace(&mut shown, true) {
            answer::line(|| lines::batch_json(&how.partition, &batch, position));
            print_batch(&batch, position, out)?;
        }
        if answer::is_json() {
            let control = if batch.is_control() { Some(control_record(&record).map_err(broken)?) } else { None };
            let decoder = how.contents.then_some(how.decoder);
            let document = lines::record_json(&how.partition, &batch, &record, control, decoder);
            let document = document.map_err(|text| Stop::uncaught("java.lang.RuntimeException", text))?;
            answer::line(|| document);
        }
        print_record(&batch, &record, how, out)
    })
}

fn print_batch(batch: &Batch<'_>, position: u64, out: &mut dyn Write) -> Result<(), Stop> {
    match batch {
        Batch::V2 { header, .. } => {
            write!(
                out,
                "baseOffset: {} lastOffset: {} count: {} baseSequence: {} lastSequence: {} producerId: {} producerEpoch: {} partitionLeaderEpoch: {} isTransactional: {} isControl: {} deleteHorizonMs: {}",
                header.base_offset.0,
                header.last_offset().0,
                header.record_count,
                header.base_sequence.0,
                header.last_sequence().0,
                header.producer_id.0,
                header.producer_epoch.0,
                header.leader_epoch.0,
                header.is_transactional(),
                header.is_control(),
                optional_long(header.delete_horizon().map(|at| at.0)),
            )?;
        }
        Batch::Legacy(message) => write!(out, "offset: {}", message.offset.0)?,
    }
    let codec = batch.codec().map_err(|source| uncaught(DumpError::Batch { position, source }))?;
    writeln!(
        out,
        " position: {position} {}: {} size: {} magic: {} compresscodec: {} crc: {} isvalid: {}",
        batch.timestamp_kind().name(),
        batch.max_timestamp().0,
        batch.size_in_bytes(),
        batch.magic(),
        codec.name(),
        batch.crc(),
        batch.is_valid(),
    )?;
    Ok(())
}

fn optional_long(value: Option<i64>) -> String {
    value.map_or_else(|| "OptionalLong.empty".to_owned(), |value| format!("OptionalLong[{value}]"))
}

fn print_record(
    batch: &Batch<'_>,
    record: &RecordView<'_>,
    how: &LogOptions<'_>,
    out: &mut dyn Write,
) -> Result<(), Stop> {
    let size = |field: Option<&[u8]>| field.map_or(-1, |bytes| bytes.len() as i64);
    let mut prefix = "| ";
    if how.metadata {
        write!(
            out,
            "| offset: {} {}: {} keySize: {} valueSize: {}",
            record.offset.0,
            batch.timestamp_kind().name(),
            record.timestamp.0,
            size(record.key),
            size(record.value),
        )?;
        prefix = " ";
        match record.legacy {
            Some((is_valid, crc)) => write!(out, " isValid: {is_valid} crc: {crc}")?,
            None => {
                let names: Vec<_> = record.headers.map(|header| String::from_utf8_lossy(header.key)).collect();
                write!(out, " sequence: {} headerKeys: [{}]", record.sequence.0, names.join(","))?;
            }
        }
        if batch.is_control() {
            print_control(record, out)?;
        }
    }
    if how.contents && !batch.is_control() {
        let decoded = how.decoder.decode(record).map_err(|text| Stop::uncaught("java.lang.RuntimeException", text))?;
        if let Some(key) = decoded.key {
            write!(out, "{prefix}key: {key}")?;
            prefix = " ";
        }
        if let Some(payload) = decoded.payload {
            write!(out, "{prefix}payload: {payload}")?;
        }
    }
    writeln!(out)?;
    Ok(())
}

fn print_control(record: &RecordView<'_>, out: &mut dyn Write) -> Result<(), Stop> {
    let control = control_record(record).map_err(|source| uncaught(DumpError::Batch { position: 0, source }))?;
    match control {
        Control::EndTransaction(marker) => {
            let name = if marker.committed { "COMMIT" } else { "ABORT" };
            write!(out, " endTxnMarker: {name} coordinatorEpoch: {}", marker.coordinator_epoch)?;
        }
        Control::Quorum { name: "LeaderChange", body } => write!(out, " LeaderChange: {body}")?,
        Control::Quorum { name, body } => write!(out, " {name} {body}")?,
        Control::Unknown(id) => write!(out, " controlType: {}({id})", ControlRecordType::Unknown(id).name())?,
    }
    Ok(())
}

fn dump_index(
    file: &str,
    name: &str,
    options: &Options,
    findings: &mut Findings,
    out: &mut dyn Write,
) -> Result<(), Stop> {
    let max_message_size: i32 = options.number("max-message-size").map_err(Stop::uncaught_option)?.unwrap_or(5 << 20);
    let base = base_offset(name)?;
    let mut log = Entries::open(&beside(file, name, "log")).map_err(uncaught)?;
    let index = OffsetIndexFile::open(Path::new(file), base).map_err(uncaught)?;
    if index.entries.is_empty() {
        writeln!(out, "{file} is empty.")?;
        return Ok(());
    }
    if options.has("index-sanity-check") {
        index.sanity_check().map_err(uncaught)?;
        writeln!(out, "{file} passed sanity check.")?;
        return Ok(());
    }
    let mut mismatches = BTreeMap::new();
    let result = (|| {
        for (number, entry) in index.entries.iter().enumerate() {
            // An unclean stop leaves the zeroes of a preallocated file behind.
            if entry.offset == base && number > 0 {
                break;
            }
            log.window(entry.position.max(0) as u64, max_message_size.max(0) as u64).map_err(uncaught)?;
            let Some((position, bytes)) = log.next_entry().map_err(uncaught)? else {
                return Err(Stop::uncaught(
                    "java.util.NoSuchElementException",
                    "no batch at the index entry's position",
                ));
            };
            let batch = Batch::parse(bytes).map_err(|source| uncaught(DumpError::Batch { position, source }))?;
            let found = batch.last_offset().0;
            if found != entry.offset {
                mismatches.insert(entry.offset, found);
            }
            if !options.has("verify-index-only") {
                writeln!(out, "offset: {} position: {}", entry.offset, entry.position)?;
            }
        }
        Ok(())
    })();
    if !mismatches.is_empty() {
        findings.index_mismatches.push((absolute(file), mismatches));
    }
    result
}

fn dump_time_index(
    file: &str,
    name: &str,
    options: &Options,
    findings: &mut Findings,
    out: &mut dyn Write,
) -> Result<(), Stop> {
    let base = base_offset(name)?;
    let mut log = Entries::open(&beside(file, name, "log")).map_err(uncaught)?;
    let index = OffsetIndexFile::open(&beside(file, name, "index"), base).map_err(uncaught)?;
    let times = TimeIndexFile::open(Path::new(file), base).map_err(uncaught)?;
    if options.has("index-sanity-check") {
        times.sanity_check().map_err(uncaught)?;
        writeln!(out, "{file} passed sanity check.")?;
        return Ok(());
    }
    let mut found = TimeFindings::default();
    let mut previous = -1;
    let mut scratch = Vec::new();
    for (number, entry) in times.entries.iter().enumerate() {
        if entry.offset == base && number > 0 {
            break;
        }
        log.window(index.lookup(entry.offset), u64::MAX).map_err(uncaught)?;
        let mut holder = None;
        while let Some((position, bytes)) = log.next_entry().map_err(uncaught)? {
            let broken = |source| uncaught(DumpError::Batch { position, source });
            let batch = Batch::parse(bytes).map_err(broken)?;
            if batch.last_offset().0 < entry.offset {
                continue;
            }
            let mut newest = -1;
            if batch.last_offset().0 == entry.offset {
                batch.each_record(&mut scratch, DECOMPRESSED_LIMIT, broken, |record| {
                    newest = newest.max(record.timestamp.0);
                    Ok::<(), Stop>(())
                })?;
            }
            holder = Some((batch.last_offset().0, newest));
            break;
        }
        match holder {
            Some((offset, newest)) if offset == entry.offset => {
                if newest != entry.timestamp {
                    found.mismatches.push((entry.timestamp, newest));
                }
                if previous >= entry.timestamp {
                    found.out_of_order.push((entry.timestamp, previous));
                }
            }
            other => found.missing.push((entry.offset, other.map_or(-1, |(offset, _)| offset))),
        }
        if !options.has("verify-index-only") {
            writeln!(out, "timestamp: {} offset: {}", entry.timestamp, entry.offset)?;
        }
        previous = entry.timestamp;
    }
    if !found.is_empty() {
        findings.times.push((absolute(file), found));
    }
    Ok(())
}

fn dump_producer_snapshot(file: &str, streams: &mut Streams<'_>) -> Result<(), Stop> {
    let entries = match read_producer_snapshot(Path::new(file)) {
        Ok(entries) => entries,
        Err(DumpError::Corrupt(text)) => {
            streams.out.flush()?;
            writeln!(streams.err, "{text}")?;
            return Ok(());
        }
        Err(error) => return Err(uncaught(error)),
    };
    for entry in entries {
        write!(
            streams.out,
            "producerId: {} producerEpoch: {} coordinatorEpoch: {} currentTxnFirstOffset: {} lastTimestamp: {}",
            entry.producer_id.0,
            entry.producer_epoch.0,
            entry.coordinator_epoch,
            optional_long(Some(entry.txn_first_offset.0).filter(|&offset| offset >= 0)),
            entry.timestamp.0,
        )?;
        if entry.last_offset.0 >= 0 {
            // Sequence numbers wrap from the largest int to 0.
            let first = i64::from(entry.last_sequence.0) - i64::from(entry.offset_delta);
            let first = if first < 0 { first + (1 << 31) } else { first };
            write!(
                streams.out,
                " firstSequence: {first} lastSequence: {} lastOffset: {} offsetDelta: {} timestamp: {}",
                entry.last_sequence.0, entry.last_offset.0, entry.offset_delta, entry.timestamp.0,
            )?;
        }
        writeln!(streams.out)?;
    }
    Ok(())
}

fn dump_transaction_index(file: &str, name: &str, out: &mut dyn Write) -> Result<(), Stop> {
    base_offset(name)?;
    for aborted in read_transaction_index(Path::new(file)).map_err(uncaught)? {
        writeln!(
            out,
            "version: 0 producerId: {} firstOffset: {} lastOffset: {} lastStableOffset: {}",
            aborted.producer_id.0, aborted.first_offset.0, aborted.last_offset.0, aborted.last_stable_offset.0,
        )?;
    }
    Ok(())
}

/// What is wrong, said on stderr when everything is dumped.
#[derive(Default)]
struct Findings {
    index_mismatches: Vec<(String, BTreeMap<i64, i64>)>,
    times: Vec<(String, TimeFindings)>,
    gaps: Vec<(String, BTreeMap<i64, i64>)>,
}

#[derive(Default)]
struct TimeFindings {
    mismatches: Vec<(i64, i64)>,
    out_of_order: Vec<(i64, i64)>,
    missing: Vec<(i64, i64)>,
}

impl TimeFindings {
    const fn is_empty(&self) -> bool {
        self.mismatches.is_empty() && self.out_of_order.is_empty() && self.missing.is_empty()
    }
}

impl Findings {
    fn print(&mut self, err: &mut dyn Write) -> Result<(), Stop> {
        hash_map_order(&mut self.index_mismatches, |(file, _)| file);
        hash_map_order(&mut self.times, |(file, _)| file);
        hash_map_order(&mut self.gaps, |(file, _)| file);
        let index = self.index_mismatches.first().map(|(file, _)| file);
        if let Some(file) = index.or(self.times.iter().find(|(_, found)| !found.is_empty()).map(|(file, _)| file)) {
            answer::fails(format!("{file} does not agree with its log"));
        }
        for (file, mismatches) in &self.index_mismatches {
            writeln!(err, "Mismatches in :{file}")?;
            for (index, log) in mismatches.iter().rev() {
                writeln!(err, "  Index offset: {index}, log offset: {log}")?;
            }
        }
        for (file, found) in self.times.iter().filter(|(_, found)| !found.mismatches.is_empty()) {
            writeln!(err, "Found timestamp mismatch in :{file}")?;
            for (index, log) in &found.mismatches {
                writeln!(err, "  Index timestamp: {index}, log timestamp: {log}")?;
            }
        }
        for (file, found) in self.times.iter().filter(|(_, found)| !found.out_of_order.is_empty()) {
            writeln!(err, "Found out of order timestamp in :{file}")?;
            for (index, previous) in &found.out_of_order {
                writeln!(err, "  Index timestamp: {index}, Previously indexed timestamp: {previous}")?;
            }
        }
        for (file, found) in self.times.iter().filter(|(_, found)| !found.missing.is_empty()) {
            writeln!(err, "The following indexed offsets are not found in :{file}")?;
            for (indexed, log) in &found.missing {
                writeln!(err, "Indexed offset: {indexed}, found log offset: {log}")?;
            }
        }
        for (file, gaps) in &self.gaps {
            writeln!(err, "Non-consecutive offsets in {file}")?;
            for (first, second) in gaps {
                writeln!(err, "  {first} is followed by {second}")?;
            }
        }
        Ok(())
    }
}
