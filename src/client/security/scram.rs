//! The client's side of SCRAM (RFC 5802).

use ring::rand::SecureRandom as _;

use crate::model::{ScramMechanism, base64_decode, base64_encode};

/// An exchange under way.
pub struct Scram {
    mechanism: ScramMechanism,
    password: String,
    nonce: String,
    first_bare: String,
    server_signature: Vec<u8>,
}

impl Scram {
    /// Begins; `extensions` go with the first message.
    pub fn new(mechanism: ScramMechanism, user: &str, password: &str, extensions: &[(&str, &str)]) -> Option<Scram> {
        let mut raw = [0; 24];
        ring::rand::SystemRandom::new().fill(&mut raw).ok()?;
        Some(Scram::with_nonce(mechanism, user, password, extensions, &base64_encode(&raw)))
    }

    fn with_nonce(
        mechanism: ScramMechanism,
        user: &str,
        password: &str,
        extensions: &[(&str, &str)],
        nonce: &str,
    ) -> Scram {
        let user = user.replace('=', "=3D").replace(',', "=2C");
        let mut first_bare = format!("n={user},r={nonce}");
        for (key, value) in extensions {
            first_bare.push_str(&format!(",{key}={value}"));
        }
        let password = password.to_owned();
        Scram { mechanism, password, nonce: nonce.to_owned(), first_bare, server_signature: Vec::new() }
    }

    /// The first message.
    pub fn first(&self) -> Vec<u8> {
        format!("n,,{}", self.first_bare).into_bytes()
    }

    /// The proof, for the server's first message.
    ///
    /// # Errors
    /// What is wrong with the server's message.
    pub fn proof(&mut self, server_first: &[u8]) -> Result<Vec<u8>, String> {
        let text = std::str::from_utf8(server_first).map_err(|_| "its first message is no text".to_owned())?;
        let field = |key: &str| text.split(',').find_map(|part| part.strip_prefix(key));
        if let Some(error) = field("e=") {
            return Err(error.to_owned());
        }
        let nonce = field("r=").filter(|nonce| nonce.starts_with(&self.nonce) && nonce.len() > self.nonce.len());
        let nonce = nonce.ok_or("it did not answer with the client's nonce")?;
        let salt = field("s=").and_then(base64_decode).ok_or("its first message has no salt")?;
        let iterations: i32 = field("i=").and_then(|n| n.parse().ok()).ok_or("its first message has no iterations")?;
        let least = ScramMechanism::MIN_ITERATIONS;
        if iterations < least {
            let name = self.mechanism.name();
            return Err(format!("requested iterations {iterations} is less than the minimum {least} for {name}"));
        }
        // A hostile server could ask for hours of work.
        if iterations > 10_000_000 {
            return Err(format!("{iterations} iterations are too many"));
        }
        let salted = self.mechanism.salted_password(self.password.as_bytes(), &salt, iterations);
        // `biws` is `n,,`: no channel binding.
        let without_proof = format!("c=biws,r={nonce}");
        let message = format!("{},{text},{without_proof}", self.first_bare);
        let client = self.mechanism.client_key(&salted);
        let signature = self.mechanism.hmac(&self.mechanism.stored_key(&client), &[message.as_bytes()]);
        let proof: Vec<u8> = client.iter().zip(&signature).map(|(a, b)| a ^ b).collect();
        self.server_signature = self.mechanism.hmac(&self.mechanism.server_key(&salted), &[message.as_bytes()]);
        Ok(format!("{without_proof},p={}", base64_encode(&proof)).into_bytes())
    }

    /// Checks that the server knows the credential too.
    ///
    /// # Errors
    /// When it does not.
    pub fn check(&self, server_final: &[u8]) -> Result<(), String> {
        let text = std::str::from_utf8(server_final).unwrap_or_default();
        if let Some(error) = text.strip_prefix("e=") {
            return Err(error.to_owned());
        }
        let verifier = text.strip_prefix("v=").and_then(|v| v.split(',').next()).and_then(base64_decode);
        if self.server_signature.is_empty() || verifier.as_ref() != Some(&self.server_signature) {
            return Err("it did not prove that it knows the password".into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER_FIRST: &[u8] =
        b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

    fn begun() -> Scram {
        Scram::with_nonce(ScramMechanism::Sha256, "user", "pencil", &[], "rOprNGfwEbeRWgbNEkqO")
    }

    #[test]
    fn the_exchange_of_rfc_7677_is_carried_out() {
        let mut scram = begun();
        assert_eq!(scram.first(), b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        let proof = String::from_utf8(scram.proof(SERVER_FIRST).unwrap()).unwrap();
        assert!(proof.ends_with(",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="), "{proof}");
        assert_eq!(scram.check(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="), Ok(()));
        assert!(scram.check(b"v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=").is_err());
        assert!(begun().check(b"v=").is_err());
    }

    #[test]
    fn a_server_that_cheats_is_refused() {
        for bad in [
            &b"r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"[..],
            b"r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            b"r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1",
            b"r=rOprNGfwEbeRWgbNEkqOx,i=4096",
            b"e=other-error",
            b"\xff",
        ] {
            assert!(begun().proof(bad).is_err());
        }
    }

    #[test]
    fn names_are_escaped_and_extensions_follow() {
        let scram = Scram::with_nonce(ScramMechanism::Sha512, "a,b=c", "", &[("tokenauth", "true")], "x");
        assert_eq!(scram.first(), b"n,,n=a=2Cb=3Dc,r=x,tokenauth=true");
    }
}
