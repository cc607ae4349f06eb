//! The process as Prometheus' client libraries describe it, from `/proc/self`; silent where there is none.

use std::fs;

use super::metrics::{self, Page};

pub(super) fn collect(page: &mut Page) {
    if let Ok(entries) = fs::read_dir("/proc/self/fd") {
        // The directory itself is open while it is counted.
        page.add(&metrics::OPEN_FDS, &[], entries.count().saturating_sub(1) as f64);
    }
    let Ok(stat) = fs::read_to_string("/proc/self/stat") else { return };
    let boot = fs::read_to_string("/proc/stat").ok().and_then(|text| boot_time(&text));
    let Some(numbers) = Numbers::parse(&stat) else { return };
    let ticks = rustix::param::clock_ticks_per_second() as f64;
    page.add(&metrics::CPU_SECONDS, &[], numbers.cpu_ticks as f64 / ticks);
    page.add(&metrics::VIRTUAL_MEMORY, &[], numbers.virtual_bytes as f64);
    page.add(&metrics::RESIDENT_MEMORY, &[], (numbers.resident_pages * rustix::param::page_size() as u64) as f64);
    if let Some(boot) = boot {
        page.add(&metrics::START_TIME, &[], boot as f64 + numbers.start_ticks as f64 / ticks);
    }
}

/// The fields of `/proc/self/stat` that we show (proc_pid_stat(5)).
#[derive(Debug, PartialEq, Eq)]
struct Numbers {
    cpu_ticks: u64,
    start_ticks: u64,
    virtual_bytes: u64,
    resident_pages: u64,
}

impl Numbers {
    fn parse(stat: &str) -> Option<Numbers> {
        // The command's name is in brackets and may hold anything, brackets and spaces included.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_ascii_whitespace().collect();
        // The first field after the name is number 3 of the manual page.
        let field = |n: usize| fields.get(n - 3)?.parse::<u64>().ok();
        Some(Numbers {
            cpu_ticks: field(14)? + field(15)?,
            start_ticks: field(22)?,
            virtual_bytes: field(23)?,
            resident_pages: field(24)?,
        })
    }
}

fn boot_time(stat: &str) -> Option<u64> {
    stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_name_with_brackets_does_not_shift_the_fields() {
        let stat = "7 (a) b) c) S 1 7 7 0 -1 4194304 100 0 0 0 30 12 0 0 20 0 8 0 5000 104857600 2560 184467 1";
        let numbers = Numbers { cpu_ticks: 42, start_ticks: 5000, virtual_bytes: 104_857_600, resident_pages: 2560 };
        assert_eq!(Numbers::parse(stat), Some(numbers));
        assert_eq!(Numbers::parse("garbage"), None);
        assert_eq!(boot_time("cpu 1 2\nbtime 1763777347\n"), Some(1_763_777_347));
    }
}
