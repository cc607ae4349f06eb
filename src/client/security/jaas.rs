//! The grammar of JAAS login configurations: `sasl.jaas.config`, and the file of `java.security.auth.login.config`.

use std::collections::BTreeMap;

/// A login module with its options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginModule {
    /// The class.
    pub class: String,
    /// `required`, `sufficient`, …
    pub flag: String,
    /// Its options.
    pub options: BTreeMap<String, String>,
}

impl LoginModule {
    /// An option.
    pub fn option(&self, name: &str) -> Option<&str> {
        self.options.get(name).map(String::as_str)
    }

    /// The class without its package.
    pub fn simple_name(&self) -> &str {
        self.class.rsplit('.').next().unwrap_or(&self.class)
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Sign(char),
}

/// Reads the modules of a setting: `CLASS FLAG KEY=VALUE … ;`, one or more.
///
/// # Errors
/// What is wrong with it, in words.
pub fn parse_setting(text: &str) -> Result<Vec<LoginModule>, String> {
    let tokens = tokens(text)?;
    let mut at = 0;
    let mut modules = Vec::new();
    while at < tokens.len() {
        modules.push(module(&tokens, &mut at)?);
    }
    if modules.is_empty() { Err("it names no login module".into()) } else { Ok(modules) }
}

/// Reads a file: `NAME { MODULE … };`, and gives the modules of every section.
///
/// # Errors
/// What is wrong with it, in words.
pub fn parse_file(text: &str) -> Result<BTreeMap<String, Vec<LoginModule>>, String> {
    let tokens = tokens(text)?;
    let mut at = 0;
    let mut sections = BTreeMap::new();
    while at < tokens.len() {
        let name = word(&tokens, &mut at, "the name of a section")?;
        sign(&tokens, &mut at, '{')?;
        let mut modules = Vec::new();
        while tokens.get(at) != Some(&Token::Sign('}')) {
            modules.push(module(&tokens, &mut at)?);
        }
        at += 1;
        sign(&tokens, &mut at, ';')?;
        sections.insert(name, modules);
    }
    Ok(sections)
}

fn module(tokens: &[Token], at: &mut usize) -> Result<LoginModule, String> {
    let class = word(tokens, at, "a login module")?;
    let flag = word(tokens, at, "a control flag")?;
    if !["required", "requisite", "sufficient", "optional"].contains(&flag.to_ascii_lowercase().as_str()) {
        return Err(format!("`{flag}` is none of required, requisite, sufficient, optional"));
    }
    let mut options = BTreeMap::new();
    while tokens.get(*at) != Some(&Token::Sign(';')) {
        let key = word(tokens, at, "an option, or `;` at the end")?;
        sign(tokens, at, '=')?;
        options.insert(key, word(tokens, at, "a value")?);
    }
    *at += 1;
    Ok(LoginModule { class, flag, options })
}

fn word(tokens: &[Token], at: &mut usize, what: &str) -> Result<String, String> {
    let found = match tokens.get(*at) {
        Some(Token::Word(word)) => word.clone(),
        Some(Token::Sign(sign)) => return Err(format!("`{sign}` stands where {what} is expected")),
        None => return Err(format!("it ends where {what} is expected")),
    };
    *at += 1;
    Ok(found)
}

fn sign(tokens: &[Token], at: &mut usize, sign: char) -> Result<(), String> {
    match tokens.get(*at) {
        Some(Token::Sign(found)) if *found == sign => {
            *at += 1;
            Ok(())
        }
        Some(Token::Sign(found)) => Err(format!("`{found}` stands where `{sign}` is expected")),
        // A value is not repeated: it may be a password.
        Some(Token::Word(_)) => Err(format!("a word stands where `{sign}` is expected")),
        None => Err(format!("it ends where `{sign}` is expected")),
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            c if c.is_whitespace() => {}
            '{' | '}' | ';' | '=' => tokens.push(Token::Sign(c)),
            '"' | '\'' => {
                let mut word = String::new();
                loop {
                    match chars.next() {
                        None | Some('\n') => return Err("a quote is not closed".into()),
                        Some(end) if end == c => break,
                        Some('\\') => word.push(escaped(&mut chars)),
                        Some(other) => word.push(other),
                    }
                }
                tokens.push(Token::Word(word));
            }
            '/' if chars.peek() == Some(&'/') => while chars.next().is_some_and(|c| c != '\n') {},
            '/' if chars.peek() == Some(&'*') => {
                let mut last = ' ';
                chars.next();
                loop {
                    match chars.next() {
                        None => return Err("a comment is not closed".into()),
                        Some('/') if last == '*' => break,
                        Some(c) => last = c,
                    }
                }
            }
            first => {
                let mut word = String::from(first);
                while let Some(c) = chars.peek().copied().filter(|c| is_word(*c)) {
                    word.push(c);
                    chars.next();
                }
                tokens.push(Token::Word(word));
            }
        }
    }
    Ok(tokens)
}

fn is_word(c: char) -> bool {
    !c.is_whitespace() && !matches!(c, '{' | '}' | ';' | '=' | '"' | '\'')
}

/// What stands after a backslash, as `java.io.StreamTokenizer` reads it.
fn escaped(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> char {
    match chars.next() {
        Some('n') => '\n',
        Some('t') => '\t',
        Some('r') => '\r',
        Some('b') => '\u{8}',
        Some('f') => '\u{c}',
        Some('a') => '\u{7}',
        Some('v') => '\u{b}',
        Some(first @ '0'..='7') => {
            let mut value = first.to_digit(8).unwrap_or(0);
            for _ in 0..if first <= '3' { 2 } else { 1 } {
                let Some(digit) = chars.peek().and_then(|c| c.to_digit(8)) else { break };
                value = value * 8 + digit;
                chars.next();
            }
            char::from_u32(value).unwrap_or('?')
        }
        Some(other) => other,
        None => '\\',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_has_a_module_with_quoted_options() {
        let text = "org.apache.kafka.common.security.scram.ScramLoginModule required\n \
                    username=\"a;b\" password='x\\\"y\\101' tokenauth=true /* no */ ; // end";
        let modules = parse_setting(text).unwrap();
        let module = &modules[0];
        assert_eq!((modules.len(), module.simple_name(), module.flag.as_str()), (1, "ScramLoginModule", "required"));
        assert_eq!(module.option("username"), Some("a;b"));
        assert_eq!(module.option("password"), Some("x\"yA"));
        assert_eq!(module.option("tokenauth"), Some("true"));
    }

    #[test]
    fn a_file_has_sections() {
        let sections = parse_file("KafkaServer { A required; };\n// c\nKafkaClient {\n B optional x=y;\n};").unwrap();
        assert_eq!(sections.keys().collect::<Vec<_>>(), ["KafkaClient", "KafkaServer"]);
        assert_eq!(sections["KafkaClient"][0].option("x"), Some("y"));
    }

    #[test]
    fn what_is_wrong_is_said_without_the_password() {
        for (text, said) in [
            ("", "it names no login module"),
            ("A", "it ends where a control flag is expected"),
            ("A maybe;", "`maybe` is none of required, requisite, sufficient, optional"),
            ("A required x", "it ends where `=` is expected"),
            ("A required x=\"y", "a quote is not closed"),
            ("A required password=\"s\" \"t\" \"secret\";", "a word stands where `=` is expected"),
            ("A required x=y", "it ends where an option, or `;` at the end is expected"),
        ] {
            assert_eq!(parse_setting(text).unwrap_err(), said);
        }
    }
}
