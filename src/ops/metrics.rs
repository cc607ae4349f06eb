//! The metrics of a broker, from `/metrics` of its admin daemon: Prometheus' text, read back into names and numbers.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Serialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// No page is larger: an address that is something else must not fill the memory.
const LIMIT: u64 = 256 << 20;

/// Metrics of one name.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Family {
    /// The name.
    pub name: String,
    /// `counter`, `gauge`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// What it counts.
    pub help: String,
    /// A number for each set of labels.
    pub samples: Vec<Sample>,
}

/// A number.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sample {
    /// The name; of a histogram, with what it ends in.
    pub name: String,
    /// What it is about.
    pub labels: BTreeMap<String, String>,
    /// The number.
    pub value: f64,
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let labels: Vec<String> = self.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        match labels.is_empty() {
            true => write!(f, "{}", self.name),
            false => write!(f, "{}{{{}}}", self.name, labels.join(",")),
        }
    }
}

/// Why there are no metrics.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// The address is no `http://HOST:PORT`.
    #[error("`{0}` is no address of an admin daemon")]
    Address(String),
    /// Nobody is there.
    #[error("cannot reach {address}: {source}")]
    Unreachable {
        /// Where.
        address: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// It does not answer in time.
    #[error("no answer from {0} in time")]
    Late(String),
    /// It answers with something else.
    #[error("{address} answers {status:?} to GET /metrics")]
    Refused {
        /// Where.
        address: String,
        /// The first line of the answer.
        status: String,
    },
    /// The text is none of Prometheus'.
    #[error("what {address} answers are no metrics: line {line}, {text:?}")]
    Strange {
        /// Where.
        address: String,
        /// The number of the line.
        line: usize,
        /// The line.
        text: String,
    },
}

/// Asks an admin daemon, `http://127.0.0.1:8082`.
///
/// # Errors
/// [`MetricsError`].
pub async fn get(admin: &str, timeout: Duration) -> Result<Vec<Family>, MetricsError> {
    let place = admin.strip_prefix("http://").unwrap_or(admin).trim_end_matches('/');
    let has_port = place.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
    if !has_port || place.contains('/') {
        return Err(MetricsError::Address(admin.to_owned()));
    }
    let address = place.to_owned();
    let answer = match tokio::time::timeout(timeout, ask(place)).await {
        Err(_) => return Err(MetricsError::Late(address)),
        Ok(Err(source)) => return Err(MetricsError::Unreachable { address, source }),
        Ok(Ok(answer)) => answer,
    };
    let text = String::from_utf8_lossy(&answer);
    let status = text.lines().next().unwrap_or_default().to_owned();
    let Some((_, body)) = text.split_once("\r\n\r\n").filter(|_| status.split(' ').nth(1) == Some("200")) else {
        return Err(MetricsError::Refused { address, status: status.chars().take(80).collect() });
    };
    parse(body).map_err(|(line, text)| MetricsError::Strange { address, line, text })
}

/// One request, in the oldest form that there is: the answer ends with the connection.
async fn ask(place: &str) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(place).await?;
    stream.write_all(format!("GET /metrics HTTP/1.0\r\nHost: {place}\r\n\r\n").as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(LIMIT).read_to_end(&mut answer).await?;
    Ok(answer)
}

/// Reads Prometheus' text; an error names the line.
fn parse(text: &str) -> Result<Vec<Family>, (usize, String)> {
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    let family = |name: &str| Family { name: name.to_owned(), ..Family::default() };
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let mut words = line.splitn(4, ' ');
        match (words.next(), words.next(), words.next()) {
            (Some("#"), Some(what @ ("HELP" | "TYPE")), Some(name)) => {
                let known = families.entry(name.to_owned()).or_insert_with(|| family(name));
                let rest = words.next().unwrap_or_default().to_owned();
                if what == "HELP" { known.help = rest } else { known.kind = rest }
            }
            (Some(first), ..) if first.starts_with('#') => {}
            _ => {
                let sample = sample(line).ok_or_else(|| (at + 1, line.chars().take(80).collect()))?;
                let ends = ["_bucket", "_sum", "_count"];
                let base = ends.iter().find_map(|end| sample.name.strip_suffix(end));
                let name = base.filter(|base| families.contains_key(*base)).unwrap_or(&sample.name).to_owned();
                families.entry(name.clone()).or_insert_with(|| family(&name)).samples.push(sample);
            }
        }
    }
    Ok(families.into_values().collect())
}

/// `name{label="value",…} number`, perhaps with a time behind it.
fn sample(line: &str) -> Option<Sample> {
    let end = line.find(['{', ' '])?;
    let (name, rest) = line.split_at(end);
    let mut labels = BTreeMap::new();
    let number = match rest.strip_prefix('{') {
        None => rest,
        Some(mut rest) => loop {
            if let Some(behind) = rest.strip_prefix('}') {
                break behind;
            }
            let (label, value) = rest.trim_start_matches(',').split_once("=\"")?;
            let (mut text, mut chars, mut closed) = (String::new(), value.char_indices(), None);
            while let Some((at, c)) = chars.next() {
                match c {
                    '"' => {
                        closed = Some(at);
                        break;
                    }
                    '\\' => text.push(match chars.next()?.1 {
                        'n' => '\n',
                        other => other,
                    }),
                    c => text.push(c),
                }
            }
            labels.insert(label.trim().to_owned(), text);
            rest = &value[closed? + 1..];
        },
    };
    let number = number.split_whitespace().next()?;
    let value = match number {
        "+Inf" => f64::INFINITY,
        "-Inf" => f64::NEG_INFINITY,
        number => number.parse().ok()?,
    };
    Some(Sample { name: name.to_owned(), labels, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prometheus_text_is_read() {
        let text = "# HELP up Whether\n# TYPE up gauge\nup 1\n\n# TYPE took histogram\ntook_bucket{le=\"+Inf\",a=\"x \\\"y\\\"\"} 3\ntook_sum 4.5\n";
        let families = parse(text).unwrap();
        assert_eq!(families.len(), 2);
        assert_eq!((families[1].kind.as_str(), families[1].help.as_str()), ("gauge", "Whether"));
        assert_eq!(families[0].samples.len(), 2);
        assert_eq!(families[0].samples[0].to_string(), "took_bucket{a=x \"y\",le=+Inf}");
        assert_eq!(families[0].samples[1].value, 4.5);
    }

    #[test]
    fn what_is_no_metric_is_named() {
        assert_eq!(parse("<html>\n").unwrap_err(), (1, "<html>".to_owned()));
        assert!(parse("a{b=\"c} 1").is_err() && parse("a x").is_err());
    }
}
