//! From a name to a broker that answers: DNS, TCP, TLS, SASL, ApiVersions.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;

use super::{Health, Step};
use crate::client::security::{Certificate, host_of};
use crate::client::{ClientConfig, ClientError, Connection};
use crate::model::TimestampMs;

/// How long before its end a certificate is worth a word.
const SOON: i64 = 30 * 24 * 3600;

/// Takes the steps to one address; whether a broker answered.
pub(super) async fn reach(address: &str, config: &ClientConfig, steps: &mut Vec<Step>) -> bool {
    let Some(found) = dns(address, config.connect_timeout, steps).await else { return false };
    let Some(socket) = tcp(address, &found, config.connect_timeout, steps).await else { return false };
    if config.security.tls.is_none() {
        // A server that takes one connection at a time is not to wait for this one.
        drop(socket);
    } else if let Some(tls) = &config.security.tls {
        let shaken = tokio::time::timeout(config.connect_timeout, tls.connect(address, socket)).await;
        // The connection below tells of a failure better: it takes a second look at what the listener speaks.
        if let Ok(Ok(stream)) = shaken {
            let (_, session) = stream.get_ref();
            let version = session.protocol_version().map_or_else(String::new, |v| format!("{v:?}").replace('_', "."));
            let own = session.peer_certificates().and_then(|chain| chain.first());
            let certificate = own.and_then(|der| Certificate::parse(der).ok());
            let chain = session.peer_certificates().map_or(0, <[_]>::len);
            steps.push(describe(address, &version, chain, certificate.as_ref()));
        }
    }
    match Connection::open(address, config).await {
        Ok(connection) => {
            if let Some(sasl) = &config.security.sasl {
                steps.push(Step::new("sasl", address, Health::Ok, format!("authenticated with {}", sasl.mechanism())));
            }
            let count = connection.versions().ranges.len();
            steps.push(Step::new("api-versions", address, Health::Ok, format!("{count} requests are spoken")));
            true
        }
        Err(error) => {
            let step = match &error {
                ClientError::Tls { .. } => "tls",
                ClientError::Sasl { .. } | ClientError::Security(_) => "sasl",
                _ => "api-versions",
            };
            steps.push(Step::failed(step, address, &error));
            false
        }
    }
}

async fn dns(address: &str, patience: Duration, steps: &mut Vec<Step>) -> Option<Vec<SocketAddr>> {
    let host = host_of(address);
    let looked = tokio::time::timeout(patience, tokio::net::lookup_host(address)).await;
    let found: Result<Vec<SocketAddr>, String> = match looked {
        Ok(Ok(found)) => Ok(found.collect()),
        Ok(Err(error)) => {
            Err(error.to_string().trim_start_matches("failed to lookup address information: ").to_owned())
        }
        Err(_) => Err(format!("no answer within {}", humantime::format_duration(patience))),
    };
    match found {
        Ok(found) if !found.is_empty() => {
            let list: Vec<String> = found.iter().map(|at| at.ip().to_string()).collect();
            steps.push(Step::new("dns", host, Health::Ok, list.join(", ")));
            Some(found)
        }
        other => {
            let why = other.err().unwrap_or_else(|| "the name has no address".to_owned());
            let error = ClientError::Unreachable { tried: vec![(address.to_owned(), why.to_lowercase())] };
            let step = Step::failed("dns", host, &error);
            steps
                .push(step.with_hint(format!("is the name right? `getent hosts {host}` asks this machine's resolver")));
            None
        }
    }
}

async fn tcp(address: &str, found: &[SocketAddr], patience: Duration, steps: &mut Vec<Step>) -> Option<TcpStream> {
    let mut why = String::new();
    for at in found {
        let started = std::time::Instant::now();
        match tokio::time::timeout(patience, TcpStream::connect(at)).await {
            Ok(Ok(socket)) => {
                let micros = started.elapsed().as_micros();
                let detail = format!("connected to {at} in {}.{:01} ms", micros / 1000, micros % 1000 / 100);
                steps.push(Step::new("tcp", address, Health::Ok, detail));
                return Some(socket);
            }
            Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
                why = "connection refused".to_owned();
            }
            Ok(Err(error)) => why = error.to_string(),
            Err(_) => why = format!("no connection within {}", humantime::format_duration(patience)),
        }
    }
    let hint = if why == "connection refused" {
        "nothing listens there: is the broker up, and is it the right port?"
    } else {
        "a firewall that drops packets looks like this; is the host up?"
    };
    let error = ClientError::Unreachable { tried: vec![(address.to_owned(), why)] };
    steps.push(Step::failed("tcp", address, &error).with_hint(hint));
    None
}

fn describe(address: &str, version: &str, chain: usize, certificate: Option<&Certificate>) -> Step {
    let Some(c) = certificate else { return Step::new("tls", address, Health::Ok, version) };
    let detail = format!(
        "{version}, {} for {}, signed by {}, valid until {}, chain of {chain}",
        if c.subject.is_empty() { "a certificate" } else { &c.subject },
        c.names(),
        c.issuer,
        c.expiry()
    );
    let left = c.not_after - TimestampMs::now().0 / 1000;
    if left < SOON {
        let step = Step::new("tls", address, Health::Warning, detail);
        return step.with_hint("the certificate ends soon: give the broker a new one in time");
    }
    Step::new("tls", address, Health::Ok, detail)
}
