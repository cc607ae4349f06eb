//! `logbus produce`.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::connect::{Connect, block_on};
use super::error::{CliError, Exit};
use super::{human, lines};
use crate::client::{Cluster, Producer, ProducerConfig, ProducerRecord};

/// A line's key and value; `None` is null.
type KeyAndValue<'a> = (Option<&'a [u8]>, Option<&'a [u8]>);

/// Send lines of stdin, or of a file, as records
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The topic
    topic: String,
    /// Read this file instead of stdin
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// What stands between key and value; every line must have it
    #[arg(short = 'k', long, value_name = "TEXT")]
    key_separator: Option<String>,
    /// One key for all lines
    #[arg(long, value_name = "TEXT", conflicts_with = "key_separator")]
    key: Option<String>,
    /// Send to this partition, whatever the key
    #[arg(short, long, value_name = "P")]
    partition: Option<i32>,
    /// Header of every record; may be repeated
    #[arg(short = 'H', long = "header", value_name = "NAME=VALUE", value_parser = super::configs::parse_pair)]
    headers: Vec<(String, String)>,
    /// Text that stands for null
    #[arg(long, value_name = "TEXT")]
    null: Option<String>,
    /// none, gzip, snappy, lz4, zstd
    #[arg(short = 'z', long, value_name = "CODEC")]
    compression: Option<String>,
    /// How long a batch waits for more [default: 5ms]
    #[arg(long, value_name = "TIME", value_parser = human::parse_duration)]
    linger: Option<Duration>,
    /// Bytes of a batch before compression [default: 256KiB]
    #[arg(long, value_name = "SIZE", value_parser = human::parse_size)]
    batch_size: Option<u64>,
    /// all, 1 or 0
    #[arg(long, value_name = "ACKS")]
    acks: Option<String>,
    /// Producer setting by its Java name; may be repeated
    #[arg(short = 'X', long = "property", value_name = "NAME=VALUE", value_parser = super::configs::parse_pair)]
    properties: Vec<(String, String)>,
    /// Say nothing when done
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    connect: Connect,
}

impl Args {
    /// Runs the command.
    pub fn run(self) -> Result<Exit, CliError> {
        let (client, mut properties) = self.connect.settings()?;
        // A stream of lines fills larger batches than the Java default, at no cost to who types by hand.
        if properties.get("batch.size").is_none() {
            properties.set("batch.size", "262144");
        }
        let given = [
            ("compression.type", self.compression.clone()),
            ("linger.ms", self.linger.map(|t| t.as_millis().to_string())),
            ("batch.size", self.batch_size.map(|n| n.to_string())),
            ("acks", self.acks.clone()),
        ];
        for (key, value) in self
            .properties
            .clone()
            .into_iter()
            .chain(given.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))))
        {
            properties.set(key, value);
        }
        let config = ProducerConfig::from_properties(&properties)?;
        let producer = Producer::new(Cluster::new(client), config);
        let started = Instant::now();
        let sent = block_on(self.send_all(producer))??;
        if !self.quiet {
            note!(
                "sent {} records, {}, in {}",
                human::grouped(sent.records as i64),
                human::size(sent.bytes as i64),
                human::duration(started.elapsed()),
            );
        }
        Ok(Exit::Done)
    }

    async fn send_all(&self, mut producer: Producer) -> Result<Sent, CliError> {
        // A topic that is not there is said before anybody types a line.
        producer.prepare(&self.topic).await?;
        let mut input = lines::read(self.file.as_deref())?;
        let headers: Vec<(&[u8], Option<&[u8]>)> =
            self.headers.iter().map(|(k, v)| (k.as_bytes(), Some(v.as_bytes()))).collect();
        let mut sent = Sent::default();
        let mut line_number = 0u64;
        loop {
            let chunk = tokio::select! {
                chunk = input.recv() => chunk,
                driven = producer.drive() => {
                    driven.map_err(|e| undelivered(e, &producer))?;
                    continue;
                }
                _ = tokio::signal::ctrl_c() => None,
            };
            let Some(chunk) = chunk else { break };
            for line in lines::lines(&chunk?) {
                line_number += 1;
                let (key, value) = self.split(line, line_number)?;
                let record = ProducerRecord {
                    topic: &self.topic,
                    partition: self.partition,
                    timestamp: None,
                    key,
                    value,
                    headers: &headers,
                };
                producer.send(&record).await.map_err(|e| undelivered(e, &producer))?;
                sent.records += 1;
                sent.bytes += line.len() as u64;
            }
        }
        producer.flush().await.map_err(|e| undelivered(e, &producer))?;
        Ok(sent)
    }

    fn split<'a>(&'a self, line: &'a [u8], number: u64) -> Result<KeyAndValue<'a>, CliError> {
        let null = |text: &'a [u8]| (self.null.as_deref().map(str::as_bytes) != Some(text)).then_some(text);
        let Some(separator) = &self.key_separator else {
            return Ok((self.key.as_deref().map(str::as_bytes), null(line)));
        };
        match memchr::memmem::find(line, separator.as_bytes()) {
            Some(at) => Ok((null(&line[..at]), null(&line[at + separator.len()..]))),
            None => {
                let shown: String = String::from_utf8_lossy(line).chars().take(60).collect();
                Err(CliError::failed(format!("line {number} has no key: there is no `{separator}` in `{shown}`"))
                    .with_hint(
                        "--key-separator names what stands between key and value; leave it out for lines without key",
                    ))
            }
        }
    }
}

#[derive(Default)]
struct Sent {
    records: u64,
    bytes: u64,
}

fn undelivered(error: crate::client::ClientError, producer: &Producer) -> CliError {
    let done = producer.delivered();
    let error = CliError::from(error);
    if done > 0 {
        error.with_details(vec![format!("{} records were acknowledged before", human::grouped(done as i64))])
    } else {
        error
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn args(words: &[&str]) -> Args {
        Line::parse_from([&["produce", "clicks"], words].concat()).args
    }

    #[test]
    fn key_and_value_are_split_at_the_first_separator() {
        let args = args(&["--key-separator", ":"]);
        assert_eq!(args.split(b"k:v:w", 1).unwrap(), (Some(&b"k"[..]), Some(&b"v:w"[..])));
    }

    #[test]
    fn a_line_without_the_separator_is_named() {
        let args = args(&["--key-separator", ":"]);
        assert!(args.split(b"plain", 7).is_err());
    }

    #[test]
    fn the_null_text_stands_for_no_key_and_no_value() {
        let args = args(&["--key-separator", ":", "--null", "NULL"]);
        assert_eq!(args.split(b"k:NULL", 1).unwrap(), (Some(&b"k"[..]), None));
    }
}
