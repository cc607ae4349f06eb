//! `logbus broker`: run a broker, with its admin daemon, in the foreground.

mod log;
mod settings;

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use super::error::{CliError, Exit};
use crate::admin::{self, AdminState};
use crate::broker::server::{Server, StartError};
use crate::config::BrokerConfig;

/// Start a broker here
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  logbus broker                                         data in ./logbus-data, Kafka on 127.0.0.1:9092
  logbus broker --data-dir /var/lib/logbus --listener PLAINTEXT://0.0.0.0:9092
  logbus broker --config server.properties              Kafka's own file, taken as it is
  logbus broker --override log.retention.hours=24

Ctrl-C is a controlled shutdown. `kill -9` is safe at any moment: the next start mends what it left.")]
pub struct Broker {
    /// Read settings from a Kafka `server.properties`; its directories must be formatted
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Set one setting, over the file's; may be repeated
    #[arg(long = "override", value_name = "KEY=VALUE")]
    overrides: Vec<String>,
    /// Keep data here (`log.dirs`) [default: ./logbus-data]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Serve Kafka here (`listeners`), as HOST:PORT or NAME://HOST:PORT [default: 127.0.0.1:9092]
    #[arg(long, value_name = "ADDRESS")]
    listener: Option<String>,
    /// Serve the admin daemon here (`logbus.admin.listener`), as HOST:PORT; `none` turns it off [default: 127.0.0.1:8082]
    #[arg(long, value_name = "ADDRESS")]
    admin_listener: Option<String>,
    /// This node's id (`node.id`) [default: 1]
    #[arg(long, value_name = "ID")]
    node_id: Option<i32>,
    /// How the log on stderr is written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    log_format: LogFormat,
}

/// Forms of the broker's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One line an event, for people
    Text,
    /// One JSON object an event
    Json,
}

impl Broker {
    /// Runs until told to stop.
    ///
    /// # Errors
    /// When the settings are wrong or the broker cannot start or go on.
    pub fn run(self) -> Result<Exit, CliError> {
        log::start(self.log_format);
        raise_open_files();
        let config = settings::load(&self)?;
        if self.config.is_none() {
            settings::format_if_new(&config)?;
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|e| CliError::failed(format!("cannot start the runtime: {e}")))?;
        runtime.block_on(serve(config))
    }
}

/// Takes all the open files that the process may have, as a JVM does (`MaxFDLimit`).
fn raise_open_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum
        && let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })
    {
        tracing::warn!(%error, "the limit of open files stays where it is");
    }
}

async fn serve(config: BrokerConfig) -> Result<Exit, CliError> {
    let stopped = |e: std::io::Error| CliError::failed(format!("cannot take signals: {e}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(stopped)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(stopped)?;
    let data = config.log_dirs().iter().map(|dir| dir.display().to_string()).collect::<Vec<_>>().join(",");
    let admin_listener = config.admin_listener().map(|(host, port)| format!("{host}:{port}"));
    // A start may have to wait for other voters: it can be given up at any time, as nothing was acknowledged yet.
    let server = tokio::select! {
        server = Server::start(config) => server.map_err(refused)?,
        _ = terminate.recv() => return Ok(Exit::Done),
        _ = interrupt.recv() => return Ok(Exit::Done),
    };
    let (stop_admin, admin) = match admin_listener {
        // The admin daemon speaks for a broker: a node that is a controller alone has none.
        Some(address) if !server.addresses().is_empty() => {
            start_admin(&server, &address).await.map(|(stop, at)| (Some(stop), Some(at)))?
        }
        _ => (None, None),
    };
    let list = |all: &[(String, SocketAddr)]| all.iter().map(|(_, at)| at.to_string()).collect::<Vec<_>>().join(",");
    let serves = match server.addresses() {
        [] => format!("controller {}", list(server.controller_addresses())),
        kafka => format!("kafka {}", list(kafka)),
    };
    let admin = admin.map_or_else(|| "off".to_owned(), |address| format!("http://{address}"));
    let ready = format!("logbus ready: node {}, {serves}, admin {admin}, data {data}", server.broker().id);
    // The line is for whoever started the broker; if nobody reads it, the broker runs all the same.
    let _ = writeln!(std::io::stdout(), "{ready}");
    let failure = tokio::select! {
        _ = terminate.recv() => None,
        _ = interrupt.recv() => None,
        reason = server.failed() => Some(reason),
    };
    match failure {
        Some(reason) => Err(CliError::failed(format!("the broker cannot go on: {reason}"))),
        None => {
            drop(stop_admin);
            server.stop().await;
            Ok(Exit::Done)
        }
    }
}

/// Starts the admin daemon beside the broker; it stops when the sender is dropped.
async fn start_admin(server: &Server, address: &str) -> Result<(oneshot::Sender<()>, SocketAddr), CliError> {
    let cannot = |e: std::io::Error| {
        CliError::failed(format!("cannot listen on {address} for the admin daemon: {e}"))
            .with_hint("choose another address with --admin-listener, or `none`")
    };
    let listener = TcpListener::bind(address).await.map_err(cannot)?;
    let bound = listener.local_addr().map_err(cannot)?;
    let Some((_, kafka)) = server.addresses().first() else {
        return Err(CliError::failed("the broker has no listener").with_hint("set `listeners`"));
    };
    let state = AdminState::of_broker(Arc::clone(server.broker()), *kafka);
    let (stop, stopped) = oneshot::channel::<()>();
    tokio::spawn(async move {
        let stopped = async move {
            let _ = stopped.await;
        };
        if let Err(e) = admin::serve(listener, state, stopped).await {
            tracing::error!(error = %e, "the admin daemon stopped");
        }
    });
    Ok((stop, bound))
}

fn refused(error: StartError) -> CliError {
    let hint = match &error {
        StartError::Bind { .. } => Some("choose another address with --listener, or stop the process that has it"),
        StartError::NotFormatted(_) => Some("without --config, `logbus broker` formats its directory by itself"),
        _ => None,
    };
    let failed = CliError::failed(error.to_string());
    match hint {
        Some(hint) => failed.with_hint(hint),
        None => failed,
    }
}
