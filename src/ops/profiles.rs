//! Named ways to reach clusters: client settings under a name, kept in files of the user's own.
//!
//! A profile is a `.properties` file in `$XDG_CONFIG_HOME/logbus/profiles`; `current` beside that folder names the one in
//! use. The limits of a profile are settings too, which the client enforces ([`crate::client::Guard`]).

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::client::{Guard, Properties};

/// Why a profile cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// There is none of the name.
    #[error("there is no profile {0}")]
    Unknown(String),
    /// There is one already.
    #[error("there is a profile {0} already")]
    Exists(String),
    /// A name that cannot be one of a file.
    #[error("`{0}` is no name of a profile: letters, digits, `.`, `_` and `-` make one, and the first is no `.`")]
    Name(String),
    /// Nowhere to keep profiles.
    #[error("neither XDG_CONFIG_HOME nor HOME is set, so there is no place for profiles")]
    Homeless,
    /// The disk said no.
    #[error("cannot {action} {}: {source}", .path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
}

/// The result of this module.
pub type Result<T, E = ProfileError> = std::result::Result<T, E>;

/// The folder with a user's profiles.
#[derive(Clone, Debug)]
pub struct Profiles {
    home: PathBuf,
}

impl Profiles {
    /// Those of the user who runs this.
    ///
    /// # Errors
    /// [`ProfileError::Homeless`].
    pub fn of_user() -> Result<Profiles> {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let config = set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|home| home.join(".config")));
        config.map(|config| Profiles::in_folder(config.join("logbus"))).ok_or(ProfileError::Homeless)
    }

    /// Those of a folder.
    pub fn in_folder(home: PathBuf) -> Profiles {
        Profiles { home }
    }

    fn folder(&self) -> PathBuf {
        self.home.join("profiles")
    }

    fn path(&self, name: &str) -> Result<PathBuf> {
        let is_good = !name.is_empty()
            && !name.starts_with('.')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
        if is_good {
            Ok(self.folder().join(format!("{name}.properties")))
        } else {
            Err(ProfileError::Name(name.into()))
        }
    }

    /// The names, sorted.
    ///
    /// # Errors
    /// When the folder cannot be read; a folder that is not there has none.
    pub fn names(&self) -> Result<Vec<String>> {
        let folder = self.folder();
        let failed = |source| ProfileError::File { action: "read", path: folder.clone(), source };
        let entries = match fs::read_dir(&folder) {
            Err(error) if is_absent(&error) => return Ok(Vec::new()),
            entries => entries.map_err(failed)?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
            names.extend(name.strip_suffix(".properties").map(str::to_owned));
        }
        names.sort();
        Ok(names)
    }

    /// A profile's settings, with its own name among them.
    ///
    /// # Errors
    /// [`ProfileError::Unknown`], or when it cannot be read.
    pub fn load(&self, name: &str) -> Result<Properties> {
        let path = self.path(name)?;
        let mut properties = match Properties::load(&path) {
            Err(error) if is_absent(&error) => return Err(ProfileError::Unknown(name.into())),
            properties => properties.map_err(|source| ProfileError::File { action: "read", path, source })?,
        };
        properties.set(Guard::PROFILE, name);
        Ok(properties)
    }

    /// Keeps a profile, readable by its owner only.
    ///
    /// # Errors
    /// [`ProfileError::Exists`] unless `replace`, or when it cannot be written.
    pub fn save(&self, name: &str, properties: &Properties, replace: bool) -> Result<()> {
        let path = self.path(name)?;
        if path.exists() && !replace {
            return Err(ProfileError::Exists(name.into()));
        }
        let mut kept = properties.clone();
        kept.remove(Guard::PROFILE);
        write(&path, &kept.to_text())
    }

    /// Forgets a profile; if it was the one in use, none is.
    ///
    /// # Errors
    /// [`ProfileError::Unknown`], or when it cannot be removed.
    pub fn delete(&self, name: &str) -> Result<()> {
        let path = self.path(name)?;
        match fs::remove_file(&path) {
            Err(error) if is_absent(&error) => return Err(ProfileError::Unknown(name.into())),
            removed => removed.map_err(|source| ProfileError::File { action: "remove", path, source })?,
        }
        if self.current()?.as_deref() == Some(name) { self.choose(None) } else { Ok(()) }
    }

    /// The name of the profile in use.
    ///
    /// # Errors
    /// When the file with it cannot be read.
    pub fn current(&self) -> Result<Option<String>> {
        let path = self.home.join("current");
        match fs::read_to_string(&path) {
            Err(error) if is_absent(&error) => Ok(None),
            Err(source) => Err(ProfileError::File { action: "read", path, source }),
            Ok(text) => Ok(Some(text.trim().to_owned()).filter(|name| !name.is_empty())),
        }
    }

    /// Puts a profile in use, or none.
    ///
    /// # Errors
    /// [`ProfileError::Unknown`], or when that cannot be noted.
    pub fn choose(&self, name: Option<&str>) -> Result<()> {
        let path = self.home.join("current");
        match name {
            Some(name) => {
                self.load(name)?;
                write(&path, &format!("{name}\n"))
            }
            None => match fs::remove_file(&path) {
                Err(error) if is_absent(&error) => Ok(()),
                removed => removed.map_err(|source| ProfileError::File { action: "remove", path, source }),
            },
        }
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Writes a file whole or not at all, for its owner only.
fn write(path: &Path, text: &str) -> Result<()> {
    let failed = |source| ProfileError::File { action: "write", path: path.to_owned(), source };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let next = path.with_extension("next");
    let opened = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&next);
    let mut file = opened.map_err(failed)?;
    // The mode above counts only for a file that is new.
    file.set_permissions(fs::Permissions::from_mode(0o600)).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    fs::rename(&next, path).map_err(failed)
}

/// Whether a setting is one that nobody looks over a shoulder at.
pub fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["password", "secret", "jaas", "token", "keystore.key"].iter().any(|part| key.contains(part))
        && !key.ends_with("endpoint.url")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_kept_for_their_owner_and_one_is_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let profiles = Profiles::in_folder(folder.path().join("logbus"));
        assert!(profiles.names().unwrap().is_empty() && profiles.current().unwrap().is_none());
        let mut properties = Properties::default();
        properties.set("bootstrap.servers", "a:9092");
        profiles.save("prod", &properties, false).unwrap();
        assert!(matches!(profiles.save("prod", &properties, false), Err(ProfileError::Exists(_))));
        profiles.save("prod", &properties, true).unwrap();
        let mode = fs::metadata(profiles.path("prod").unwrap()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        profiles.choose(Some("prod")).unwrap();
        assert_eq!(profiles.current().unwrap().as_deref(), Some("prod"));
        assert_eq!(profiles.load("prod").unwrap().get(Guard::PROFILE), Some("prod"));
        assert!(matches!(profiles.choose(Some("test")), Err(ProfileError::Unknown(_))));
        profiles.delete("prod").unwrap();
        assert!(profiles.names().unwrap().is_empty() && profiles.current().unwrap().is_none());
        for bad in ["", "../x", "a/b", ".x"] {
            assert!(matches!(profiles.load(bad), Err(ProfileError::Name(_))), "{bad}");
        }
    }

    #[test]
    fn secrets_are_known_by_their_keys() {
        for key in ["sasl.jaas.config", "ssl.key.password", "ssl.keystore.key"] {
            assert!(is_secret(key), "{key}");
        }
        assert!(!is_secret("bootstrap.servers") && !is_secret("ssl.keystore.location"));
    }
}
