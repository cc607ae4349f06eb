//! Java's own key store format, as keytool writes it with `-storetype JKS`.

use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY as SHA1};

use super::der::{Damaged, Der, tag};
use super::pbe::PbeError;
use super::store::{Identity, Store};

/// The first bytes of a store.
pub const MAGIC: [u8; 4] = [0xfe, 0xed, 0xfe, 0xed];
/// Bytes of a SHA-1.
const DIGEST: usize = 20;
/// 1.3.6.1.4.1.42.2.17.1.1: Sun's way to hide a key.
const KEY_PROTECTOR: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x2a, 0x02, 0x11, 0x01, 0x01];

struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn bytes(&mut self, len: usize) -> Result<&'a [u8], Damaged> {
        let (head, rest) = self.0.split_at_checked(len).ok_or(Damaged)?;
        self.0 = rest;
        Ok(head)
    }

    fn number(&mut self) -> Result<u32, Damaged> {
        self.bytes(4)?.try_into().map(u32::from_be_bytes).map_err(|_| Damaged)
    }

    fn block(&mut self) -> Result<&'a [u8], Damaged> {
        let len = self.number()? as usize;
        self.bytes(len)
    }

    fn text(&mut self) -> Result<&'a [u8], Damaged> {
        let len = self.bytes(2)?.try_into().map(u16::from_be_bytes).map_err(|_| Damaged)?;
        self.bytes(len.into())
    }

    fn certificate(&mut self, version: u32) -> Result<Vec<u8>, Damaged> {
        if version == 2 {
            self.text()?;
        }
        self.block().map(<[u8]>::to_vec)
    }
}

/// Reads a store. Without a password its check sum is not looked at, as Java does it.
pub fn read(bytes: &[u8], password: Option<&str>, key_password: Option<&str>) -> Result<Store, PbeError> {
    let end = bytes.len().checked_sub(DIGEST).ok_or(Damaged)?;
    let (data, sum) = bytes.split_at(end);
    if let Some(password) = password
        && sha1(&[&utf16(password), b"Mighty Aphrodite", data]) != sum
    {
        return Err(PbeError::Password);
    }
    let mut input = Input(data.strip_prefix(&MAGIC).ok_or(Damaged)?);
    let version = input.number()?;
    if !(1..=2).contains(&version) {
        return Err(Damaged.into());
    }
    let mut store = Store::default();
    for _ in 0..input.number()? {
        let kind = input.number()?;
        input.text()?;
        input.bytes(8)?;
        match kind {
            1 => {
                let hidden = input.block()?;
                let mut chain = Vec::new();
                for _ in 0..input.number()? {
                    chain.push(input.certificate(version)?);
                }
                store.trusted.extend(chain.first().cloned());
                let key = uncover(hidden, key_password.or(password).unwrap_or_default())?;
                store.identities.push(Identity { chain, key });
            }
            2 => store.trusted.push(input.certificate(version)?),
            _ => return Err(Damaged.into()),
        }
    }
    Ok(store)
}

/// The key is covered by a chain of hashes that begins with a salt; a hash of the key itself follows it.
fn uncover(info: &[u8], password: &str) -> Result<Vec<u8>, PbeError> {
    let mut info = Der::new(info).enter(tag::SEQUENCE)?;
    if info.enter(tag::SEQUENCE)?.take(tag::OID)? != KEY_PROTECTOR {
        return Err(PbeError::Algorithm("an unknown scheme"));
    }
    let covered = info.take(tag::OCTETS)?;
    let (salt, rest) = covered.split_at_checked(DIGEST).ok_or(Damaged)?;
    let (body, check) = rest.split_at_checked(rest.len().checked_sub(DIGEST).ok_or(Damaged)?).ok_or(Damaged)?;
    let password = utf16(password);
    let mut last = salt.to_vec();
    let mut key = Vec::with_capacity(body.len());
    for chunk in body.chunks(DIGEST) {
        last = sha1(&[&password, &last]);
        key.extend(chunk.iter().zip(&last).map(|(a, b)| a ^ b));
    }
    if sha1(&[&password, &key]) != check {
        return Err(PbeError::Password);
    }
    Ok(key)
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

fn sha1(parts: &[&[u8]]) -> Vec<u8> {
    let mut context = Context::new(&SHA1);
    parts.iter().for_each(|part| context.update(part));
    context.finish().as_ref().to_vec()
}
