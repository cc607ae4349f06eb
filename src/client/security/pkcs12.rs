//! PKCS12 stores (RFC 7292), as keytool and openssl write them.

use super::der::{Damaged, Der, tag};
use super::pbe::{self, PbeError};
use super::store::{Identity, Store};

const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
const ENCRYPTED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x06];
/// `pkcs-12 bagtypes`; the last byte is the kind.
const BAG: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01];
const LOCAL_KEY_ID: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x15];
/// Oracle's mark of a certificate that is trusted, rather than part of somebody's chain.
const TRUSTED: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x86, 0xf9, 0x66, 0xad, 0xca, 0x7b, 0x01, 0x01];

#[derive(Default)]
struct Bags {
    keys: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    certificates: Vec<(Vec<u8>, Option<Vec<u8>>, bool)>,
}

/// Reads a store. Without a password its check sum is not looked at, as Java does it.
pub fn read(bytes: &[u8], password: Option<&str>, key_password: Option<&str>) -> Result<Store, PbeError> {
    let mut pfx = Der::new(bytes).enter(tag::SEQUENCE)?;
    pfx.number()?;
    let mut content = pfx.enter(tag::SEQUENCE)?;
    if content.take(tag::OID)? != DATA {
        return Err(PbeError::Algorithm("a public key"));
    }
    let safes = content.enter(tag::CONTEXT_0)?.take(tag::OCTETS)?;
    if let Some(password) = password
        && let Some(mac) = pfx.take_if(tag::SEQUENCE)?
    {
        pbe::check_mac(Der::new(mac), password, safes)?;
    }
    let password = password.unwrap_or_default();
    let key_password = key_password.unwrap_or(password);
    let mut bags = Bags::default();
    let mut list = Der::new(safes).enter(tag::SEQUENCE)?;
    while !list.is_empty() {
        let mut safe = list.enter(tag::SEQUENCE)?;
        match safe.take(tag::OID)? {
            DATA => collect(safe.enter(tag::CONTEXT_0)?.take(tag::OCTETS)?, key_password, &mut bags, 0)?,
            ENCRYPTED_DATA => {
                let mut data = safe.enter(tag::CONTEXT_0)?.enter(tag::SEQUENCE)?;
                data.number()?;
                let mut info = data.enter(tag::SEQUENCE)?;
                info.take(tag::OID)?;
                let algorithm = info.enter(tag::SEQUENCE)?;
                let plain = pbe::decrypt(algorithm, password, info.take(tag::PRIMITIVE_0)?)?;
                collect(&plain, key_password, &mut bags, 0)?;
            }
            _ => return Err(PbeError::Algorithm("a public key")),
        }
    }
    Ok(sort(bags))
}

fn collect(contents: &[u8], key_password: &str, bags: &mut Bags, depth: u8) -> Result<(), PbeError> {
    let mut list = Der::new(contents).enter(tag::SEQUENCE)?;
    while !list.is_empty() {
        let mut bag = list.enter(tag::SEQUENCE)?;
        let kind = bag.take(tag::OID)?.strip_prefix(BAG).and_then(|rest| rest.first()).copied().unwrap_or_default();
        let value = bag.take(tag::CONTEXT_0)?;
        let (mut id, mut trusted) = (None, false);
        if let Some(attributes) = bag.take_if(tag::SET)? {
            let mut attributes = Der::new(attributes);
            while !attributes.is_empty() {
                let mut attribute = attributes.enter(tag::SEQUENCE)?;
                match attribute.take(tag::OID)? {
                    LOCAL_KEY_ID => id = Some(attribute.enter(tag::SET)?.take(tag::OCTETS)?.to_vec()),
                    TRUSTED => trusted = true,
                    _ => {}
                }
            }
        }
        match kind {
            1 => bags.keys.push((value.to_vec(), id)),
            2 => bags.keys.push((pbe::decrypt_key(value, key_password)?, id)),
            3 => {
                let mut certificate = Der::new(value).enter(tag::SEQUENCE)?;
                certificate.take(tag::OID)?;
                let der = certificate.enter(tag::CONTEXT_0)?.take(tag::OCTETS)?;
                bags.certificates.push((der.to_vec(), id, trusted));
            }
            // Bags in bags; no tool nests them deeper than once.
            6 if depth < 4 => collect(value, key_password, bags, depth + 1)?,
            6 => return Err(Damaged.into()),
            _ => {}
        }
    }
    Ok(())
}

/// A key's own certificate is the one with its id; the rest of the chain follows from who signed whom.
fn sort(bags: Bags) -> Store {
    let mut store = Store::default();
    let all: Vec<Vec<u8>> = bags.certificates.iter().map(|(der, ..)| der.clone()).collect();
    for (key, id) in bags.keys {
        let own = bags.certificates.iter().find(|(_, other, _)| id.is_some() && *other == id);
        let own = own.or_else(|| bags.certificates.first()).map(|(der, ..)| der.clone());
        let chain = own.map(|own| chain_of(own, &all)).unwrap_or_default();
        store.trusted.extend(chain.first().cloned());
        store.identities.push(Identity { chain, key });
    }
    store.trusted.extend(bags.certificates.into_iter().filter(|(.., trusted)| *trusted).map(|(der, ..)| der));
    store
}

fn chain_of(own: Vec<u8>, all: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let names = |der: &[u8]| super::Certificate::parse(der).ok().map(|c| (c.subject, c.issuer));
    let mut chain = vec![own];
    while let Some((subject, issuer)) = chain.last().and_then(|last| names(last))
        && subject != issuer
        && let Some(next) = all.iter().find(|der| names(der).is_some_and(|(subject, _)| subject == issuer))
        && !chain.contains(next)
    {
        chain.push(next.clone());
    }
    chain
}
