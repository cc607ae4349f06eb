//! `NAME://host:port`: where a node listens, and what it tells others.

use std::fmt;

/// What a connection speaks below Kafka's frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum SecurityProtocol {
    Plaintext,
    Ssl,
    SaslPlaintext,
    SaslSsl,
}

impl SecurityProtocol {
    /// The id in the metadata log (`SecurityProtocol.id`).
    pub const fn id(self) -> i16 {
        match self {
            SecurityProtocol::Plaintext => 0,
            SecurityProtocol::Ssl => 1,
            SecurityProtocol::SaslPlaintext => 2,
            SecurityProtocol::SaslSsl => 3,
        }
    }

    /// The name in settings.
    pub const fn name(self) -> &'static str {
        match self {
            SecurityProtocol::Plaintext => "PLAINTEXT",
            SecurityProtocol::Ssl => "SSL",
            SecurityProtocol::SaslPlaintext => "SASL_PLAINTEXT",
            SecurityProtocol::SaslSsl => "SASL_SSL",
        }
    }

    /// The protocol of that name, in any case.
    pub fn from_name(name: &str) -> Option<SecurityProtocol> {
        use SecurityProtocol::*;
        [Plaintext, Ssl, SaslPlaintext, SaslSsl].into_iter().find(|p| p.name().eq_ignore_ascii_case(name))
    }
}

/// One address of a node.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Listener {
    /// The listener's name, in capitals.
    pub name: String,
    /// What it speaks.
    pub protocol: SecurityProtocol,
    /// Host or address without brackets; empty means every interface.
    pub host: String,
    /// Port; 0 lets the operating system choose.
    pub port: u16,
}

impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "{}://[{}]:{}", self.name, self.host, self.port)
        } else {
            write!(f, "{}://{}:{}", self.name, self.host, self.port)
        }
    }
}

/// Why listener settings make no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum ListenerError {
    #[error("`{0}` is no listener: write NAME://host:port, for example PLAINTEXT://127.0.0.1:9092")]
    Malformed(String),
    #[error(
        "listener {0} has no security protocol: add {0}:PLAINTEXT (or SSL, SASL_PLAINTEXT, SASL_SSL) to listener.security.protocol.map"
    )]
    NoProtocol(String),
    #[error(
        "`{0}` is no entry of listener.security.protocol.map: write NAME:PROTOCOL with PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL"
    )]
    BadMapEntry(String),
    #[error("two listeners are named {0}: each needs its own name")]
    DuplicateName(String),
    #[error("two listeners use port {0}: each needs its own port")]
    DuplicatePort(u16),
    #[error("advertised.listeners cannot name {0}: clients cannot connect to a wildcard address")]
    AdvertisedWildcard(String),
    #[error("advertised listener {0} is not among the listeners")]
    AdvertisedUnknown(String),
}

/// `listener.security.protocol.map`, in order.
pub(super) fn parse_protocol_map(text: &str) -> Result<Vec<(String, SecurityProtocol)>, ListenerError> {
    text.split(',')
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
        .map(|entry| {
            let bad = || ListenerError::BadMapEntry(entry.to_owned());
            let (name, protocol) = entry.rsplit_once(':').ok_or_else(bad)?;
            let protocol = SecurityProtocol::from_name(protocol.trim()).ok_or_else(bad)?;
            Ok((name.trim().to_ascii_uppercase(), protocol))
        })
        .collect()
}

/// Parses the items of `listeners` or `advertised.listeners`.
pub(super) fn parse_all(
    items: &[String],
    protocols: &[(String, SecurityProtocol)],
) -> Result<Vec<Listener>, ListenerError> {
    let mut listeners: Vec<Listener> = Vec::with_capacity(items.len());
    for item in items {
        let listener = parse(item, protocols)?;
        if listeners.iter().any(|known| known.name == listener.name) {
            return Err(ListenerError::DuplicateName(listener.name));
        }
        listeners.push(listener);
    }
    Ok(listeners)
}

fn parse(item: &str, protocols: &[(String, SecurityProtocol)]) -> Result<Listener, ListenerError> {
    let malformed = || ListenerError::Malformed(item.to_owned());
    let (name, address) = item.trim().split_once("://").ok_or_else(malformed)?;
    let (host, port) = address.rsplit_once(':').ok_or_else(malformed)?;
    let host = match host.strip_prefix('[') {
        Some(inner) => inner.strip_suffix(']').ok_or_else(malformed)?,
        None if host.contains(':') => return Err(malformed()),
        None => host,
    };
    let name_is_legal = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    if !name_is_legal || host.contains(['/', ' ']) {
        return Err(malformed());
    }
    let name = name.to_ascii_uppercase();
    let protocol = protocols.iter().find(|(known, _)| *known == name).map(|(_, protocol)| *protocol);
    Ok(Listener {
        protocol: protocol.ok_or_else(|| ListenerError::NoProtocol(name.clone()))?,
        host: host.to_owned(),
        port: port.parse().map_err(|_| malformed())?,
        name,
    })
}

/// Refuses two listeners on one port, unless one is on an IPv4 and the other on an IPv6 address.
pub(super) fn check_ports(listeners: &[Listener]) -> Result<(), ListenerError> {
    for (i, a) in listeners.iter().enumerate() {
        for b in &listeners[i + 1..] {
            let two_families = a
                .host
                .parse::<std::net::IpAddr>()
                .is_ok_and(|a| b.host.parse::<std::net::IpAddr>().is_ok_and(|b| a.is_ipv4() != b.is_ipv4()));
            if a.port == b.port && a.port != 0 && !two_families {
                return Err(ListenerError::DuplicatePort(a.port));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn protocols() -> Vec<(String, SecurityProtocol)> {
        parse_protocol_map("PLAINTEXT:PLAINTEXT, internal:SASL_SSL").unwrap()
    }

    fn all(items: &[&str]) -> Result<Vec<Listener>, ListenerError> {
        parse_all(&items.iter().map(|&item| item.to_owned()).collect::<Vec<_>>(), &protocols())
    }

    #[test]
    fn listeners_parse_with_names_ipv6_and_empty_hosts() {
        let read = all(&["PLAINTEXT://:9092", "internal://[::1]:9093"]).unwrap();
        assert_eq!((read[0].host.as_str(), read[0].port), ("", 9092));
        assert_eq!((read[1].host.as_str(), read[1].protocol), ("::1", SecurityProtocol::SaslSsl));
        assert_eq!(read[1].to_string(), "INTERNAL://[::1]:9093");
    }

    #[test]
    fn what_is_no_listener_is_refused_with_the_form_to_write() {
        for bad in ["9092", "PLAINTEXT://host", "PLAINTEXT://host:port", "PLAINTEXT://::1:9092", "://h:1", "A B://h:1"]
        {
            assert!(matches!(all(&[bad]), Err(ListenerError::Malformed(_))), "{bad}");
        }
        assert_eq!(all(&["OTHER://h:1"]), Err(ListenerError::NoProtocol("OTHER".to_owned())));
        assert_eq!(all(&["PLAINTEXT://h:1", "plaintext://h:2"]), Err(ListenerError::DuplicateName("PLAINTEXT".into())));
        assert!(parse_protocol_map("A:TLS").is_err());
    }

    #[test]
    fn one_port_serves_two_listeners_only_on_both_address_families() {
        let two = all(&["PLAINTEXT://0.0.0.0:9092", "INTERNAL://[::]:9092"]).unwrap();
        assert_eq!(check_ports(&two), Ok(()));
        let two = all(&["PLAINTEXT://a:9092", "INTERNAL://b:9092"]).unwrap();
        assert_eq!(check_ports(&two), Err(ListenerError::DuplicatePort(9092)));
    }
}
