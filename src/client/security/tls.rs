//! TLS by rustls: what is trusted, who the client is, and why a handshake failed.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, verify_server_cert_signed_by_trust_anchor};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::version::{TLS12, TLS13};
use rustls::{CertificateError, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::{Certificate, pem, store};
use crate::client::{ClientError, Properties, Result};

/// Where systems keep the authorities that everybody trusts.
const SYSTEM_ROOTS: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Why there is no TLS with a broker.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsFailure {
    /// The listener takes connections without TLS.
    #[error("the listener does not speak TLS")]
    NotTls,
    /// The listener wants TLS and this client did not offer it.
    #[error("the listener speaks TLS, and this client was not told to")]
    IsTls,
    /// The broker's certificate is not good.
    #[error("{0}")]
    Certificate(CertificateProblem),
    /// The broker broke off and said why.
    #[error("the broker refused: {0}")]
    Refused(String),
    /// It broke off without a word.
    #[error("the broker closed the connection during the handshake")]
    Closed,
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

/// What is wrong with a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateProblem {
    /// The kind.
    pub kind: ProblemKind,
    /// All of it, in words, with the certificate's subject.
    pub text: String,
}

/// Kinds of trouble with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// Nobody who is trusted signed it.
    Untrusted,
    /// Its time is over.
    Expired,
    /// Its time is still to come.
    NotYetValid,
    /// It is for another host.
    WrongName,
    /// Anything else.
    Other,
}

impl fmt::Display for CertificateProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for CertificateProblem {}

/// How TLS is spoken with every broker of a cluster.
#[derive(Clone)]
pub struct Tls {
    config: Arc<rustls::ClientConfig>,
    checker: Arc<Checker>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

impl Tls {
    /// Takes the `ssl.*` settings.
    ///
    /// # Errors
    /// [`ClientError::Config`] for stores that cannot be read and settings that are not supported.
    pub fn from_properties(properties: &Properties) -> Result<Tls> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let trusted = match store::trusted(properties)? {
            Some(trusted) => trusted,
            None => system_roots()?,
        };
        let mut roots = RootCertStore::empty();
        let (added, _) =
            roots.add_parsable_certificates(trusted.iter().map(|der| CertificateDer::from(der.as_slice())));
        if added == 0 {
            return Err(ClientError::Security("none of the trusted certificates can be read".into()));
        }
        let check_host = match properties.get("ssl.endpoint.identification.algorithm") {
            None => true,
            Some("") => false,
            Some(name) if name.eq_ignore_ascii_case("https") => true,
            Some(other) => {
                return Err(ClientError::Security(format!(
                    "ssl.endpoint.identification.algorithm={other} is not supported: it is https, or empty for no check"
                )));
            }
        };
        let checker = Arc::new(Checker { roots, trusted, check_host, provider: Arc::clone(&provider) });
        let builder = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&versions(properties)?)
            .map_err(|error| ClientError::Security(format!("TLS cannot be set up: {error}")))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&checker) as Arc<dyn ServerCertVerifier>);
        let mut config = match store::identity(properties)? {
            None => builder.with_no_client_auth(),
            Some(identity) => {
                let key = PrivateKeyDer::try_from(identity.key)
                    .map_err(|error| ClientError::Security(format!("the private key cannot be used: {error}")))?;
                let chain = identity.chain.into_iter().map(CertificateDer::from).collect();
                builder.with_client_auth_cert(chain, key).map_err(|error| {
                    ClientError::Security(format!("the private key and its certificate cannot be used: {error}"))
                })?
            }
        };
        config.resumption = Resumption::disabled();
        Ok(Tls { config: Arc::new(config), checker })
    }

    /// Shakes hands over a socket; `address` is the `host:port` that was connected to.
    pub async fn connect(&self, address: &str, socket: TcpStream) -> Result<TlsStream<TcpStream>, TlsFailure> {
        let host = host_of(address);
        // A name that DNS could not hold is still checked against the certificate, by `Checker`.
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| TlsFailure::Other(format!("`{host}` is no name of a host")))?;
        let connector = tokio_rustls::TlsConnector::from(Arc::clone(&self.config));
        connector.connect(name, socket).await.map_err(|error| TlsFailure::of(&error))
    }

    /// Whether the broker's name is compared with its certificate.
    pub fn checks_host(&self) -> bool {
        self.checker.check_host
    }
}

/// The host in `host:port`, without the brackets of an IPv6 address.
pub fn host_of(address: &str) -> &str {
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    host.trim_start_matches('[').trim_end_matches(']')
}

impl TlsFailure {
    /// What an error of the socket means.
    pub fn of(error: &std::io::Error) -> TlsFailure {
        let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) else {
            return match error.kind() {
                std::io::ErrorKind::UnexpectedEof
                | std::io::ErrorKind::ConnectionReset
                | std::io::ErrorKind::BrokenPipe => TlsFailure::Closed,
                _ => TlsFailure::Other(error.to_string()),
            };
        };
        match tls {
            rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(inner))) => {
                match inner.downcast_ref::<CertificateProblem>() {
                    Some(problem) => TlsFailure::Certificate(problem.clone()),
                    None => TlsFailure::Other(inner.to_string()),
                }
            }
            rustls::Error::InvalidMessage(_) => TlsFailure::NotTls,
            rustls::Error::AlertReceived(alert) => TlsFailure::Refused(alert_words(*alert)),
            other => TlsFailure::Other(other.to_string()),
        }
    }

    /// What the operator can do about it.
    pub fn hint(&self) -> String {
        match self {
            TlsFailure::NotTls => {
                "security.protocol=PLAINTEXT or SASL_PLAINTEXT is for such a listener; is it the right port?".into()
            }
            TlsFailure::IsTls => "set security.protocol=SSL or SASL_SSL in the file of --command-config".into(),
            TlsFailure::Certificate(problem) => match problem.kind {
                ProblemKind::Untrusted => "put the certificate of its authority into ssl.truststore.location, \
                     or name a PEM file with ssl.truststore.type=PEM"
                    .into(),
                ProblemKind::Expired => "give the broker a new certificate".into(),
                ProblemKind::NotYetValid => "are the clocks right?".into(),
                ProblemKind::WrongName => "connect by a name of the certificate, or give the broker one with this name; \
                     an empty ssl.endpoint.identification.algorithm turns the check off"
                    .into(),
                ProblemKind::Other => "`openssl s_client -connect HOST:PORT -showcerts` shows the certificate".into(),
            },
            TlsFailure::Refused(words) if words.contains("certificate") => {
                "the listener wants a certificate of the client: ssl.keystore.location, signed by whom the broker trusts"
                    .into()
            }
            TlsFailure::Refused(_) | TlsFailure::Closed | TlsFailure::Other(_) => {
                "the broker's log says what it did not like; ssl.enabled.protocols must have one in common".into()
            }
        }
    }
}

fn alert_words(alert: rustls::AlertDescription) -> String {
    let name = format!("{alert:?}");
    let mut words = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !words.is_empty() && !words.ends_with(char::is_uppercase) {
            words.push(' ');
        }
        words.push(c);
    }
    words.to_lowercase()
}

fn versions(properties: &Properties) -> Result<Vec<&'static rustls::SupportedProtocolVersion>> {
    let list = properties.get("ssl.enabled.protocols").unwrap_or("TLSv1.2,TLSv1.3");
    let names: Vec<&str> = list.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    let mut versions = Vec::new();
    for name in &names {
        match *name {
            "TLSv1.3" => versions.push(&TLS13),
            "TLSv1.2" => versions.push(&TLS12),
            // Broken since years; Java refuses them by default too.
            "TLSv1.1" | "TLSv1" => {}
            other => {
                let text = format!("ssl.enabled.protocols: {other} is neither TLSv1.2 nor TLSv1.3");
                return Err(ClientError::Security(text));
            }
        }
    }
    if versions.is_empty() {
        return Err(ClientError::Security(format!("ssl.enabled.protocols={list} leaves neither TLSv1.2 nor TLSv1.3")));
    }
    Ok(versions)
}

fn system_roots() -> Result<Vec<Vec<u8>>> {
    let named = std::env::var("SSL_CERT_FILE").ok();
    let path =
        named.as_deref().or_else(|| SYSTEM_ROOTS.iter().copied().find(|path| std::path::Path::new(path).exists()));
    let Some(path) = path else {
        return Err(ClientError::Security(
            "ssl.truststore.location is not set, and this system has no list of authorities (SSL_CERT_FILE)".into(),
        ));
    };
    let text = std::fs::read_to_string(path)
        .map_err(|error| ClientError::Security(format!("cannot read the authorities in {path}: {error}")))?;
    let blocks = pem::blocks(&text).map_err(|error| ClientError::Security(format!("cannot read {path}: {error}")))?;
    Ok(blocks.into_iter().filter(|(label, _)| label == "CERTIFICATE").map(|(_, der)| der).collect())
}

/// Checks certificates as Java does: what stands in the trust store is trusted as it is, anything else by its chain.
#[derive(Debug)]
struct Checker {
    roots: RootCertStore,
    trusted: Vec<Vec<u8>>,
    check_host: bool,
    provider: Arc<CryptoProvider>,
}

impl Checker {
    fn check_chain(&self, own: &CertificateDer<'_>, chain: &[CertificateDer<'_>], now: UnixTime) -> Result<(), Bad> {
        if self.trusted.iter().any(|der| der.as_slice() == own.as_ref()) {
            return Ok(());
        }
        let algorithms = self.provider.signature_verification_algorithms.all;
        let parsed = ParsedCertificate::try_from(own)?;
        verify_server_cert_signed_by_trust_anchor(&parsed, &self.roots, chain, now, algorithms)?;
        Ok(())
    }
}

/// What rustls says to a chain.
type Bad = rustls::Error;

fn problem(error: Bad, own: &[u8], chain: &[CertificateDer<'_>], now: UnixTime) -> CertificateProblem {
    let certificate = Certificate::parse(own).ok();
    let about = certificate.as_ref().map_or_else(
        || "the broker's certificate".to_owned(),
        |c| format!("the certificate of {}", if c.subject.is_empty() { "the broker" } else { &c.subject }),
    );
    let is_over = |c: &Certificate| c.not_after < now.as_secs() as i64;
    // The one that has expired may be another one of the chain.
    let old = chain.iter().filter_map(|der| Certificate::parse(der).ok()).find(is_over);
    let (kind, text) = match error {
        rustls::Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            match (&certificate, old) {
                (Some(c), _) if is_over(c) => (ProblemKind::Expired, format!("{about} expired at {}", c.expiry())),
                (_, Some(c)) => {
                    (ProblemKind::Expired, format!("the certificate of {} expired at {}", c.subject, c.expiry()))
                }
                _ => (ProblemKind::Expired, format!("a certificate in the chain of {about} has expired")),
            }
        }
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. },
        ) => {
            let from = certificate
                .map_or_else(String::new, |c| format!(" before {}", super::certificate::moment(c.not_before)));
            (ProblemKind::NotYetValid, format!("{about} is not valid{from}"))
        }
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            let by = certificate.map(|c| if c.issuer == c.subject { "itself".to_owned() } else { c.issuer });
            let by = by.map_or_else(String::new, |by| format!(" (signed by {by})"));
            (ProblemKind::Untrusted, format!("{about}{by} is not signed by anybody who is trusted"))
        }
        rustls::Error::InvalidCertificate(other) => (ProblemKind::Other, format!("{about} cannot be used: {other}")),
        other => (ProblemKind::Other, format!("{about} cannot be used: {other}")),
    };
    CertificateProblem { kind, text }
}

fn refuse(problem: CertificateProblem) -> rustls::Error {
    rustls::Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(problem))))
}

impl ServerCertVerifier for Checker {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.check_chain(own, chain, now).map_err(|error| refuse(problem(error, own, chain, now)))?;
        let host = name.to_str();
        if self.check_host {
            let kind = ProblemKind::WrongName;
            let certificate = Certificate::parse(own).map_err(|error| {
                refuse(CertificateProblem {
                    kind: ProblemKind::Other,
                    text: format!("the broker's certificate: {error}"),
                })
            })?;
            if !certificate.is_for(&host) {
                let names = certificate.names();
                let text = format!("the certificate of {} is for {names}, not for {host}", certificate.subject);
                return Err(refuse(CertificateProblem { kind, text }));
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
