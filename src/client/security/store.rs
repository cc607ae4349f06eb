//! Key stores and trust stores: which certificates and keys the settings name, in any format that Kafka takes.

use std::path::Path;

use super::certificate::public_key;
use super::der::{Damaged, Der, element, tag};
use super::pbe::{self, PbeError};
use super::{jks, pem, pkcs12};
use crate::client::{ClientError, Properties, Result};

/// A private key and the certificates that vouch for it, its own first.
#[derive(Clone)]
pub struct Identity {
    /// DER, the own one first.
    pub chain: Vec<Vec<u8>>,
    /// PKCS8, or what PEM has instead.
    pub key: Vec<u8>,
}

/// What a store holds.
#[derive(Clone, Default)]
pub struct Store {
    /// Certificates that are trusted.
    pub trusted: Vec<Vec<u8>>,
    /// Keys.
    pub identities: Vec<Identity>,
}

/// The certificates to trust; `None` when the settings name none.
pub fn trusted(properties: &Properties) -> Result<Option<Vec<Vec<u8>>>> {
    let inline = properties.get("ssl.truststore.certificates");
    let (name, store) = match (properties.get("ssl.truststore.location"), inline) {
        (None | Some(""), None) => return Ok(None),
        (None | Some(""), Some(text)) => {
            let name = "ssl.truststore.certificates";
            (name.to_owned(), from_pem(text, None).map_err(|e| wrong(name, &e))?)
        }
        (Some(_), Some(_)) => {
            let text = "ssl.truststore.location and ssl.truststore.certificates exclude each other";
            return Err(ClientError::Security(text.into()));
        }
        (Some(path), None) => {
            let password = properties.get("ssl.truststore.password");
            (path.to_owned(), load(path, properties.get("ssl.truststore.type"), password, password, "truststore")?)
        }
    };
    if store.trusted.is_empty() {
        return Err(ClientError::Security(format!(
            "{name} holds no trusted certificate; `keytool -importcert` puts one in so that Java trusts it"
        )));
    }
    Ok(Some(store.trusted))
}

/// The client's own key; `None` when the settings name none.
pub fn identity(properties: &Properties) -> Result<Option<Identity>> {
    let key_password = properties.get("ssl.key.password");
    let (name, store) = match (properties.get("ssl.keystore.location"), properties.get("ssl.keystore.key")) {
        (None | Some(""), None) => return Ok(None),
        (None | Some(""), Some(key)) => {
            let name = "ssl.keystore.key";
            let chain = properties.get("ssl.keystore.certificate.chain").unwrap_or_default();
            (name.to_owned(), from_pem(&format!("{key}\n{chain}"), key_password).map_err(|e| wrong(name, &e))?)
        }
        (Some(_), Some(_)) => {
            let text = "ssl.keystore.location and ssl.keystore.key exclude each other";
            return Err(ClientError::Security(text.into()));
        }
        (Some(path), None) => {
            let password = properties.get("ssl.keystore.password");
            (path.to_owned(), load(path, properties.get("ssl.keystore.type"), password, key_password, "keystore")?)
        }
    };
    match store.identities.into_iter().find(|identity| !identity.chain.is_empty()) {
        Some(Identity { chain, key }) => {
            let key = completed(&key, &chain[0]).unwrap_or(key);
            Ok(Some(Identity { chain, key }))
        }
        None => Err(ClientError::Security(format!("{name} holds no private key with its certificate"))),
    }
}

/// A PKCS8 key of an elliptic curve with the public key that its certificate has. Java leaves it out, and the library
/// that signs wants it there. `None` for keys that need nothing.
fn completed(key: &[u8], certificate: &[u8]) -> Option<Vec<u8>> {
    const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    let mut info = Der::new(key).enter(tag::SEQUENCE).ok()?;
    let version = info.take(tag::INTEGER).ok()?;
    let algorithm = info.take(tag::SEQUENCE).ok()?;
    let mut private = Der::new(info.take(tag::OCTETS).ok()?).enter(tag::SEQUENCE).ok()?;
    let (number, secret) = (private.take(tag::INTEGER).ok()?, private.take(tag::OCTETS).ok()?);
    private.take_if(tag::CONTEXT_0).ok()?;
    let (of, bits) = public_key(certificate).ok()?;
    if Der::new(algorithm).take(tag::OID).ok()? != EC || of != algorithm || !private.is_empty() {
        return None;
    }
    let public = element(tag::CONTEXT_1, &[&element(tag::BIT_STRING, &[bits])]);
    let parts = [element(tag::INTEGER, &[number]), element(tag::OCTETS, &[secret]), public];
    let private = element(tag::SEQUENCE, &[&parts.concat()]);
    let parts =
        [element(tag::INTEGER, &[version]), element(tag::SEQUENCE, &[algorithm]), element(tag::OCTETS, &[&private])];
    Some(element(tag::SEQUENCE, &[&parts.concat()]))
}

fn wrong(name: &str, error: &PbeError) -> ClientError {
    ClientError::Security(format!("cannot read {name}: {error}"))
}

fn load(
    path: &str,
    kind: Option<&str>,
    password: Option<&str>,
    key_password: Option<&str>,
    role: &str,
) -> Result<Store> {
    let bytes = std::fs::read(Path::new(path)).map_err(|error| {
        let text = error.to_string();
        let text = text.split(" (os error").next().unwrap_or(&text).to_lowercase();
        ClientError::Security(format!("cannot read the {role} {path}: {text}"))
    })?;
    let is_pem = bytes.windows(11).take(1 << 16).any(|window| window == b"-----BEGIN ");
    // Java reads JKS and PKCS12 under each other's name, but PEM only under its own.
    match kind.map(str::to_ascii_uppercase).as_deref() {
        Some("PEM") => from_pem(&String::from_utf8_lossy(&bytes), key_password),
        None | Some("JKS" | "PKCS12") if bytes.starts_with(&jks::MAGIC) => jks::read(&bytes, password, key_password),
        None | Some("JKS" | "PKCS12") if is_pem => {
            return Err(ClientError::Security(format!("{path} is PEM; say so with ssl.{role}.type=PEM")));
        }
        None | Some("JKS" | "PKCS12") => pkcs12::read(&bytes, password, key_password),
        Some(other) => {
            let text = format!("ssl.{role}.type={other} is not supported: it is one of JKS, PKCS12, PEM");
            return Err(ClientError::Security(text));
        }
    }
    .map_err(|error| wrong(&format!("the {role} {path}"), &error))
}

fn from_pem(text: &str, key_password: Option<&str>) -> Result<Store, PbeError> {
    let mut store = Store::default();
    let mut keys = Vec::new();
    for (label, der) in pem::blocks(text)? {
        match label.as_str() {
            "CERTIFICATE" => store.trusted.push(der),
            "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => keys.push(der),
            "ENCRYPTED PRIVATE KEY" => keys.push(pbe::decrypt_key(&der, key_password.ok_or(PbeError::Password)?)?),
            _ => {}
        }
    }
    if store.trusted.is_empty() && keys.is_empty() {
        return Err(Damaged.into());
    }
    store.identities = keys.into_iter().map(|key| Identity { chain: store.trusted.clone(), key }).collect();
    Ok(store)
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
