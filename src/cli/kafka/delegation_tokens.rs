//! `kafka-delegation-tokens.sh` (`org.apache.kafka.tools.DelegationTokenCommand`).

use std::io::{self, Write};

use jiff::tz::TimeZone;

use super::answer;
use super::cluster::{Failure, block_on, connect};
use super::jopt::{Opt, OptionError, Options, Type, parse};
use super::usage::{HELP, Stop, Streams, VERSION, forbid, help_or_version, require};
use crate::client::Cluster;
use crate::model::base64_decode;
use crate::ops::OpsError;
use crate::ops::acls::parse_principal;
use crate::ops::tokens::{self, Principal, Token};

/// The options, as the table shows them.
pub const OPTIONS: &[Opt] = &[
    Opt::required("bootstrap-server", Type::String, "", "REQUIRED: HOST:PORT of one or more brokers."),
    Opt::required(
        "command-config",
        Type::String,
        "",
        "REQUIRED: a properties file for the admin client; brokers make tokens for clients that authenticate.",
    ),
    Opt::flag("create", "Make a token, which those of --renewer-principal may renew, too."),
    Opt::flag("describe", "Show the tokens of --owner-principal, or all that one may see."),
    Opt::flag("expire", "Let a token expire after --expiry-time-period."),
    Opt::optional(
        "expiry-time-period",
        Type::Long,
        "",
        "Milliseconds after which the token expires; it does at once if they are -1.",
    ),
    HELP,
    Opt::optional("hmac", Type::String, "", "The HMAC of the token."),
    Opt::optional(
        "max-life-time-period",
        Type::Long,
        "",
        "Milliseconds that the token lives at most; -1 for the brokers' delegation.token.max.lifetime.ms.",
    ),
    Opt::optional("owner-principal", Type::String, "", "Whose token, as type:name."),
    Opt::flag("renew", "Renew a token for --renew-time-period."),
    Opt::optional(
        "renew-time-period",
        Type::Long,
        "",
        "Milliseconds for which the token is renewed; -1 for the brokers' delegation.token.expiry.time.ms.",
    ),
    Opt::optional("renewer-principal", Type::String, "", "Who may renew the token beside its owner, as type:name."),
    VERSION,
];

const ABOUT: &str = "This tool helps to create, renew, expire, or describe delegation tokens.";
const ACTIONS: &str = "Command must include exactly one action: --create, --renew, --expire or --describe";

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let options = parse(OPTIONS, args).map_err(plain)?;
    help_or_version(&options, args.is_empty(), ABOUT, streams)?;
    if ["create", "renew", "expire", "describe"].iter().filter(|action| options.has(action)).count() != 1 {
        return Err(Stop::Usage(ACTIONS.to_owned()));
    }
    check(&options)?;
    let cluster = connect(&options).map_err(|failure| Stop::Failure(failure.message))?;
    block_on(act(&cluster, &options, streams.out))
}

/// The rules between options.
fn check(options: &Options) -> Result<(), Stop> {
    require(options, &["bootstrap-server", "command-config"])?;
    for (action, needed) in [
        ("create", &["max-life-time-period"][..]),
        ("renew", &["hmac", "renew-time-period"]),
        ("expire", &["hmac", "expiry-time-period"]),
    ] {
        if options.has(action) {
            require(options, needed)?;
        }
    }
    forbid(options, "create", &["hmac", "renew-time-period", "expiry-time-period"])?;
    forbid(options, "renew", &["renewer-principal", "max-life-time-period", "expiry-time-period", "owner-principal"])?;
    forbid(options, "expire", &["renew", "max-life-time-period", "renew-time-period", "owner-principal"])?;
    forbid(options, "describe", &["renew-time-period", "max-life-time-period", "hmac", "expiry-time-period"])
}

fn plain(error: OptionError) -> Stop {
    Stop::Failure(error.to_string())
}

/// The exception of a future, which prints class and message of its cause.
fn failed(error: &OpsError, call: &str) -> Stop {
    Stop::Failure(Failure::of_error(error, call).to_string())
}

fn principals(options: &Options, option: &str) -> Result<Vec<Principal>, Stop> {
    options.values(option).into_iter().map(|text| parse_principal(text.trim()).map_err(Stop::Failure)).collect()
}

fn list(principals: &[Principal]) -> String {
    let names: Vec<String> = principals.iter().map(|(kind, name)| format!("{kind}:{name}")).collect();
    format!("[{}]", names.join(", "))
}

fn millis(options: &Options, option: &str) -> Result<i64, Stop> {
    let missing = || Stop::Failure(format!("Option {option} requires an argument"));
    options.number(option).map_err(plain)?.ok_or_else(missing)
}

async fn act(cluster: &Cluster, options: &Options, out: &mut dyn Write) -> Result<(), Stop> {
    if options.has("create") {
        let renewers = principals(options, "renewer-principal")?;
        let life = millis(options, "max-life-time-period")?;
        writeln!(
            out,
            "Calling create token operation with renewers :{} , max-life-time-period :{life}",
            list(&renewers)
        )?;
        let owners = principals(options, "owner-principal")?;
        let token = tokens::create(cluster, owners.first(), &renewers, life)
            .await
            .map_err(|error| failed(&error, "createDelegationToken"))?;
        answer::row("tokens", || &token);
        writeln!(out, "Created delegation token with tokenId : {}", token.token_id)?;
        return Ok(print(&[token], out)?);
    }
    if options.has("describe") {
        let owners = principals(options, "owner-principal")?;
        match owners.as_slice() {
            [] => writeln!(out, "Calling describe token operation for current user.")?,
            owners => writeln!(out, "Calling describe token operation for owners: {}", list(owners))?,
        }
        let found =
            tokens::describe(cluster, &owners).await.map_err(|error| failed(&error, "describeDelegationToken"))?;
        answer::rows("tokens", &found);
        write!(out, "Total number of tokens : {}", found.len())?;
        return Ok(print(&found, out)?);
    }
    let text = options.value("hmac").map_err(plain)?.unwrap_or_default();
    let (renews, period) = match options.has("renew") {
        true => (true, millis(options, "renew-time-period")?),
        false => (false, millis(options, "expiry-time-period")?),
    };
    let (verb, of) = if renews { ("renew", "renew-time-period") } else { ("expire", "expire-time-period") };
    writeln!(out, "Calling {verb} token operation with hmac :{text} , {of} :{period}")?;
    out.flush()?;
    let hmac = base64_decode(text).ok_or_else(|| Stop::Failure(format!("{text} is no HMAC in base64")))?;
    let expires = match renews {
        true => tokens::renew(cluster, &hmac, period).await.map_err(|e| failed(&e, "renewDelegationToken"))?,
        false => tokens::expire(cluster, &hmac, period).await.map_err(|e| failed(&e, "expireDelegationToken"))?,
    };
    let more = serde_json::Map::from_iter([("expires_ms".to_owned(), expires.into())]);
    answer::did_with(verb, "token", text, more);
    Ok(write!(out, "Completed {verb} operation. New expiry date : {}", date(expires, &TimeZone::system()))?)
}

/// `yyyy-MM-dd'T'HH:mm` of a time zone.
fn date(ms: i64, zone: &TimeZone) -> String {
    match jiff::Timestamp::from_millisecond(ms) {
        Ok(at) => at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string(),
        Err(_) => ms.to_string(),
    }
}

fn print(found: &[Token], out: &mut dyn Write) -> io::Result<()> {
    let zone = TimeZone::system();
    let mut line = |[id, hmac, owner, requester, renewers, issued, expires, max]: [&str; 8]| {
        writeln!(
            out,
            "\n{id:<15} {hmac:<30} {owner:<15} {requester:<15} {renewers:<25} {issued:<15} {expires:<15} {max:<15}"
        )
    };
    line(["TOKENID", "HMAC", "OWNER", "REQUESTER", "RENEWERS", "ISSUEDATE", "EXPIRYDATE", "MAXDATE"])?;
    found.iter().try_for_each(|t| {
        let renewers = format!("[{}]", t.renewers.join(", "));
        let [issued, expires, max] = [t.issued_ms, t.expires_ms, t.max_ms].map(|ms| date(ms, &zone));
        line([&t.token_id, &t.hmac, &t.owner, &t.requester, &renewers, &issued, &expires, &max])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_between_options_are_kafkas() {
        let refusal = |line: &str| {
            let options = parse(OPTIONS, &line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).unwrap();
            match check(&options) {
                Err(Stop::Usage(message)) => message,
                other => panic!("{line}: {other:?}"),
            }
        };
        let near = "--bootstrap-server a:1 --command-config f";
        assert_eq!(refusal("--create"), "Missing required argument \"[bootstrap-server]\"");
        assert_eq!(refusal(&format!("{near} --create")), "Missing required argument \"[max-life-time-period]\"");
        assert_eq!(refusal(&format!("{near} --renew --hmac x")), "Missing required argument \"[renew-time-period]\"");
        assert_eq!(
            refusal(&format!("{near} --describe --hmac x")),
            "Option \"[describe]\" can't be used with option \"[hmac]\""
        );
    }

    #[test]
    fn every_row_stands_below_an_empty_line() {
        let token = Token {
            token_id: "id".into(),
            hmac: "aGk=".into(),
            owner: "User:a".into(),
            requester: "User:b".into(),
            renewers: vec!["User:c".into(), "User:d".into()],
            issued_ms: 0,
            expires_ms: 0,
            max_ms: 0,
        };
        let mut out = Vec::new();
        print(&[token], &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let rows: Vec<&str> = text.split('\n').collect();
        assert_eq!((rows[0], rows[2], rows.len()), ("", "", 5));
        assert!(
            rows[1]
                .starts_with("TOKENID         HMAC                           OWNER           REQUESTER       RENEWERS")
        );
        assert!(rows[3].contains("User:b          [User:c, User:d]          "), "{text}");
        assert_eq!(date(1_704_067_260_000, &TimeZone::UTC), "2024-01-01T00:01");
    }
}
