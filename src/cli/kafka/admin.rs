//! What the argparse tools share that speak to a cluster: from which side, and how their failures are printed.

use super::argparse::{Argument, Type};
use super::argparse_commands::Line;
use super::cluster::{Failure, client_config, load};
use super::usage::Stop;
use crate::client::{Cluster, Properties};
use crate::ops::OpsError;
use crate::ops::cluster::Side;

/// `--bootstrap-server`, of the group of which one is given.
pub const SERVER: Argument = Argument::one(
    &["--bootstrap-server"],
    Type::String,
    "BOOTSTRAP_SERVER",
    "Brokers to connect to first, host:port, separated by commas.",
)
.exclusive();

/// `--bootstrap-controller`, of the same group.
pub const CONTROLLER: Argument = Argument::one(
    &["--bootstrap-controller"],
    Type::String,
    "BOOTSTRAP_CONTROLLER",
    "Controllers to connect to first, host:port, separated by commas.",
)
.exclusive();

/// A cluster, and the side from which it is reached.
#[derive(Debug)]
pub struct Reached {
    /// The handle; nothing is connected yet.
    pub cluster: Cluster,
    /// Whether the address is that of brokers or of controllers.
    pub side: Side,
    /// The file of `--command-config`.
    pub properties: Properties,
}

/// The handle for the address and the file that stand before a command.
///
/// # Errors
/// What the Java client would say to them.
pub fn reach(line: &Line) -> Result<Reached, Failure> {
    reach_with(&line.before, line.before.value("--command-config"))
}

/// The same, where the options stand elsewhere.
///
/// # Errors
/// As [`reach`].
pub fn reach_with(options: &super::argparse::Namespace, file: Option<&str>) -> Result<Reached, Failure> {
    let properties = match file {
        Some(file) => load(file)?,
        None => Properties::default(),
    };
    let (side, list) = match options.value("--bootstrap-controller") {
        Some(list) => (Side::Controllers, Some(list)),
        None => (Side::Brokers, options.value("--bootstrap-server")),
    };
    let config = client_config(list, &properties)?;
    Ok(Reached { cluster: Cluster::new(config), side, properties })
}

/// The error of an admin request, as a tool prints it that lets the exception of the future reach `main`: class and
/// message of the cause.
pub fn thrown(error: &OpsError, call: &str) -> Stop {
    Stop::Failure(Failure::of_error(error, call).to_string())
}

/// A table of the tools that print `prettyPrintTable`: every cell is padded to its column and ends in a tab.
pub fn tabbed(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|at| width(at).unwrap_or(0)).collect();
    let mut out = String::new();
    for row in rows {
        for (cell, width) in row.iter().zip(&widths) {
            out.push_str(&format!("{cell:width$}\t"));
        }
        out.push('\n');
    }
    out
}
