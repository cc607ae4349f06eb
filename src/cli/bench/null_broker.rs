//! `logbus bench null-broker`.

use crate::cli::error::{CliError, Exit};
use crate::cli::output::say;
use crate::ops::bench::NullBroker;

/// A broker that answers at once and stores nothing, to measure clients against
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where to listen; clients are told the same address
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:9092")]
    listener: String,
    /// Partitions of every topic
    #[arg(long, value_name = "N", default_value = "1")]
    partitions: i32,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(async {
            let broker = NullBroker::bind(&self.listener, self.partitions).await.map_err(|e| {
                CliError::failed(format!("cannot listen on {}: {e}", self.listener))
                    .with_hint("--listener names another address")
            })?;
            say(&format!("logbus null broker ready: kafka {}\n", broker.address()))?;
            tokio::select! {
                served = broker.serve() => served?,
                stopped = tokio::signal::ctrl_c() => stopped?,
            }
            Ok(Exit::Done)
        })
    }
}
