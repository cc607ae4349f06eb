//! The broker's log: lines on stderr.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use super::LogFormat;

/// Events to show unless `LOGBUS_LOG` says otherwise. The consensus engine's own chatter is for its developers.
const DEFAULT_FILTER: &str = "info,openraft=error";

/// Sends the log to stderr. `LOGBUS_LOG` takes a filter such as `debug` or `logbus::broker=debug`.
pub(super) fn start(format: LogFormat) {
    let filter = EnvFilter::try_from_env("LOGBUS_LOG").unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    // A second call in one process changes nothing, and that is no reason to stop.
    let _ = match format {
        LogFormat::Text => {
            let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            builder.with_ansi(colour).try_init()
        }
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
}
