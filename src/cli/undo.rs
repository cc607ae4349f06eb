//! Where the way back is written when the operator names no file.

use std::path::PathBuf;

use crate::model::TimestampMs;

/// The directory for them, if not the one the command runs in.
const DIR: &str = "LOGBUS_UNDO_DIR";

/// A name that no earlier change has taken; `what` says which change it was.
pub fn file(what: &str) -> PathBuf {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    let what: String = what.chars().map(plain).take(100).collect();
    let name = format!("logbus-undo-{what}-{}.json", TimestampMs::now().0);
    std::env::var_os(DIR).map_or_else(PathBuf::new, PathBuf::from).join(name)
}
