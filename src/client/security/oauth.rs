//! OAUTHBEARER: the token that a client shows, and the message it goes into (RFC 7628).

use super::jaas::LoginModule;
use crate::client::{ClientError, Properties, Result};
use crate::model::{TimestampMs, base64_encode};

/// Where tokens come from.
#[derive(Clone)]
pub enum Tokens {
    /// Made here, and signed by nobody: the module's options say what is in them.
    Unsecured(LoginModule),
    /// A file holds one (`sasl.oauthbearer.token.endpoint.url=file:…`); it is read anew at each login.
    File(String),
}

/// The handler that fetches tokens, by its old and its new name.
const SECURED: &[&str] = &[
    "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler",
    "org.apache.kafka.common.security.oauthbearer.secured.OAuthBearerLoginCallbackHandler",
];

impl Tokens {
    /// Where the settings take tokens from.
    ///
    /// # Errors
    /// [`ClientError::Security`] for sources that are not supported.
    pub fn from_properties(properties: &Properties, module: LoginModule) -> Result<Tokens> {
        let handler = properties.get("sasl.login.callback.handler.class").filter(|class| !class.is_empty());
        match handler {
            None => Ok(Tokens::Unsecured(module)),
            Some(class) if SECURED.contains(&class) => {
                let url = properties.get("sasl.oauthbearer.token.endpoint.url").unwrap_or_default();
                match url.strip_prefix("file:") {
                    Some(path) => Ok(Tokens::File(format!("/{}", path.trim_start_matches('/')))),
                    None => Err(ClientError::Security(format!(
                        "sasl.oauthbearer.token.endpoint.url={url} is not supported: fetch the token into a file and name \
                         that as file:/PATH"
                    ))),
                }
            }
            Some(class) => Err(ClientError::Security(format!(
                "sasl.login.callback.handler.class={class} is a Java class, and not supported"
            ))),
        }
    }

    /// The client's message.
    ///
    /// # Errors
    /// What is missing, in words.
    pub fn message(&self) -> std::result::Result<Vec<u8>, String> {
        let (token, extensions) = match self {
            Tokens::Unsecured(module) => (unsecured(module, TimestampMs::now().0)?, extensions(module)),
            Tokens::File(path) => {
                let text = std::fs::read_to_string(path).map_err(|error| format!("cannot read {path}: {error}"))?;
                (text.trim().to_owned(), Vec::new())
            }
        };
        let mut message = format!("n,,\u{1}auth=Bearer {token}\u{1}");
        for (key, value) in extensions {
            message.push_str(&format!("{key}={value}\u{1}"));
        }
        message.push('\u{1}');
        Ok(message.into_bytes())
    }
}

fn extensions(module: &LoginModule) -> Vec<(&str, &str)> {
    let options = module.options.iter();
    options.filter_map(|(key, value)| Some((key.strip_prefix("unsecuredLoginExtension_")?, value.as_str()))).collect()
}

/// A JSON web token with the algorithm `none`, as `OAuthBearerUnsecuredLoginCallbackHandler` makes it.
fn unsecured(module: &LoginModule, now: i64) -> std::result::Result<String, String> {
    let principal = module.option("unsecuredLoginPrincipalClaimName").unwrap_or("sub");
    let lifetime: i64 = match module.option("unsecuredLoginLifetimeSeconds") {
        None => 3600,
        Some(text) => text.parse().map_err(|_| format!("unsecuredLoginLifetimeSeconds={text} is no number"))?,
    };
    let mut claims = serde_json::Map::new();
    for (key, value) in &module.options {
        if let Some(name) = key.strip_prefix("unsecuredLoginStringClaim_") {
            claims.insert(name.to_owned(), value.as_str().into());
        } else if let Some(name) = key.strip_prefix("unsecuredLoginNumberClaim_") {
            let number: f64 = value.parse().map_err(|_| format!("{key}={value} is no number"))?;
            claims.insert(name.to_owned(), number.into());
        } else if let Some(name) = key.strip_prefix("unsecuredLoginListClaim_") {
            // The first character separates the elements.
            let mut rest = value.chars();
            let list = rest.next().map(|mark| rest.as_str().split(mark).map(str::to_owned).collect::<Vec<_>>());
            claims.insert(name.to_owned(), list.unwrap_or_default().into());
        }
    }
    if !claims.contains_key(principal) {
        return Err(format!("sasl.jaas.config lacks unsecuredLoginStringClaim_{principal}"));
    }
    claims.insert("iat".to_owned(), (now as f64 / 1000.0).into());
    claims.insert("exp".to_owned(), (now as f64 / 1000.0 + lifetime as f64).into());
    Ok(format!(
        "{}.{}.",
        base64_url(br#"{"alg":"none"}"#),
        base64_url(serde_json::Value::Object(claims).to_string().as_bytes())
    ))
}

fn base64_url(bytes: &[u8]) -> String {
    base64_encode(bytes).trim_end_matches('=').replace('+', "-").replace('/', "_")
}

#[cfg(test)]
mod tests {
    use super::super::jaas::parse_setting;
    use super::*;

    #[test]
    fn an_unsecured_token_holds_the_claims_of_the_module() {
        let text = "O required unsecuredLoginStringClaim_sub=\"alice\" unsecuredLoginListClaim_scope=\"|a|b\" \
                    unsecuredLoginExtension_k=v;";
        let module = parse_setting(text).unwrap().remove(0);
        let token = unsecured(&module, 1_000_500).unwrap();
        let payload = token.split('.').nth(1).unwrap();
        let json = String::from_utf8(crate::model::base64_decode(payload).unwrap()).unwrap();
        assert_eq!(json, r#"{"scope":["a","b"],"sub":"alice","iat":1000.5,"exp":4600.5}"#);
        let message = Tokens::Unsecured(module).message().unwrap();
        assert!(
            message.starts_with(b"n,,\x01auth=Bearer eyJhbGciOiJub25lIn0.") && message.ends_with(b"\x01k=v\x01\x01")
        );
        let nobody = parse_setting("O required;").unwrap().remove(0);
        assert!(Tokens::Unsecured(nobody).message().unwrap_err().contains("unsecuredLoginStringClaim_sub"));
    }
}
