//! `logbus tokens create`, `renew` and `expire`.

use std::time::Duration;

use super::{parse_principal, table};
use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::{Output, say};
use crate::model::base64_decode;
use crate::ops::tokens::{self, Principal};

/// Make a token
#[derive(Debug, clap::Args)]
pub struct CreateArgs {
    /// For whom, User:name; without it for the user who asks
    #[arg(long, value_name = "PRINCIPAL", value_parser = parse_principal)]
    owner: Option<Principal>,
    /// Who may renew it beside the owner, User:name; may be repeated
    #[arg(long = "renewer", value_name = "PRINCIPAL", value_parser = parse_principal)]
    renewers: Vec<Principal>,
    /// How long it lives at most; without it as long as the brokers let it
    #[arg(long, value_name = "TIME", value_parser = human::parse_duration)]
    max_life: Option<Duration>,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Output,
}

/// Let a token live longer
#[derive(Debug, clap::Args)]
pub struct RenewArgs {
    /// The HMAC of the token, in base64
    #[arg(value_parser = parse_hmac)]
    hmac: Hmac,
    /// For how long; without it as long as the brokers let it
    #[arg(long = "for", value_name = "TIME", value_parser = human::parse_duration)]
    period: Option<Duration>,
    #[command(flatten)]
    connect: Connect,
}

/// Let a token expire; at once if no time is given
#[derive(Debug, clap::Args)]
pub struct ExpireArgs {
    /// The HMAC of the token, in base64
    #[arg(value_parser = parse_hmac)]
    hmac: Hmac,
    /// After how long
    #[arg(long = "after", value_name = "TIME", value_parser = human::parse_duration)]
    period: Option<Duration>,
    #[command(flatten)]
    connect: Connect,
}

/// Bytes, as one value of the command line.
#[derive(Clone, Debug)]
struct Hmac(Vec<u8>);

fn parse_hmac(text: &str) -> Result<Hmac, String> {
    base64_decode(text).map(Hmac).ok_or_else(|| "it is no base64".to_owned())
}

/// -1 stands for what the brokers are set to, or for at once.
fn millis(time: Option<Duration>) -> i64 {
    time.map_or(-1, |time| i64::try_from(time.as_millis()).unwrap_or(i64::MAX))
}

impl CreateArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let (owner, renewers, life) = (self.owner, self.renewers, millis(self.max_life));
        let token = self
            .connect
            .run(|cluster| async move { tokens::create(&cluster, owner.as_ref(), &renewers, life).await })?;
        let found = [token];
        self.output.print("tokens", &found, || vec![found[0].token_id.clone()], |_| table(&found, true))?;
        Ok(Exit::Done)
    }
}

impl RenewArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let (Hmac(hmac), period) = (self.hmac, millis(self.period));
        let expires = self.connect.run(|cluster| async move { tokens::renew(&cluster, &hmac, period).await })?;
        say(&format!("the token expires {}\n", human::time(expires)))?;
        Ok(Exit::Done)
    }
}

impl ExpireArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let (Hmac(hmac), period) = (self.hmac, millis(self.period));
        let expires = self.connect.run(|cluster| async move { tokens::expire(&cluster, &hmac, period).await })?;
        say(&format!("the token expires {}\n", human::time(expires)))?;
        Ok(Exit::Done)
    }
}
