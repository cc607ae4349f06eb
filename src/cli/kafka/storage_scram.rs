//! `kafka-storage.sh format --add-scram` (`ScramParser`): users that may log in before there is anybody to add them.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::model::{ScramMechanism, Uuid, base64_decode};
use crate::wire::records::metadata::UserScramCredentialRecord;

/// Reads `SCRAM-SHA-256=[name=alice,password=secret]`, or with `salt` and `saltedpassword`, and `iterations`.
///
/// # Errors
/// What is wrong, in the tool's words.
pub(super) fn parse(word: &str) -> Result<UserScramCredentialRecord, String> {
    let word = word.trim();
    let (name, list) =
        word.split_once('=').ok_or_else(|| format!("Failed to find equals sign in SCRAM argument '{word}'"))?;
    let mechanism =
        ScramMechanism::from_name(name).ok_or_else(|| format!("The add-scram mechanism {name} is not supported."))?;
    let list = list.strip_prefix('[').ok_or("Expected configuration string to start with [")?;
    let list = list.strip_suffix(']').ok_or("Expected configuration string to end with ]")?;
    credential(mechanism, components(list)?)
}

/// The parts between commas; as Java splits, which gives nothing for commas at the end.
fn components(list: &str) -> Result<BTreeMap<&str, &str>, String> {
    let mut parts: Vec<&str> = list.split(',').collect();
    while parts.len() > 1 && parts.last().is_some_and(|part| part.is_empty()) {
        parts.pop();
    }
    let mut pairs = BTreeMap::new();
    for part in parts {
        let (name, value) =
            part.split_once('=').ok_or_else(|| format!("No equals sign found in SCRAM component: {part}"))?;
        let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        pairs.insert(name, quoted.unwrap_or(value));
    }
    Ok(pairs)
}

fn credential(mechanism: ScramMechanism, mut parts: BTreeMap<&str, &str>) -> Result<UserScramCredentialRecord, String> {
    let name = parts.remove("name").ok_or("You must supply 'name' to add-scram")?;
    let salt = parts.remove("salt");
    let salt = salt.map(|text| base64_decode(text).ok_or_else(|| format!("Failed to decode given salt: {text}")));
    let salt = salt.transpose()?;
    let iterations = parts.remove("iterations").map_or(Ok(ScramMechanism::MIN_ITERATIONS), |text| {
        text.parse().map_err(|_| format!("Failed to parse iterations count: {text}"))
    })?;
    let (password, salted) = (parts.remove("password"), parts.remove("saltedpassword"));
    let given = match (password, salted) {
        (Some(_), _) => None,
        (None, None) => return Err("You must supply one of 'password' or 'saltedpassword' to add-scram".to_owned()),
        (None, Some(_)) if salt.is_none() => {
            return Err("You must supply 'salt' with 'saltedpassword' to add-scram".to_owned());
        }
        (None, Some(text)) => {
            Some(base64_decode(text).ok_or_else(|| format!("Failed to decode given saltedPassword: {text}"))?)
        }
    };
    if !parts.is_empty() {
        let names: Vec<&str> = parts.into_keys().collect();
        return Err(format!("Unknown SCRAM configurations: {}", names.join(", ")));
    }
    let bound = |sign: &str, bound: i32| {
        let mechanism = mechanism.name().replace('-', "_");
        Err(format!("The 'iterations' value must be {sign} {bound} for add-scram using {mechanism}"))
    };
    if iterations < ScramMechanism::MIN_ITERATIONS {
        return bound(">=", ScramMechanism::MIN_ITERATIONS);
    }
    if iterations > ScramMechanism::MAX_ITERATIONS {
        return bound("<=", ScramMechanism::MAX_ITERATIONS);
    }
    let salt = salt.unwrap_or_else(fresh_salt);
    let salted =
        given.unwrap_or_else(|| mechanism.salted_password(password.unwrap_or_default().as_bytes(), &salt, iterations));
    Ok(UserScramCredentialRecord {
        name: name.to_owned(),
        mechanism: mechanism.code(),
        stored_key: Bytes::from(mechanism.stored_key(&mechanism.client_key(&salted))),
        server_key: Bytes::from(mechanism.server_key(&salted)),
        salt: Bytes::from(salt),
        iterations,
    })
}

/// 32 bytes that nobody guesses.
fn fresh_salt() -> Vec<u8> {
    [Uuid::random(), Uuid::random()].iter().flat_map(|id| id.0.to_be_bytes()).collect()
}

/// As the record's `toString`: Java's bytes have signs.
pub(super) fn text(record: &UserScramCredentialRecord) -> String {
    let list = |bytes: &[u8]| {
        let signed: Vec<String> = bytes.iter().map(|byte| byte.cast_signed().to_string()).collect();
        format!("[{}]", signed.join(", "))
    };
    format!(
        "UserScramCredentialRecord(name='{}', mechanism={}, salt={}, storedKey={}, serverKey={}, iterations={})",
        record.name,
        record.mechanism,
        list(&record.salt),
        list(&record.stored_key),
        list(&record.server_key),
        record.iterations
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_and_what_it_was_salted_to_make_the_same_credential() {
        let by_password = parse("SCRAM-SHA-256=[name=alice,password=pencil,salt=W22ZaJ0SNY7soEsUEjb6gQ==]").unwrap();
        let salted = "xKSVEDI6tPlSysH6mUQZOeeOp01r6B3fcJbodRPcYV0=";
        let by_hash =
            parse(&format!("SCRAM-SHA-256=[name=alice,saltedpassword=\"{salted}\",salt=\"W22ZaJ0SNY7soEsUEjb6gQ\"]"));
        assert_eq!(Ok(by_password.clone()), by_hash);
        assert_eq!((by_password.iterations, by_password.mechanism, by_password.stored_key.len()), (4096, 1, 32));
        assert!(text(&by_password).starts_with(
            "UserScramCredentialRecord(name='alice', mechanism=1, salt=[91, 109, -103, 104, -99, 18, 53, -114,"
        ));
        let large = parse("SCRAM-SHA-512=[name=a,password=p=q,iterations=8192]").unwrap();
        assert_eq!((large.iterations, large.stored_key.len(), large.salt.len()), (8192, 64, 32));
        assert_ne!(parse("SCRAM-SHA-512=[name=a,password=p=q,iterations=8192]").unwrap().salt, large.salt);
    }

    #[test]
    fn what_is_wrong_is_told_in_kafkas_words() {
        for (word, wrong) in [
            ("foo", "Failed to find equals sign in SCRAM argument 'foo'"),
            ("SCRAM-SHA-1=[a=b]", "The add-scram mechanism SCRAM-SHA-1 is not supported."),
            ("SCRAM-SHA-256=a]", "Expected configuration string to start with ["),
            ("SCRAM-SHA-256=[a", "Expected configuration string to end with ]"),
            ("SCRAM-SHA-256=[]", "No equals sign found in SCRAM component: "),
            ("SCRAM-SHA-256=[password=x]", "You must supply 'name' to add-scram"),
            ("SCRAM-SHA-256=[name=a]", "You must supply one of 'password' or 'saltedpassword' to add-scram"),
            ("SCRAM-SHA-256=[name=a,saltedpassword=YQ]", "You must supply 'salt' with 'saltedpassword' to add-scram"),
            ("SCRAM-SHA-256=[name=a,password=x,salt=!]", "Failed to decode given salt: !"),
            ("SCRAM-SHA-256=[name=a,salt=YQ,saltedpassword=!]", "Failed to decode given saltedPassword: !"),
            ("SCRAM-SHA-256=[name=a,password=x,iterations=y]", "Failed to parse iterations count: y"),
            (
                "SCRAM-SHA-256=[name=a,password=x,iterations=1]",
                "The 'iterations' value must be >= 4096 for add-scram using SCRAM_SHA_256",
            ),
            (
                "SCRAM-SHA-512=[name=a,password=x,iterations=99999]",
                "The 'iterations' value must be <= 16384 for add-scram using SCRAM_SHA_512",
            ),
            ("SCRAM-SHA-256=[name=a,password=x,b=c,d=e]", "Unknown SCRAM configurations: b, d"),
        ] {
            assert_eq!(parse(word), Err(wrong.to_owned()), "{word}");
        }
    }
}
