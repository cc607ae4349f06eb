//! What the command line of `kafka-producer-perf-test` asks for, once it has been judged.

use std::path::Path;

use super::argparse::{Namespace, Refused, double};
use super::cluster::load;
use super::random::SplittableRandom;
use super::usage::{Stop, Streams};
use crate::client::Properties;
use crate::model::Uuid;

/// How long a transaction lasts where nothing else is said, in milliseconds.
const TRANSACTION_MS: i64 = 3_000;

/// A run to be.
#[derive(Debug)]
pub struct Plan {
    /// The topic.
    pub topic: String,
    /// Records in all.
    pub records: i64,
    /// Records that are counted as warm-up.
    pub warmup: i64,
    /// Records a second; negative for as fast as it goes.
    pub throughput: f64,
    /// Milliseconds between two lines.
    pub interval: i64,
    /// Settings of the producer.
    pub properties: Properties,
    /// The values to send.
    pub payload: Payload,
    /// How long a transaction lasts, in milliseconds, if records are sent in transactions.
    pub transaction: Option<i64>,
    /// Whether metrics are asked for.
    pub print_metrics: bool,
}

impl Plan {
    /// Judges values and combinations, in Kafka's order.
    ///
    /// # Errors
    /// The message for stderr.
    pub fn check(options: &Namespace) -> Result<(), Refused> {
        let number = |flag: &str| options.number::<i64>(flag);
        let positive = |flag: &str| number(flag).is_none_or(|n| n > 0);
        let has = |flag: &str| options.has(flag);
        let sources =
            ["--bootstrap-server", "--command-property", "--producer-props", "--producer.config", "--command-config"];
        let wrong = if !positive("--num-records") {
            "--num-records should be greater than zero."
        } else if number("--warmup-records") >= number("--num-records") {
            "The value for --warmup-records must be strictly fewer than the number of records in the test, --num-records."
        } else if !positive("--record-size") {
            "--record-size should be greater than zero."
        } else if !sources.into_iter().any(has) {
            "At least one of --bootstrap-server, --command-property, --producer-props, --producer.config or --command-config must be specified."
        } else if has("--command-property") && has("--producer-props") {
            "--command-property and --producer-props cannot be specified together."
        } else if has("--command-config") && has("--producer.config") {
            "--command-config and --producer.config cannot be specified together."
        } else if !positive("--transaction-duration-ms") {
            "--transaction-duration-ms should be greater than zero."
        } else if !positive("--reporting-interval") {
            "--reporting-interval should be greater than zero."
        } else {
            return Ok(());
        };
        Err(Refused::Error(wrong.to_owned(), None))
    }

    /// Reads the files that are named, and says what Kafka's tool says while it does so.
    ///
    /// # Errors
    /// A file or setting that is none.
    pub fn read(options: &Namespace, streams: &mut Streams<'_>) -> Result<Plan, Stop> {
        let payload = match (options.value("--payload-file"), options.number::<usize>("--record-size")) {
            (Some(file), _) => Payload::read(file, options.value("--payload-delimiter").unwrap_or("\\n"), streams)?,
            (None, Some(size)) => Payload::Random(vec![0; size], SplittableRandom::new(0)),
            (None, None) => Payload::Monotonic(String::new()),
        };
        let mut renamed = |old: &'static str, new: &'static str| -> Result<&'static str, Stop> {
            if !options.has(old) {
                return Ok(new);
            }
            writeln!(
                streams.out,
                "Option {old} has been deprecated and will be removed in a future version. Use {new} instead."
            )?;
            Ok(old)
        };
        let pairs = renamed("--producer-props", "--command-property")?;
        let file = renamed("--producer.config", "--command-config")?;
        let mut properties = properties(options, pairs, file)?;
        let duration: Option<i64> = options.number("--transaction-duration-ms");
        if let Some(id) = options.value("--transactional-id") {
            properties.set("transactional.id", id);
        }
        if duration.is_some() && properties.get("transactional.id").is_none() {
            properties
                .set("transactional.id", format!("performance-producer-{}", Uuid(uuid::Uuid::new_v4().as_u128())));
        }
        let transaction = properties.get("transactional.id").map(|_| duration.unwrap_or(TRANSACTION_MS));
        Ok(Plan {
            topic: options.value("--topic").unwrap_or_default().to_owned(),
            records: options.number("--num-records").unwrap_or(1),
            warmup: options.number("--warmup-records").unwrap_or(0).max(0),
            throughput: options.value("--throughput").and_then(double).unwrap_or(-1.0),
            interval: options.number("--reporting-interval").unwrap_or(5_000),
            properties,
            payload,
            transaction,
            print_metrics: options.has("--print-metrics"),
        })
    }
}

fn properties(options: &Namespace, pairs: &str, file: &str) -> Result<Properties, Stop> {
    let mut properties = match options.value(file) {
        Some(path) => load(path).map_err(|failure| Stop::uncaught(&failure.exception, failure.message))?,
        None => Properties::default(),
    };
    for pair in options.words(pairs).unwrap_or_default() {
        // As Java's `split` counts: blanks at the end are no piece.
        match pair.trim_end_matches('=').split('=').collect::<Vec<_>>()[..] {
            [key, value] => properties.set(key, value),
            _ => {
                let text = format!("Invalid property: {pair}");
                return Err(Stop::uncaught("java.lang.IllegalArgumentException", text));
            }
        }
    }
    if properties.get("client.id").is_none() {
        properties.set("client.id", "perf-producer-client");
    }
    if let Some(list) = options.value("--bootstrap-server") {
        properties.set("bootstrap.servers", list);
    }
    Ok(properties)
}

/// The values to send. The random ones are those that Kafka's tool sends.
#[derive(Debug)]
pub enum Payload {
    /// Capital letters.
    Random(Vec<u8>, SplittableRandom),
    /// One of a file's, picked at random.
    Lines(Vec<Vec<u8>>, SplittableRandom),
    /// The record's number.
    Monotonic(String),
}

impl Payload {
    fn read(file: &str, delimiter: &str, streams: &mut Streams<'_>) -> Result<Payload, Stop> {
        let path = Path::new(file);
        let absolute = std::env::current_dir().unwrap_or_default().join(path);
        writeln!(streams.out, "Reading payloads from: {}", absolute.display())?;
        let illegal = |text: &str| Stop::uncaught("java.lang.IllegalArgumentException", text);
        let text = match std::fs::read(path) {
            Ok(bytes) if !bytes.is_empty() => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Stop::uncaught("java.io.IOException", format!("{file}: {error}")));
            }
            _ => return Err(illegal("File does not exist or empty file provided.")),
        };
        let delimiter = if delimiter == "\\n" { "\n" } else { delimiter };
        let delimiter = regex::Regex::new(delimiter).map_err(|_| {
            let text = format!("--payload-delimiter {delimiter} is not a regular expression");
            Stop::uncaught("java.util.regex.PatternSyntaxException", text)
        })?;
        let lines = tokens(&text, &delimiter);
        writeln!(streams.out, "Number of records read: {}", lines.len())?;
        if lines.is_empty() {
            return Err(illegal("No payload file, record size or payload-monotonic option provided."));
        }
        Ok(Payload::Lines(lines, SplittableRandom::new(0)))
    }

    /// The value of record `n`.
    pub fn next(&mut self, n: i64) -> &[u8] {
        match self {
            Payload::Random(bytes, random) => {
                for byte in bytes.iter_mut() {
                    *byte = b'A' + random.below(26) as u8;
                }
                bytes.as_slice()
            }
            Payload::Lines(lines, random) => &lines[random.below(lines.len() as u32) as usize],
            Payload::Monotonic(text) => {
                *text = n.to_string();
                text.as_bytes()
            }
        }
    }
}

/// Text cut as `java.util.Scanner` cuts it: a delimiter in front is passed over, one behind the last token too.
fn tokens(text: &str, delimiter: &regex::Regex) -> Vec<Vec<u8>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    loop {
        if let Some(found) = delimiter.find_at(text, at).filter(|found| found.start() == at) {
            at = found.end();
        }
        if at >= text.len() {
            return tokens;
        }
        // An empty match where a token begins ends nothing.
        let end = delimiter.find_iter(&text[at..]).find(|found| !found.is_empty() || found.start() > 0);
        let end = end.map_or(text.len(), |found| at + found.start());
        tokens.push(text.as_bytes()[at..end].to_vec());
        at = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, delimiter: &str) -> Vec<String> {
        let tokens = tokens(text, &regex::Regex::new(delimiter).unwrap());
        tokens.into_iter().map(|token| String::from_utf8(token).unwrap()).collect()
    }

    #[test]
    fn payload_files_are_cut_as_a_scanner_cuts_them() {
        assert_eq!(cut("a\nbb\nc\n", "\n"), ["a", "bb", "c"]);
        assert_eq!(cut("\na\n\nb", "\n"), ["a", "", "b"]);
        assert_eq!(cut("a,b;c", "[,;]"), ["a", "b", "c"]);
        assert_eq!(cut("ab", ""), ["a", "b"]);
        assert_eq!(cut("\n", "\n"), [""; 0]);
    }

    #[test]
    fn values_are_those_of_kafkas_tool() {
        let mut random = Payload::Random(vec![0; 10], SplittableRandom::new(0));
        assert_eq!(random.next(0), b"YQHHNEBSEP");
        assert_eq!(random.next(1), b"DNSEIFGAMS");
        assert_eq!(Payload::Monotonic(String::new()).next(41), b"41");
    }
}
