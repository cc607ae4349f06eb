//! `logbus bench floor`.

use std::path::PathBuf;

use super::{per_second, watched};
use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::ops::bench::{self, FloorBench};

/// What the kernel alone takes for a gigabyte in and out
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Bytes each way
    #[arg(long, value_name = "SIZE", default_value = "2GiB", value_parser = human::parse_size)]
    bytes: u64,
    /// Where the file goes: the disk that the broker's log would be on
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    #[command(flatten)]
    output: Output,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let bench = FloorBench { bytes: self.bytes, dir: self.dir };
        let result = watched(Some(2 * self.bytes), "bytes", |progress| bench::floor(&bench, &progress));
        let report = result.map_err(|e| {
            CliError::failed(format!("cannot measure in {}: {e}", bench.dir.display()))
                .with_hint("--dir names a directory with room for --bytes")
        })?;
        self.output.print("bench-floor", &report, Vec::new, |_| {
            let mut table = Table::new(&["WAY", ">BYTES", ">SECONDS", ">RATE", ">CPU S/GB"]);
            for (way, f) in [("in: receive, CRC-32C, write", report.inward), ("out: sendfile", report.out)] {
                table.row([
                    way.to_owned(),
                    human::size(f.bytes as i64),
                    format!("{:.2}", f.seconds),
                    per_second(f.bytes_per_second),
                    format!("{:.3}", f.cpu_seconds_per_gb),
                ]);
            }
            table
        })?;
        Ok(Exit::Done)
    }
}
