//! A TLS listener in front of a plain one, with a certificate of `tests/fixtures/tls`.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::harness::repository;

/// A running one; it ends with its value.
pub struct TlsFront {
    _runtime: tokio::runtime::Runtime,
}

/// The path of a fixture.
pub fn fixture(name: &str) -> String {
    repository().join("tests/fixtures/tls").join(name).display().to_string()
}

impl TlsFront {
    /// Listens on `port` with the certificate and key of a PEM file, and hands everything on to `target`.
    pub fn start(port: u16, pem: &str, target: String) -> TlsFront {
        let chain: Vec<_> = CertificateDer::pem_file_iter(fixture(pem)).unwrap().collect::<Result<_, _>>().unwrap();
        let key = PrivateKeyDer::from_pem_file(fixture(pem)).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", port))).unwrap();
        runtime.spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (acceptor, target) = (acceptor.clone(), target.clone());
                tokio::spawn(async move {
                    // A client that does not like the certificate goes away; that is what some tests are about.
                    let Ok(mut inside) = acceptor.accept(socket).await else { return };
                    let Ok(mut outside) = TcpStream::connect(target).await else { return };
                    let _ = tokio::io::copy_bidirectional(&mut inside, &mut outside).await;
                });
            }
        });
        TlsFront { _runtime: runtime }
    }
}
