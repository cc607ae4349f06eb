//! Settings of a producer, under the Java client's names.

use std::time::Duration;

use crate::client::{ClientError, Properties, Result};
use crate::wire::compression::{Codec, Compression};

/// How a producer batches and what it waits for.
#[derive(Clone, Debug)]
pub struct ProducerConfig {
    /// `acks`: 0, 1, or -1 for all in sync.
    pub acks: i16,
    /// `enable.idempotence`: no duplicates and no reordering by retries.
    pub idempotent: bool,
    /// `compression.type`.
    pub compression: Compression,
    /// `batch.size`: bytes of a batch before compression.
    pub batch_size: usize,
    /// `linger.ms`: how long a batch waits for more.
    pub linger: Duration,
    /// `max.request.size`.
    pub max_request_size: usize,
    /// `max.in.flight.requests.per.connection`.
    pub max_in_flight: usize,
    /// `buffer.memory`: bytes that wait or are under way before `send` waits.
    pub buffer_memory: usize,
    /// `delivery.timeout.ms`: how long a batch is tried.
    pub delivery_timeout: Duration,
    /// `request.timeout.ms`, as the broker's limit on waiting for replicas.
    pub request_timeout_ms: i32,
    /// Whether a batch that was not taken is sent again: not with `retries=0`.
    pub retries: bool,
    /// Whether what comes behind a batch that could not be delivered is sent all the same, and may so be all that is
    /// there.
    pub goes_on: bool,
    /// `transactional.id`: records are sent in transactions.
    pub transactional_id: Option<String>,
    /// `transaction.timeout.ms`: how long a transaction may be open before its coordinator aborts it.
    pub transaction_timeout_ms: i32,
    /// Whether to keep what became of each batch for [`super::Producer::take_deliveries`].
    pub report_deliveries: bool,
}

impl Default for ProducerConfig {
    /// The Java producer's defaults of 4.x.
    fn default() -> ProducerConfig {
        ProducerConfig {
            acks: -1,
            idempotent: true,
            compression: Compression::NONE,
            batch_size: 16 << 10,
            linger: Duration::from_millis(5),
            max_request_size: 1 << 20,
            max_in_flight: 5,
            buffer_memory: 32 << 20,
            delivery_timeout: Duration::from_secs(120),
            request_timeout_ms: 30_000,
            retries: true,
            goes_on: false,
            transactional_id: None,
            transaction_timeout_ms: 60_000,
            report_deliveries: false,
        }
    }
}

impl ProducerConfig {
    /// Takes what the properties say; idempotence yields to an `acks` that excludes it, as in the Java client.
    ///
    /// # Errors
    /// [`ClientError::Config`] for a value that is not of its type, or idempotence asked for where it cannot be.
    pub fn from_properties(properties: &Properties) -> Result<ProducerConfig> {
        let mut config = ProducerConfig::default();
        if let Some(acks) = properties.get("acks") {
            config.acks = match acks {
                "all" | "-1" => -1,
                "0" => 0,
                "1" => 1,
                other => {
                    let valid = "String must be one of: all, -1, 0, 1";
                    return Err(ClientError::Config(format!("Invalid value {other} for configuration acks: {valid}")));
                }
            };
        }
        let asked = properties.flag("enable.idempotence")?;
        if asked == Some(true) && config.acks != -1 {
            return Err(ClientError::Config("enable.idempotence=true needs acks=all".into()));
        }
        config.retries = properties.number::<i32>("retries")? != Some(0);
        if asked == Some(true) && !config.retries {
            return Err(ClientError::Config("enable.idempotence=true needs retries".into()));
        }
        config.idempotent = asked.unwrap_or(config.acks == -1 && config.retries);
        if let Some(name) = properties.get("compression.type") {
            let codec = Codec::from_name(name).ok_or_else(|| {
                ClientError::Config(format!("compression.type={name} is none of none, gzip, snappy, lz4, zstd"))
            })?;
            config.compression = Compression::of(codec);
            let level = format!("compression.{name}.level");
            config.compression.level = properties.number(&level)?.unwrap_or(config.compression.level);
        }
        config.batch_size = properties.number("batch.size")?.unwrap_or(config.batch_size);
        config.linger = properties.millis("linger.ms")?.unwrap_or(config.linger);
        config.max_request_size = properties.number("max.request.size")?.unwrap_or(config.max_request_size);
        let in_flight = properties.number("max.in.flight.requests.per.connection")?;
        config.max_in_flight = in_flight.unwrap_or(config.max_in_flight).max(1);
        if config.idempotent && config.max_in_flight > 5 {
            return Err(ClientError::Config(
                "an idempotent producer allows max.in.flight.requests.per.connection up to 5".into(),
            ));
        }
        config.buffer_memory = properties.number("buffer.memory")?.unwrap_or(config.buffer_memory);
        config.delivery_timeout = properties.millis("delivery.timeout.ms")?.unwrap_or(config.delivery_timeout);
        config.request_timeout_ms = properties.number("request.timeout.ms")?.unwrap_or(config.request_timeout_ms);
        config.transactional_id = properties.get("transactional.id").map(str::to_owned);
        if config.transactional_id.is_some() && !config.idempotent {
            return Err(ClientError::Config("Cannot set a transactional.id without also enabling idempotence.".into()));
        }
        let timeout = properties.number("transaction.timeout.ms")?;
        config.transaction_timeout_ms = timeout.unwrap_or(config.transaction_timeout_ms);
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &[(&str, &str)]) -> Result<ProducerConfig> {
        let mut properties = Properties::default();
        for (key, value) in pairs {
            properties.set(*key, *value);
        }
        ProducerConfig::from_properties(&properties)
    }

    #[test]
    fn idempotence_is_the_default_and_yields_to_weaker_acks() {
        assert!(with(&[]).unwrap().idempotent);
        assert!(!with(&[("acks", "1")]).unwrap().idempotent);
        assert!(with(&[("acks", "1"), ("enable.idempotence", "true")]).is_err());
        assert!(with(&[("max.in.flight.requests.per.connection", "6")]).is_err());
        let once = with(&[("retries", "0")]).unwrap();
        assert!(!once.retries && !once.idempotent);
        assert!(with(&[("retries", "0"), ("enable.idempotence", "true")]).is_err());
    }

    #[test]
    fn the_runbooks_producer_properties_are_taken() {
        let config = with(&[("batch.size", "16384"), ("linger.ms", "5"), ("compression.type", "lz4")]).unwrap();
        assert_eq!((config.batch_size, config.linger.as_millis(), config.compression.codec), (16384, 5, Codec::Lz4));
        assert!(with(&[("compression.type", "rar")]).is_err());
    }
}
