//! Security of connections: TLS with the stores that Java uses, and SASL.
//!
//! [`Security`] is what the settings ask for. `store` finds certificates and keys (`pem`, `pkcs12`, `jks`, over `der` and
//! `pbe`), `tls` shakes hands, `sasl` authenticates with what `jaas` reads, by `scram` or `oauth`.

mod certificate;
mod der;
mod jaas;
mod jks;
mod oauth;
mod pbe;
mod pem;
mod pkcs12;
mod probe;
mod sasl;
mod scram;
mod store;
mod tls;

use std::sync::Arc;

pub use certificate::Certificate;
pub use probe::{is_tls_record, speaks_plain};
pub use sasl::{Sasl, SaslFailure};
pub use tls::{CertificateProblem, ProblemKind, Tls, TlsFailure, host_of};

use super::{ClientError, Properties, Result};

/// How connections are secured; the default is not at all.
#[derive(Clone, Debug, Default)]
pub struct Security {
    /// With TLS.
    pub tls: Option<Arc<Tls>>,
    /// With a login.
    pub sasl: Option<Arc<Sasl>>,
}

impl Security {
    /// Takes `security.protocol` and what belongs to it.
    ///
    /// # Errors
    /// [`ClientError::Config`] for a protocol that there is not, [`ClientError::Security`] for stores, logins and
    /// settings that cannot be used.
    pub fn from_properties(properties: &Properties) -> Result<Security> {
        let protocol = properties.get("security.protocol").unwrap_or("PLAINTEXT");
        let (tls, sasl) = match protocol.to_ascii_uppercase().as_str() {
            "PLAINTEXT" => (false, false),
            "SSL" => (true, false),
            "SASL_PLAINTEXT" => (false, true),
            "SASL_SSL" => (true, true),
            _ => {
                return Err(ClientError::Config(format!(
                    "Invalid value {protocol} for configuration security.protocol: String must be one of (case \
                     insensitive): SASL_SSL, PLAINTEXT, SSL, SASL_PLAINTEXT"
                )));
            }
        };
        Ok(Security {
            sasl: if sasl { Some(Arc::new(Sasl::from_properties(properties)?)) } else { None },
            tls: if tls { Some(Arc::new(Tls::from_properties(properties)?)) } else { None },
        })
    }

    /// Its name as `security.protocol`.
    pub fn protocol(&self) -> &'static str {
        match (&self.tls, &self.sasl) {
            (None, None) => "PLAINTEXT",
            (Some(_), None) => "SSL",
            (None, Some(_)) => "SASL_PLAINTEXT",
            (Some(_), Some(_)) => "SASL_SSL",
        }
    }
}
