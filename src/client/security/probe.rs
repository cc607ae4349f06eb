//! A second look at a listener that broke off, to say what it speaks.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// ApiVersions in version 0, without a client id: what every broker answers before it knows anybody.
const API_VERSIONS: [u8; 14] = [0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 42, 0xff, 0xff];

/// Whether a listener answers requests without TLS.
pub async fn speaks_plain(address: &str, patience: Duration) -> bool {
    let asked = async {
        let mut socket = TcpStream::connect(address).await.ok()?;
        socket.write_all(&API_VERSIONS).await.ok()?;
        let mut answer = [0; 8];
        socket.read_exact(&mut answer).await.ok()?;
        Some(answer[4..] == [0, 0, 0, 42])
    };
    tokio::time::timeout(patience, asked).await.ok().flatten().unwrap_or(false)
}

/// Whether the first bytes of an answer are those of a TLS record: an alert, or a handshake.
pub fn is_tls_record(start: [u8; 4]) -> bool {
    matches!(start, [0x15 | 0x16, 3, 0..=4, 0])
}
