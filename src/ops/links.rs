//! Links under the names of Kafka's tools, all of them to one program.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use serde::Serialize;

/// What stands under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// Nothing.
    Missing,
    /// A link to the program.
    Ours,
    /// Somebody else's file or link.
    Foreign,
}

/// One name.
#[derive(Clone, Debug, Serialize)]
pub struct Link {
    /// Where it is.
    pub path: PathBuf,
    /// What stands there.
    pub state: LinkState,
}

/// Looks at the names in a folder.
///
/// # Errors
/// When the folder cannot be looked into.
pub fn look(folder: &Path, names: &[String], program: &Path) -> io::Result<Vec<Link>> {
    let mut links = Vec::new();
    for name in names {
        let path = folder.join(name);
        let state = match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => LinkState::Missing,
            Err(error) => return Err(error),
            Ok(found) if found.file_type().is_symlink() && is_same(&path, program) => LinkState::Ours,
            Ok(_) => LinkState::Foreign,
        };
        links.push(Link { path, state });
    }
    Ok(links)
}

fn is_same(link: &Path, program: &Path) -> bool {
    let target = fs::canonicalize(link).ok();
    target.is_some() && target == fs::canonicalize(program).ok()
}

/// Makes a link where there is none.
///
/// # Errors
/// When the system refuses; it does so too when something stands there by now.
pub fn make(link: &Link, program: &Path) -> io::Result<()> {
    symlink(program, &link.path)
}

/// Removes a link to the program.
///
/// # Errors
/// When the system refuses.
pub fn remove(link: &Link) -> io::Result<()> {
    fs::remove_file(&link.path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_to_the_program_are_ours() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("logbus");
        fs::write(&program, "").unwrap();
        let names: Vec<String> = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        symlink(&program, folder.path().join("a")).unwrap();
        fs::write(folder.path().join("b"), "").unwrap();
        symlink("/nowhere", folder.path().join("c")).unwrap();
        let states: Vec<LinkState> =
            look(folder.path(), &names, &program).unwrap().into_iter().map(|link| link.state).collect();
        assert_eq!(states, [LinkState::Ours, LinkState::Foreign, LinkState::Foreign, LinkState::Missing]);
    }
}
