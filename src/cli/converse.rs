//! Asking for commands, one a line.

use std::io::{BufRead, Result, Write};

use crate::ops::metadata_tree::{Reply, Shell};

/// Prompts for lines and answers each, up to `exit` or the end of the input.
///
/// # Errors
/// Those of the streams.
pub fn converse(shell: &mut Shell, prompt: &str, input: &mut dyn BufRead, out: &mut dyn Write) -> Result<()> {
    loop {
        out.write_all(prompt.as_bytes())?;
        out.flush()?;
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 {
            return Ok(());
        }
        match shell.line(&line) {
            Reply::Text(text) => out.write_all(text.as_bytes())?,
            Reply::Exit => return Ok(()),
        }
    }
}
