//! The stores of `tests/fixtures/tls`, which keytool and openssl wrote.

use super::*;

fn fixture(name: &str) -> String {
    format!("{}/tests/fixtures/tls/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn properties(pairs: &[(&str, &str)]) -> Properties {
    let mut properties = Properties::default();
    for (key, value) in pairs {
        let is_file = key.ends_with(".location");
        properties.set(key, if is_file { fixture(value) } else { (*value).to_owned() });
    }
    properties
}

fn subjects(certificates: &[Vec<u8>]) -> Vec<String> {
    let parse = |der: &Vec<u8>| super::super::Certificate::parse(der).unwrap().subject;
    certificates.iter().map(parse).collect()
}

#[test]
fn trust_stores_are_read_in_every_format() {
    for (file, kind) in [("trust.p12", "JKS"), ("trust.jks", "JKS"), ("trust.p12", "PKCS12"), ("ca.pem", "PEM")] {
        let pairs =
            [("ssl.truststore.location", file), ("ssl.truststore.type", kind), ("ssl.truststore.password", "changeit")];
        let found = trusted(&properties(&pairs)).unwrap().unwrap();
        assert_eq!(subjects(&found), ["CN=TestCA"], "{file}");
    }
    let inline = std::fs::read_to_string(fixture("ca.pem")).unwrap().replace('\n', " ");
    let found = trusted(&properties(&[("ssl.truststore.certificates", &inline)])).unwrap().unwrap();
    assert_eq!(subjects(&found), ["CN=TestCA"]);
    assert!(trusted(&properties(&[])).unwrap().is_none());
}

#[test]
fn key_stores_give_the_same_key_with_its_chain_in_every_format() {
    let mut keys = Vec::new();
    for (file, kind, key_password) in [
        ("client.p12", "PKCS12", None),
        ("client.jks", "JKS", Some("keypass1")),
        ("client.pem", "PEM", Some("keypass")),
        ("old.p12", "PKCS12", None),
    ] {
        let mut pairs =
            vec![("ssl.keystore.location", file), ("ssl.keystore.type", kind), ("ssl.keystore.password", "changeit")];
        pairs.extend(key_password.map(|password| ("ssl.key.password", password)));
        let found = identity(&properties(&pairs)).unwrap().unwrap();
        assert_eq!(subjects(&found.chain), ["CN=client, O=Test", "CN=TestCA"], "{file}");
        let key = rustls::pki_types::PrivateKeyDer::try_from(found.key).unwrap();
        let key = rustls::crypto::ring::sign::any_supported_type(&key).unwrap();
        keys.push(key.public_key().unwrap().to_vec());
    }
    assert!(keys.windows(2).all(|two| two[0] == two[1]));
}

#[test]
fn wrong_passwords_and_wrong_files_are_told_apart() {
    let said = |role: &str, pairs: &[(&str, &str)]| {
        let properties = properties(pairs);
        let error = if role == "trust" { trusted(&properties).err() } else { identity(&properties).err() };
        error.unwrap().to_string()
    };
    for file in ["trust.p12", "trust.jks"] {
        let pairs = [("ssl.truststore.location", file), ("ssl.truststore.password", "wrong")];
        assert!(said("trust", &pairs).ends_with("the password is wrong"), "{file}");
    }
    let pairs = [("ssl.keystore.location", "client.jks"), ("ssl.keystore.password", "changeit")];
    assert!(said("key", &pairs).ends_with("the password is wrong"));
    let pairs = [("ssl.keystore.location", "client.pem"), ("ssl.keystore.type", "PEM"), ("ssl.key.password", "x")];
    assert!(said("key", &pairs).ends_with("the password is wrong"));
    assert!(said("trust", &[("ssl.truststore.location", "ca.pem")]).contains("ssl.truststore.type=PEM"));
    assert!(said("trust", &[("ssl.truststore.location", "nothing.jks")]).contains("no such file"));
    assert!(said("trust", &[("ssl.truststore.location", "make.sh")]).ends_with("of another format"));
    let pairs = [("ssl.keystore.location", "trust.p12"), ("ssl.keystore.password", "changeit")];
    assert!(said("key", &pairs).contains("holds no private key"));
    let pairs = [("ssl.truststore.location", "trust.p12"), ("ssl.truststore.type", "BCFKS")];
    assert!(said("trust", &pairs).contains("is one of JKS, PKCS12, PEM"));
}

#[test]
fn damaged_stores_never_panic() {
    for name in ["client.p12", "client.jks", "old.p12"] {
        let bytes = std::fs::read(fixture(name)).unwrap();
        let read = |bytes: &[u8]| match name {
            "client.jks" => jks::read(bytes, None, Some("keypass1")).is_ok(),
            _ => pkcs12::read(bytes, Some("changeit"), None).is_ok(),
        };
        for len in (0..bytes.len()).step_by(7) {
            assert!(!read(&bytes[..len]), "{name} cut to {len}");
        }
        // Not every flip does harm to a store without a check sum; none may do more than be refused.
        for at in (0..bytes.len().min(400)).step_by(3) {
            let mut bytes = bytes.clone();
            bytes[at] ^= 0x80;
            if name == "client.jks" {
                read(&bytes);
            } else {
                // Lengths and counts only: a key derivation of its own for each flip would take minutes.
                let _ = super::super::der::Der::new(&bytes).next();
            }
        }
    }
}

#[test]
fn certificates_say_what_they_are_for() {
    let text = std::fs::read_to_string(fixture("broker.pem")).unwrap();
    let store = from_pem(&text, None).unwrap();
    let own = super::super::Certificate::parse(&store.identities[0].chain[0]).unwrap();
    assert_eq!((own.subject.as_str(), own.issuer.as_str()), ("CN=broker, O=Test", "CN=TestCA"));
    assert!(own.is_for("localhost") && own.is_for("127.0.0.1") && !own.is_for("broker"));
    assert_eq!(own.names(), "localhost, 127.0.0.1");
    assert!(own.expiry().starts_with("2119-12-"), "{}", own.expiry());
}
