//! PEM: blocks of base64 between `-----BEGIN X-----` and `-----END X-----`, in a file or in a setting.

use super::der::Damaged;
use crate::model::base64_decode;

/// The blocks of a text with their labels. Blanks count for nothing inside, as a setting may hold all on one line.
pub fn blocks(text: &str) -> Result<Vec<(String, Vec<u8>)>, Damaged> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("-----BEGIN ") {
        let (label, after) = after.split_once("-----").ok_or(Damaged)?;
        let (body, after) = after.split_once(&format!("-----END {label}-----")).ok_or(Damaged)?;
        let digits: String = body.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        found.push((label.to_owned(), base64_decode(&digits).ok_or(Damaged)?));
        rest = after;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_between_other_text_and_on_one_line() {
        let text = "Bag Attributes\n-----BEGIN A-----\nZm9v\nYmFy\n-----END A-----\n-----BEGIN B C----- Zg== -----END B C-----";
        let found = blocks(text).unwrap();
        assert_eq!(found, [("A".to_owned(), b"foobar".to_vec()), ("B C".to_owned(), b"f".to_vec())]);
        assert!(blocks("-----BEGIN A-----\nZm9v").is_err());
        assert!(blocks("-----BEGIN A-----\n$$\n-----END A-----").is_err());
    }
}
