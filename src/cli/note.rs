//! Words for the person at the terminal, on stderr. Nobody may be reading them any more: that is no reason to fail, as
//! the standard macro would, with another exit code than the command's.

use std::fmt::Arguments;
use std::io::Write as _;

/// Writes a line; see the module.
pub fn line(words: Arguments<'_>) {
    if !super::watch::keep_note(&format!("{words}\n")) {
        let _ = writeln!(std::io::stderr(), "{words}");
    }
}

/// Writes a line to stderr, and does not mind when nobody reads it.
macro_rules! note {
    ($($words:tt)*) => { $crate::cli::note::line(format_args!($($words)*)) };
}
