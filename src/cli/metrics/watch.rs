//! `logbus metrics watch`.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::{Admin, Wanted, number};
use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::say;
use crate::model::TimestampMs;

/// Show numbers again and again, and how fast they change
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    wanted: Wanted,
    /// Time between two looks
    #[arg(short, long, value_name = "TIME", default_value = "2s", value_parser = human::parse_duration)]
    interval: Duration,
    /// Stop after so many looks
    #[arg(short = 'n', long, value_name = "N")]
    count: Option<u64>,
    #[command(flatten)]
    admin: Admin,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let mut before: BTreeMap<String, f64> = BTreeMap::new();
        let (mut looks, mut last) = (0, Instant::now());
        loop {
            let seconds = last.elapsed().as_secs_f64();
            last = Instant::now();
            let time = human::time(TimestampMs::now().0);
            let mut text = String::new();
            for sample in self.wanted.of(self.admin.ask()?)? {
                let name = sample.to_string();
                let rate = before.get(&name).map(|then| (sample.value - then) / seconds);
                let rate = rate.map_or_else(String::new, |rate| format!("  {rate:+.1}/s"));
                text.push_str(&format!("{time}  {name}  {}{rate}\n", number(sample.value)));
                before.insert(name, sample.value);
            }
            say(&text)?;
            looks += 1;
            if self.count.is_some_and(|count| looks >= count) {
                return Ok(Exit::Done);
            }
            std::thread::sleep(self.interval);
        }
    }
}
