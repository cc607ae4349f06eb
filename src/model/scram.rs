//! The arithmetic of SCRAM (RFC 5802, RFC 7677): what is kept of a password, so that nobody who reads it can log in.

use sha2::{Digest, Sha256, Sha512};

/// A SCRAM mechanism of Kafka.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScramMechanism {
    /// `SCRAM-SHA-256`.
    Sha256,
    /// `SCRAM-SHA-512`.
    Sha512,
}

impl ScramMechanism {
    /// The fewest iterations that a credential may have.
    pub const MIN_ITERATIONS: i32 = 4096;
    /// The most iterations that a credential may have.
    pub const MAX_ITERATIONS: i32 = 16_384;

    /// The mechanism of a name as SASL has it.
    pub fn from_name(name: &str) -> Option<ScramMechanism> {
        [ScramMechanism::Sha256, ScramMechanism::Sha512].into_iter().find(|mechanism| mechanism.name() == name)
    }

    /// Its name in SASL.
    pub const fn name(self) -> &'static str {
        match self {
            ScramMechanism::Sha256 => "SCRAM-SHA-256",
            ScramMechanism::Sha512 => "SCRAM-SHA-512",
        }
    }

    /// Its number in requests and records.
    pub const fn code(self) -> i8 {
        match self {
            ScramMechanism::Sha256 => 1,
            ScramMechanism::Sha512 => 2,
        }
    }

    /// `Hi(password, salt, iterations)`: the password, made costly to guess.
    pub fn salted_password(self, password: &[u8], salt: &[u8], iterations: i32) -> Vec<u8> {
        let mut last = self.hmac(password, &[salt, &1u32.to_be_bytes()]);
        let mut sum = last.clone();
        for _ in 1..iterations {
            last = self.hmac(password, &[&last]);
            sum.iter_mut().zip(&last).for_each(|(sum, byte)| *sum ^= byte);
        }
        sum
    }

    /// What the client proves that it knows.
    pub fn client_key(self, salted_password: &[u8]) -> Vec<u8> {
        self.hmac(salted_password, &[b"Client Key"])
    }

    /// What the server keeps to check the client's proof.
    pub fn stored_key(self, client_key: &[u8]) -> Vec<u8> {
        self.hash(&[client_key])
    }

    /// What the server proves that it knows.
    pub fn server_key(self, salted_password: &[u8]) -> Vec<u8> {
        self.hmac(salted_password, &[b"Server Key"])
    }

    /// HMAC (RFC 2104) of a message in parts.
    pub fn hmac(self, key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
        let size = match self {
            ScramMechanism::Sha256 => 64,
            ScramMechanism::Sha512 => 128,
        };
        let mut block = if key.len() > size { self.hash(&[key]) } else { key.to_vec() };
        block.resize(size, 0);
        let padded = |pad: u8| block.iter().map(|byte| byte ^ pad).collect::<Vec<u8>>();
        let (inner, outer) = (padded(0x36), padded(0x5c));
        let message: Vec<&[u8]> = std::iter::once(inner.as_slice()).chain(parts.iter().copied()).collect();
        self.hash(&[&outer, &self.hash(&message)])
    }

    fn hash(self, parts: &[&[u8]]) -> Vec<u8> {
        fn of<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
            let mut digest = D::new();
            parts.iter().for_each(|part| digest.update(part));
            digest.finalize().to_vec()
        }
        match self {
            ScramMechanism::Sha256 => of::<Sha256>(parts),
            ScramMechanism::Sha512 => of::<Sha512>(parts),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::base64_decode;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn the_exchange_of_rfc_7677_comes_out() {
        let scram = ScramMechanism::Sha256;
        let salt = base64_decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
        let salted = scram.salted_password(b"pencil", &salt, 4096);
        let nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        let message =
            format!("n=user,r=rOprNGfwEbeRWgbNEkqO,r={nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r={nonce}");
        let client = scram.client_key(&salted);
        let signature = scram.hmac(&scram.stored_key(&client), &[message.as_bytes()]);
        let proof: Vec<u8> = client.iter().zip(&signature).map(|(a, b)| a ^ b).collect();
        assert_eq!(Some(proof), base64_decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="));
        let server = scram.hmac(&scram.server_key(&salted), &[message.as_bytes()]);
        assert_eq!(Some(server), base64_decode("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
    }

    #[test]
    fn hmacs_of_rfc_4231_come_out() {
        let (key, text) = (b"Jefe".as_slice(), b"what do ya want for nothing?".as_slice());
        assert_eq!(
            hex(&ScramMechanism::Sha256.hmac(key, &[text])),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert!(
            hex(&ScramMechanism::Sha512.hmac(key, &[text])).starts_with("164b7a7bfcf819e2e395fbe73b56e0a387bd6422")
        );
        let long = [0xaa; 131];
        assert_eq!(
            hex(&ScramMechanism::Sha256.hmac(&long, &[b"Test Using Larger Than Block-Size Key - ", b"Hash Key First"])),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn mechanisms_are_known_by_their_names() {
        assert_eq!(ScramMechanism::from_name("SCRAM-SHA-512").map(ScramMechanism::code), Some(2));
        assert_eq!(ScramMechanism::from_name("SCRAM-SHA-1"), None);
    }
}
