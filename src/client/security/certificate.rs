//! What a certificate says, for messages to people and for the check of a broker's name.

use std::net::IpAddr;

use super::der::{Damaged, Der, tag};

/// The parts of an X.509 certificate that are looked at here; its signature is rustls's business.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Certificate {
    /// Whose it is.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// The first moment at which it counts, in seconds since 1970.
    pub not_before: i64,
    /// The last one.
    pub not_after: i64,
    /// Names of hosts that it is for.
    pub dns_names: Vec<String>,
    /// Addresses that it is for.
    pub ip_addresses: Vec<IpAddr>,
}

impl Certificate {
    /// Reads a certificate.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(der: &[u8]) -> Result<Certificate, Damaged> {
        let mut tbs = Der::new(der).enter(tag::SEQUENCE)?.enter(tag::SEQUENCE)?;
        tbs.take_if(tag::CONTEXT_0)?;
        tbs.take(tag::INTEGER)?;
        tbs.take(tag::SEQUENCE)?;
        let issuer = name(tbs.enter(tag::SEQUENCE)?)?;
        let mut validity = tbs.enter(tag::SEQUENCE)?;
        let (not_before, not_after) = (time(&mut validity)?, time(&mut validity)?);
        let subject = name(tbs.enter(tag::SEQUENCE)?)?;
        tbs.take(tag::SEQUENCE)?;
        let (mut dns_names, mut ip_addresses) = (Vec::new(), Vec::new());
        while !tbs.is_empty() {
            let element = tbs.next()?;
            if element.tag == tag::CONTEXT_3 {
                alternative_names(element.body, &mut dns_names, &mut ip_addresses)?;
            }
        }
        Ok(Certificate { subject, issuer, not_before, not_after, dns_names, ip_addresses })
    }

    /// Whether it is for this host, by the rules of Java's HTTPS check: an address needs an alternative name of its
    /// own; a name may stand in the subject when there are no alternative names of hosts.
    pub fn is_for(&self, host: &str) -> bool {
        if let Ok(address) = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
            return self.ip_addresses.contains(&address);
        }
        if self.dns_names.is_empty() {
            return self.common_name().is_some_and(|name| name_matches(name, host));
        }
        self.dns_names.iter().any(|name| name_matches(name, host))
    }

    fn common_name(&self) -> Option<&str> {
        self.subject.split(", ").find_map(|part| part.strip_prefix("CN="))
    }

    /// What it is for, in words.
    pub fn names(&self) -> String {
        let mut names = self.dns_names.clone();
        names.extend(self.ip_addresses.iter().map(ToString::to_string));
        if self.dns_names.is_empty() {
            names.extend(self.common_name().map(str::to_owned));
        }
        if names.is_empty() { "no name at all".to_owned() } else { names.join(", ") }
    }

    /// Its last moment, as people read it.
    pub fn expiry(&self) -> String {
        moment(self.not_after)
    }
}

/// The algorithm and the key of a certificate's `SubjectPublicKeyInfo`: the content of the one, the bits of the other.
pub(super) fn public_key(der: &[u8]) -> Result<(&[u8], &[u8]), Damaged> {
    let mut tbs = Der::new(der).enter(tag::SEQUENCE)?.enter(tag::SEQUENCE)?;
    tbs.take_if(tag::CONTEXT_0)?;
    tbs.take(tag::INTEGER)?;
    // Signature, issuer, validity, subject.
    for _ in 0..4 {
        tbs.take(tag::SEQUENCE)?;
    }
    let mut info = tbs.enter(tag::SEQUENCE)?;
    Ok((info.take(tag::SEQUENCE)?, info.take(tag::BIT_STRING)?))
}

/// A time as people read it.
pub(super) fn moment(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds)
        .map_or_else(|_| format!("@{seconds}"), |at| at.strftime("%Y-%m-%d %H:%M:%SZ").to_string())
}

fn name_matches(pattern: &str, host: &str) -> bool {
    let host = host.trim_end_matches('.');
    match pattern.strip_prefix("*.") {
        // A star stands for one label, and not for the whole of a name of two.
        Some(rest) => host.split_once('.').is_some_and(|(label, domain)| {
            !label.is_empty() && rest.contains('.') && domain.eq_ignore_ascii_case(rest)
        }),
        None => pattern.eq_ignore_ascii_case(host),
    }
}

/// A distinguished name, the most special part first, as Java prints it.
fn name(mut rdns: Der<'_>) -> Result<String, Damaged> {
    let mut parts = Vec::new();
    while !rdns.is_empty() {
        let mut set = rdns.enter(tag::SET)?;
        while !set.is_empty() {
            let mut pair = set.enter(tag::SEQUENCE)?;
            let key = match pair.take(tag::OID)? {
                [0x55, 0x04, 0x03] => "CN",
                [0x55, 0x04, 0x06] => "C",
                [0x55, 0x04, 0x07] => "L",
                [0x55, 0x04, 0x08] => "ST",
                [0x55, 0x04, 0x0a] => "O",
                [0x55, 0x04, 0x0b] => "OU",
                _ => continue,
            };
            let value = pair.next()?;
            parts.push(format!("{key}={}", text(value.tag, value.body)));
        }
    }
    parts.reverse();
    Ok(parts.join(", "))
}

fn text(kind: u8, body: &[u8]) -> String {
    if kind == tag::BMP_STRING {
        let units: Vec<u16> = body.chunks_exact(2).map(|two| u16::from_be_bytes([two[0], two[1]])).collect();
        return String::from_utf16_lossy(&units);
    }
    String::from_utf8_lossy(body).into_owned()
}

/// `UTCTime` (`YYMMDDhhmmssZ`) or `GeneralizedTime` (`YYYYMMDDhhmmssZ`).
fn time(der: &mut Der<'_>) -> Result<i64, Damaged> {
    let element = der.next()?;
    let digits = std::str::from_utf8(element.body).ok().and_then(|text| text.strip_suffix('Z')).ok_or(Damaged)?;
    let (year, rest) = match element.tag {
        tag::UTC_TIME => (2, 1900),
        tag::GENERALIZED_TIME => (4, 0),
        _ => return Err(Damaged),
    };
    let number = |from: usize, to: usize| digits.get(from..to).and_then(|d| d.parse::<i16>().ok()).ok_or(Damaged);
    let small = |at: usize| number(at, at + 2).and_then(|n| i8::try_from(n).map_err(|_| Damaged));
    let mut full = number(0, year)? + rest;
    // RFC 5280: two digits below 50 are of this century.
    if year == 2 && full < 1950 {
        full += 100;
    }
    let date = jiff::civil::DateTime::new(
        full,
        small(year)?,
        small(year + 2)?,
        small(year + 4)?,
        small(year + 6)?,
        small(year + 8)?,
        0,
    );
    let zoned = date.and_then(|date| date.to_zoned(jiff::tz::TimeZone::UTC)).map_err(|_| Damaged)?;
    Ok(zoned.timestamp().as_second())
}

fn alternative_names(
    extensions: &[u8],
    dns_names: &mut Vec<String>,
    ip_addresses: &mut Vec<IpAddr>,
) -> Result<(), Damaged> {
    let mut list = Der::new(extensions).enter(tag::SEQUENCE)?;
    while !list.is_empty() {
        let mut extension = list.enter(tag::SEQUENCE)?;
        if extension.take(tag::OID)? != [0x55, 0x1d, 0x11] {
            continue;
        }
        let mut value = extension.next()?;
        // A BOOLEAN says whether it is critical.
        if value.tag == 0x01 {
            value = extension.next()?;
        }
        let mut names = Der::new(value.body).enter(tag::SEQUENCE)?;
        while !names.is_empty() {
            let entry = names.next()?;
            match (entry.tag, entry.body.len()) {
                (0x82, _) => dns_names.push(String::from_utf8_lossy(entry.body).into_owned()),
                (0x87, 4) => ip_addresses.extend(<[u8; 4]>::try_from(entry.body).map(IpAddr::from)),
                (0x87, 16) => ip_addresses.extend(<[u8; 16]>::try_from(entry.body).map(IpAddr::from)),
                _ => {}
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn for_names(subject: &str, dns: &[&str], ip: &[&str]) -> Certificate {
        Certificate {
            subject: subject.to_owned(),
            issuer: String::new(),
            not_before: 0,
            not_after: 0,
            dns_names: dns.iter().map(|name| (*name).to_owned()).collect(),
            ip_addresses: ip.iter().map(|ip| ip.parse().unwrap()).collect(),
        }
    }

    #[test]
    fn a_name_is_checked_as_java_checks_it() {
        let san = for_names("CN=other", &["kafka.example.org", "*.b.example.org"], &["10.0.0.1"]);
        for good in ["kafka.example.org", "KAFKA.example.org", "x.b.example.org", "10.0.0.1"] {
            assert!(san.is_for(good), "{good}");
        }
        for bad in ["other", "example.org", "y.x.b.example.org", "b.example.org", "10.0.0.2", "::1"] {
            assert!(!san.is_for(bad), "{bad}");
        }
        let plain = for_names("CN=localhost, O=Test", &[], &[]);
        assert!(plain.is_for("localhost") && !plain.is_for("127.0.0.1"));
        assert!(!for_names("CN=*.org", &[], &[]).is_for("example.org"));
    }
}
