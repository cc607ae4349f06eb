//! `logbus completions` and `logbus man`: made from the command table, and committed under `completions/` and `man/`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::app::command;
use super::complete::scripts::{Shell, script};
use super::error::{CliError, Exit};
use super::output::say;

/// Print the completion script of a shell
#[derive(Debug, clap::Args)]
pub struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

/// Print a manual page, or write all of them
#[derive(Debug, clap::Args)]
pub struct ManArgs {
    /// The command, as in `topics create`; the overview without it
    #[arg(value_name = "WORD")]
    words: Vec<String>,
    /// Write every page into this directory
    #[arg(long, value_name = "DIR", conflicts_with = "words")]
    dir: Option<PathBuf>,
}

impl CompletionsArgs {
    /// Runs the command.
    pub fn run(self) -> Result<Exit, CliError> {
        say(&script(self.shell))?;
        Ok(Exit::Done)
    }
}

impl ManArgs {
    /// Runs the command.
    pub fn run(self) -> Result<Exit, CliError> {
        let pages = pages()?;
        if let Some(dir) = &self.dir {
            std::fs::create_dir_all(dir).map_err(|e| CliError::file("create", dir, &e))?;
            for (name, text) in &pages {
                let file = dir.join(name);
                std::fs::write(&file, text).map_err(|e| CliError::file("write", &file, &e))?;
            }
            note!("wrote {} pages to {}", pages.len(), dir.display());
            return Ok(Exit::Done);
        }
        let name = std::iter::once("logbus").chain(self.words.iter().map(String::as_str)).collect::<Vec<_>>().join("-");
        match pages.into_iter().find(|(file, _)| *file == format!("{name}.1")) {
            Some((_, text)) => say(&text)?,
            None => {
                let words = self.words.join(" ");
                return Err(CliError::usage(format!("there is no command `{words}`")).with_hint("logbus --help"));
            }
        }
        Ok(Exit::Done)
    }
}

/// Every manual page with its file name, a page a verb.
pub fn pages() -> Result<Vec<(String, String)>, CliError> {
    let mut root = command().disable_help_subcommand(true);
    root.build();
    let mut pages = Vec::new();
    collect(&root, "logbus", &mut pages)?;
    Ok(pages)
}

fn collect(command: &clap::Command, name: &str, pages: &mut Vec<(String, String)>) -> Result<(), CliError> {
    let mut out = Vec::new();
    let title: &'static str = name.to_owned().leak();
    let page = clap_mangen::Man::new(command.clone().name(title)).title(title).manual("logbus");
    page.render(&mut out)?;
    out.flush()?;
    pages.push((format!("{name}.1"), String::from_utf8_lossy(&out).into_owned()));
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        collect(sub, &format!("{name}-{}", sub.get_name()), pages)?;
    }
    Ok(())
}

/// Every generated file of the repository with its text: completions and manual pages.
///
/// # Errors
/// When a page cannot be rendered.
pub fn generated() -> Result<Vec<(PathBuf, String)>, CliError> {
    let shells = [(Shell::Bash, "logbus.bash"), (Shell::Zsh, "_logbus"), (Shell::Fish, "logbus.fish")];
    let mut files: Vec<(PathBuf, String)> =
        shells.iter().map(|(shell, file)| (Path::new("completions").join(file), script(*shell))).collect();
    files.extend(pages()?.into_iter().map(|(file, text)| (Path::new("man").join(file), text)));
    Ok(files)
}
