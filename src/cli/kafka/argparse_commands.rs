//! Tools with sub-commands, as argparse4j 0.7.0 parses them: options, a word that names the command, its own options.

use std::fmt::Write as _;

use super::argparse::{HELP_INDENT, Namespace, Parser, Refused, did_you_mean, wrap};
use super::usage::{Stop, Streams};

/// A tool of several commands.
#[derive(Clone, Copy, Debug)]
pub struct Commands {
    /// The options before the command.
    pub parser: Parser,
    /// The commands, in the order of the help.
    pub commands: &'static [Command],
}

/// One of the commands.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    /// The word.
    pub name: &'static str,
    /// What the tool's help says of it.
    pub help: &'static str,
    /// Its options.
    pub parser: Parser,
}

/// A parsed command line.
#[derive(Clone, Debug)]
pub struct Line {
    /// The command's name.
    pub command: &'static str,
    /// The options before it.
    pub before: Namespace,
    /// The options behind it.
    pub own: Namespace,
}

/// Why there is nothing to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Declined {
    /// This help was asked for.
    Help(String),
    /// The command line is wrong.
    Wrong {
        /// What is wrong, in one sentence.
        message: String,
        /// Usage and error as argparse4j prints them.
        text: String,
    },
}

impl Declined {
    /// Prints help to stdout or the error to stderr, as tools do that leave it to argparse4j.
    ///
    /// # Errors
    /// Always: it is how the tool stops.
    pub fn stop<T>(self, help_exit: u8, streams: &mut Streams<'_>) -> Result<T, Stop> {
        match self {
            Declined::Help(text) => {
                streams.out.write_all(text.as_bytes())?;
                Err(Stop::Exit(help_exit))
            }
            Declined::Wrong { text, .. } => Err(Stop::Failure(text.trim_end().to_owned())),
        }
    }
}

impl Commands {
    /// Parses the words behind the tool's name.
    ///
    /// # Errors
    /// [`Declined`].
    pub fn parse(&self, args: &[String]) -> Result<Line, Declined> {
        let (before, chosen, at) = self.parser.scan(args, true).map_err(|refused| self.declined(refused))?;
        let Some(word) = args.get(at) else { return Err(self.wrong("too few arguments".to_owned())) };
        let Some(command) = self.commands.iter().find(|command| command.name == word) else {
            let known: Vec<String> = self.commands.iter().map(|command| format!("'{}'", command.name)).collect();
            let message = format!("invalid choice: '{word}' (choose from {})", known.join(", "));
            let names = self.commands.iter().map(|command| (command.name, command.name));
            let text = self.parser.error(&message, None) + &did_you_mean(word, names);
            return Err(Declined::Wrong { message, text });
        };
        let own = command.parser.parse(&args[at + 1..]).map_err(|refused| match refused {
            Refused::Help => Declined::Help(command.parser.help()),
            Refused::Error(message, unknown) => {
                Declined::Wrong { text: command.parser.error(&message, unknown.as_deref()), message }
            }
        })?;
        self.parser.check_required(&before, chosen).map_err(|refused| self.declined(refused))?;
        Ok(Line { command: command.name, before, own })
    }

    fn declined(&self, refused: Refused) -> Declined {
        match refused {
            Refused::Help => Declined::Help(self.help()),
            Refused::Error(message, unknown) => {
                Declined::Wrong { text: self.parser.error(&message, unknown.as_deref()), message }
            }
        }
    }

    fn wrong(&self, message: String) -> Declined {
        self.declined(Refused::Error(message, None))
    }

    /// The tool's help.
    pub fn help(&self) -> String {
        let names: Vec<&str> = self.commands.iter().map(|command| command.name).collect();
        // A tool that has a word of its own for its commands heads them with it, too.
        let mut list = match self.parser.after.first() {
            Some(word) if !word.starts_with('{') => format!("\ncommands:\n  {word}\n"),
            _ => format!("\npositional arguments:\n  {{{}}}\n", names.join(",")),
        };
        for Command { name, help, .. } in self.commands {
            let text = wrap(help, HELP_INDENT, HELP_INDENT);
            if name.len() <= HELP_INDENT - 4 {
                let _ = writeln!(list, "    {name:0$}{text}", HELP_INDENT - 4);
            } else {
                let _ = writeln!(list, "    {name}\n{:HELP_INDENT$}{text}", "");
            }
        }
        self.parser.help_with(&list)
    }
}

#[cfg(test)]
mod tests {
    use super::super::argparse::{Argument, Group, Type};
    use super::*;

    const TOOL: Commands = Commands {
        parser: Parser {
            prog: "kafka-tool",
            description: "",
            arguments: &[
                Argument::HELP,
                Argument::one(&["--server"], Type::String, "SERVER", "").exclusive(),
                Argument::one(&["--controller"], Type::String, "CONTROLLER", "").exclusive(),
            ],
            group: Group::Required,
            before: &[],
            after: &["{look,change}", "..."],
        },
        commands: &[
            Command { name: "look", help: "Look.", parser: sub("look") },
            Command { name: "change", help: "Change.", parser: sub("change") },
        ],
    };

    const OWN: &[Argument] = &[Argument::HELP, Argument::one(&["--feature", "-f"], Type::String, "FEATURE", "")];

    const fn sub(name: &'static str) -> Parser {
        Parser {
            prog: "kafka-tool",
            description: "",
            arguments: OWN,
            group: Group::None,
            before: match name.len() {
                4 => &["look"],
                _ => &["change"],
            },
            after: &[],
        }
    }

    fn parsed(line: &str) -> Result<Line, Declined> {
        TOOL.parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    fn message(line: &str) -> String {
        match parsed(line) {
            Err(Declined::Wrong { message, .. }) => message,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn options_stand_before_and_behind_the_command() {
        let line = parsed("--server a:1 look -f x=1 --feat y=2").unwrap();
        assert_eq!((line.command, line.before.value("--server")), ("look", Some("a:1")));
        assert_eq!(line.own.all("--feature").collect::<Vec<_>>(), ["x=1", "y=2"]);
    }

    #[test]
    fn what_is_missing_or_unknown_is_named_with_the_usage_it_belongs_to() {
        assert_eq!(message(""), "too few arguments");
        assert_eq!(message("look"), "one of the arguments --server --controller is required");
        assert_eq!(message("--server a:1 frob"), "invalid choice: 'frob' (choose from 'look', 'change')");
        let Err(Declined::Wrong { text, .. }) = parsed("--server a:1 look -f") else { panic!() };
        assert!(text.starts_with("usage: kafka-tool look [-h] [--feature FEATURE]\nkafka-tool: error: "), "{text}");
        let Err(Declined::Help(text)) = parsed("-h") else { panic!() };
        assert!(text.starts_with("usage: kafka-tool [-h] (--server SERVER | --controller CONTROLLER)\n"), "{text}");
        assert!(text.contains("\n    look                 Look.\n"), "{text}");
    }
}
