//! Decrypting what a password protects: the schemes of PKCS5 and PKCS12.

use std::num::NonZeroU32;

use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockDecryptMut as _, KeyIvInit as _};
use ring::{digest, hmac, pbkdf2};

use super::der::{Damaged, Der, number, tag};

/// The most rounds of key derivation that are carried out: a store can ask for more than anybody would wait for.
const MAX_ITERATIONS: u32 = 10_000_000;

/// Why something could not be decrypted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PbeError {
    /// Not the format.
    #[error(transparent)]
    Damaged(#[from] Damaged),
    /// The password does not open it.
    #[error("the password is wrong")]
    Password,
    /// An algorithm that is not spoken here.
    #[error("it is encrypted with {0}, which is not supported; `keytool -importkeystore` of a newer JDK rewrites it")]
    Algorithm(&'static str),
}

/// Decrypts `data` by an `AlgorithmIdentifier`, given as the elements inside it.
pub fn decrypt(mut algorithm: Der<'_>, password: &str, data: &[u8]) -> Result<Vec<u8>, PbeError> {
    match algorithm.take(tag::OID)? {
        // PBES2
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d] => pbes2(algorithm, password, data),
        // pbeWithSHAAnd3-KeyTripleDES-CBC
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01, 0x03] => {
            let mut params = algorithm.enter(tag::SEQUENCE)?;
            let salt = params.take(tag::OCTETS)?;
            let rounds = bounded(params.number()?)?;
            let derive = |id, len| pkcs12_key(&digest::SHA1_FOR_LEGACY_USE_ONLY, id, password, salt, rounds, len);
            triple_des(&derive(1, 24), &derive(2, 8), data)
        }
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01, 0x06] => Err(PbeError::Algorithm("40-bit RC2")),
        _ => Err(PbeError::Algorithm("an unknown scheme")),
    }
}

/// Decrypts an `EncryptedPrivateKeyInfo` to the PKCS8 key inside it.
pub fn decrypt_key(der: &[u8], password: &str) -> Result<Vec<u8>, PbeError> {
    let mut info = Der::new(der).enter(tag::SEQUENCE)?;
    let algorithm = info.enter(tag::SEQUENCE)?;
    let key = decrypt(algorithm, password, info.take(tag::OCTETS)?)?;
    // Padding alone lets one wrong password in 256 pass.
    Der::new(&key).enter(tag::SEQUENCE).map_err(|_| PbeError::Password)?;
    Ok(key)
}

fn bounded(rounds: u32) -> Result<NonZeroU32, Damaged> {
    NonZeroU32::new(rounds).filter(|rounds| rounds.get() <= MAX_ITERATIONS).ok_or(Damaged)
}

fn pbes2(mut algorithm: Der<'_>, password: &str, data: &[u8]) -> Result<Vec<u8>, PbeError> {
    let mut params = algorithm.enter(tag::SEQUENCE)?;
    let mut derivation = params.enter(tag::SEQUENCE)?;
    if derivation.take(tag::OID)? != [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c] {
        return Err(PbeError::Algorithm("a key derivation other than PBKDF2"));
    }
    let mut derivation = derivation.enter(tag::SEQUENCE)?;
    let salt = derivation.take(tag::OCTETS)?;
    let rounds = bounded(derivation.number()?)?;
    derivation.take_if(tag::INTEGER)?;
    let function = if derivation.is_empty() {
        pbkdf2::PBKDF2_HMAC_SHA1
    } else {
        match derivation.enter(tag::SEQUENCE)?.take(tag::OID)? {
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x07] => pbkdf2::PBKDF2_HMAC_SHA1,
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x09] => pbkdf2::PBKDF2_HMAC_SHA256,
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x0a] => pbkdf2::PBKDF2_HMAC_SHA384,
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x0b] => pbkdf2::PBKDF2_HMAC_SHA512,
            _ => return Err(PbeError::Algorithm("an unknown hash in its key derivation")),
        }
    };
    let mut cipher = params.enter(tag::SEQUENCE)?;
    let (oid, iv) = (cipher.take(tag::OID)?, cipher.take(tag::OCTETS)?);
    let key = |len: usize| {
        let mut key = vec![0; len];
        pbkdf2::derive(function, rounds, salt, password.as_bytes(), &mut key);
        key
    };
    macro_rules! aes {
        ($aes:ty, $len:literal) => {
            cbc::Decryptor::<$aes>::new_from_slices(&key($len), iv)
                .map_err(|_| Damaged)?
                .decrypt_padded_vec_mut::<Pkcs7>(data)
                .map_err(|_| PbeError::Password)
        };
    }
    match oid {
        [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x02] => aes!(aes::Aes128, 16),
        [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x16] => aes!(aes::Aes192, 24),
        [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a] => aes!(aes::Aes256, 32),
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x03, 0x07] => triple_des(&key(24), iv, data),
        _ => Err(PbeError::Algorithm("an unknown cipher")),
    }
}

fn triple_des(key: &[u8], iv: &[u8], data: &[u8]) -> Result<Vec<u8>, PbeError> {
    cbc::Decryptor::<des::TdesEde3>::new_from_slices(key, iv)
        .map_err(|_| Damaged)?
        .decrypt_padded_vec_mut::<Pkcs7>(data)
        .map_err(|_| PbeError::Password)
}

/// Checks the `MacData` of a PKCS12 store over its content.
pub fn check_mac(mut mac: Der<'_>, password: &str, content: &[u8]) -> Result<(), PbeError> {
    let mut info = mac.enter(tag::SEQUENCE)?;
    let (hash, algorithm) = match info.enter(tag::SEQUENCE)?.take(tag::OID)? {
        [0x2b, 0x0e, 0x03, 0x02, 0x1a] => (&digest::SHA1_FOR_LEGACY_USE_ONLY, hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
        [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01] => (&digest::SHA256, hmac::HMAC_SHA256),
        [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02] => (&digest::SHA384, hmac::HMAC_SHA384),
        [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03] => (&digest::SHA512, hmac::HMAC_SHA512),
        _ => return Err(PbeError::Algorithm("an unknown hash in its check sum")),
    };
    let expected = info.take(tag::OCTETS)?;
    let salt = mac.take(tag::OCTETS)?;
    let rounds = bounded(mac.take_if(tag::INTEGER)?.map_or(Ok(1), number)?)?;
    let key = pkcs12_key(hash, 3, password, salt, rounds, hash.output_len());
    hmac::verify(&hmac::Key::new(algorithm, &key), content, expected).map_err(|_| PbeError::Password)
}

/// The key derivation of PKCS12 (RFC 7292, appendix B.2); `id` says what the key is for.
fn pkcs12_key(
    hash: &'static digest::Algorithm,
    id: u8,
    password: &str,
    salt: &[u8],
    rounds: NonZeroU32,
    len: usize,
) -> Vec<u8> {
    let block = hash.block_len();
    let filled =
        |bytes: &[u8]| -> Vec<u8> { bytes.iter().copied().cycle().take(bytes.len().div_ceil(block) * block).collect() };
    let units: Vec<u8> = password.encode_utf16().chain([0]).flat_map(u16::to_be_bytes).collect();
    let mut input = [filled(salt), filled(&units)].concat();
    let mut key = Vec::new();
    while key.len() < len {
        let mut context = digest::Context::new(hash);
        context.update(&vec![id; block]);
        context.update(&input);
        let mut last = context.finish();
        for _ in 1..rounds.get() {
            last = digest::digest(hash, last.as_ref());
        }
        key.extend_from_slice(last.as_ref());
        let added = filled(last.as_ref());
        for chunk in input.chunks_mut(block) {
            let mut carry = 1u16;
            for (byte, add) in chunk.iter_mut().zip(&added).rev() {
                carry += u16::from(*byte) + u16::from(*add);
                *byte = carry as u8;
                carry >>= 8;
            }
        }
    }
    key.truncate(len);
    key
}
