//! Settings of the client, under the Java client's names.

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use super::{ClientError, Guard, Result, Security};
use crate::model;

/// Settings that lie under those of every client of this process: a profile's, for tools that know of none.
static BASE: OnceLock<Properties> = OnceLock::new();

/// Lays settings under those of every client that this process makes from now on. Counts once.
pub fn set_base(properties: Properties) {
    let _ = BASE.set(properties);
}

/// Client settings as text, by their Java names: a `--command-config` file and what the command line adds to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Properties(model::Properties);

impl Properties {
    /// Reads a `.properties` file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn load(path: &Path) -> std::io::Result<Properties> {
        Ok(Properties(model::Properties::parse(&std::fs::read(path)?)))
    }

    /// These settings with others under them: where both say something, these count.
    #[must_use]
    pub fn over(&self, base: &Properties) -> Properties {
        let mut all = base.clone();
        self.0.iter().for_each(|(key, value)| all.0.set(key, value));
        all
    }

    /// Takes one out.
    pub fn remove(&mut self, key: &str) {
        self.0.remove(key);
    }

    /// As a `.properties` file has them.
    pub fn to_text(&self) -> String {
        self.0.to_text()
    }

    /// Sets one.
    pub fn set(&mut self, key: impl AsRef<str>, value: impl AsRef<str>) {
        self.0.set(key.as_ref(), value.as_ref());
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(str::trim)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter()
    }

    /// A number.
    ///
    /// # Errors
    /// [`ClientError::Config`] when the value is not one.
    pub fn number<T: std::str::FromStr>(&self, key: &str) -> Result<Option<T>> {
        let parse = |text: &str| {
            text.parse().map_err(|_| ClientError::Config(format!("{key}={text} is not a number that fits")))
        };
        self.get(key).map(parse).transpose()
    }

    /// Milliseconds.
    ///
    /// # Errors
    /// [`ClientError::Config`] when the value is not a number.
    pub fn millis(&self, key: &str) -> Result<Option<Duration>> {
        Ok(self.number(key)?.map(Duration::from_millis))
    }

    /// `true` or `false`.
    ///
    /// # Errors
    /// [`ClientError::Config`] for anything else.
    pub fn flag(&self, key: &str) -> Result<Option<bool>> {
        match self.get(key).map(str::to_ascii_lowercase).as_deref() {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(other) => Err(ClientError::Config(format!("{key}={other} is neither true nor false"))),
        }
    }
}

/// How to reach a cluster.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// `host:port` to begin with.
    pub bootstrap: Vec<String>,
    /// `client.id`: what the broker's logs and quotas call this client.
    pub client_id: String,
    /// `socket.connection.setup.timeout.ms`.
    pub connect_timeout: Duration,
    /// `request.timeout.ms`: the longest wait for one answer.
    pub request_timeout: Duration,
    /// `default.api.timeout.ms`: the longest time for an operation with its retries.
    pub api_timeout: Duration,
    /// First pause between two tries (`retry.backoff.ms`).
    pub retry_backoff: Duration,
    /// Longest pause between two tries (`retry.backoff.max.ms`).
    pub retry_backoff_max: Duration,
    /// Largest answer taken, in bytes.
    pub max_frame: usize,
    /// `security.protocol`, and what belongs to it.
    pub security: Security,
    /// What the profile in use forbids.
    pub guard: Guard,
}

impl ClientConfig {
    /// The defaults of the Java admin client, for a bootstrap list.
    pub fn new(bootstrap: Vec<String>) -> ClientConfig {
        ClientConfig {
            bootstrap,
            client_id: "logbus".into(),
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            api_timeout: Duration::from_secs(60),
            retry_backoff: Duration::from_millis(100),
            retry_backoff_max: Duration::from_secs(1),
            max_frame: 256 << 20,
            security: Security::default(),
            guard: Guard::default(),
        }
    }

    /// Takes a comma-separated bootstrap list and Java client properties.
    ///
    /// # Errors
    /// [`ClientError::Config`] for an address without port or a value that is not of its type,
    /// [`ClientError::Security`] for stores and logins that cannot be used.
    pub fn from_properties(bootstrap: Option<&str>, properties: &Properties) -> Result<ClientConfig> {
        let layered = BASE.get().map(|base| properties.over(base));
        let properties = layered.as_ref().unwrap_or(properties);
        let list = bootstrap
            .or_else(|| properties.get("bootstrap.servers"))
            .ok_or_else(|| ClientError::Config("no bootstrap server is given".into()))?;
        let mut config = ClientConfig::new(parse_bootstrap(list)?);
        config.security = Security::from_properties(properties)?;
        config.guard = Guard::from_properties(properties)?;
        if let Some(id) = properties.get("client.id").filter(|id| !id.is_empty()) {
            config.client_id = id.to_owned();
        }
        let take = |key, slot: &mut Duration| -> Result<()> {
            *slot = properties.millis(key)?.unwrap_or(*slot);
            Ok(())
        };
        take("socket.connection.setup.timeout.ms", &mut config.connect_timeout)?;
        take("request.timeout.ms", &mut config.request_timeout)?;
        take("default.api.timeout.ms", &mut config.api_timeout)?;
        take("retry.backoff.ms", &mut config.retry_backoff)?;
        take("retry.backoff.max.ms", &mut config.retry_backoff_max)?;
        Ok(config)
    }

    /// Bounds every wait by one budget for the whole operation.
    pub fn set_timeout(&mut self, timeout: Duration) {
        self.api_timeout = timeout;
        self.request_timeout = self.request_timeout.min(timeout);
        self.connect_timeout = self.connect_timeout.min(timeout);
    }
}

/// Splits `host:port,host:port`; IPv6 addresses stand in brackets, and a listener name before `://` is dropped.
///
/// # Errors
/// [`ClientError::Config`] for an entry without a port.
pub fn parse_bootstrap(list: &str) -> Result<Vec<String>> {
    let mut addresses = Vec::new();
    for entry in list.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
        let address = entry.split_once("://").map_or(entry, |(_, address)| address);
        let port = address.rsplit_once(':').filter(|(host, _)| !host.is_empty()).map(|(_, port)| port.parse::<u16>());
        match port {
            Some(Ok(port)) if port > 0 => addresses.push(address.to_owned()),
            _ => return Err(ClientError::Config(format!("bootstrap server `{entry}` is not HOST:PORT"))),
        }
    }
    if addresses.is_empty() {
        return Err(ClientError::Config("no bootstrap server is given".into()));
    }
    Ok(addresses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bootstrap_lists_need_a_port_each() {
        let list = parse_bootstrap("a:9092, PLAINTEXT://b:9093,[::1]:9094").unwrap();
        assert_eq!(list, ["a:9092", "b:9093", "[::1]:9094"]);
        for bad in ["localhost", "a:9092,b", ":9092", "a:0", ""] {
            assert!(parse_bootstrap(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn java_names_set_the_client_and_unknown_protocols_are_refused() {
        let mut properties = Properties::default();
        properties.set("client.id", "ops");
        properties.set("request.timeout.ms", "1500");
        let config = ClientConfig::from_properties(Some("a:1"), &properties).unwrap();
        assert_eq!((config.client_id.as_str(), config.request_timeout.as_millis()), ("ops", 1500));
        assert_eq!(config.security.protocol(), "PLAINTEXT");
        properties.set("security.protocol", "TLS");
        assert!(ClientConfig::from_properties(Some("a:1"), &properties).is_err());
    }
}
