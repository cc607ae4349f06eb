//! The group-commit rate of a disk: what a log that syncs before it acknowledges can reach at most.
//!
//! A number of appenders each write 1 KiB at the end of one file and wait until it is synced. One of them leads: it
//! syncs what all have written so far, and the others follow. No protocol, no sockets. Prints one JSON object.
//!
//!     group_commit DIR APPENDERS SECONDS

#![allow(clippy::expect_used, missing_docs)]

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

const RECORD: [u8; 1024] = [b'x'; 1024];

#[derive(Default)]
struct State {
    appended: u64,
    synced: u64,
    /// Somebody is in fdatasync.
    led: bool,
}

struct Journal {
    file: File,
    state: Mutex<State>,
    moved: Condvar,
}

impl Journal {
    fn commit(&self) {
        let mut state = self.state.lock().expect("no appender panics");
        let at = state.appended;
        state.appended += 1;
        // Under the lock, as a log appends: its offsets are the order of the file.
        self.file.write_at(&RECORD, at * RECORD.len() as u64).expect("the disk takes it");
        while state.synced <= at {
            if state.led {
                state = self.moved.wait(state).expect("no appender panics");
                continue;
            }
            state.led = true;
            let covered = state.appended;
            drop(state);
            self.file.sync_data().expect("the disk takes it");
            state = self.state.lock().expect("no appender panics");
            state.led = false;
            state.synced = covered;
            self.moved.notify_all();
        }
    }
}

fn main() {
    // Cargo adds a flag of its own when it runs a bench target.
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let [directory, appenders, seconds] = &args[..] else {
        eprintln!("usage: group_commit DIR APPENDERS SECONDS");
        std::process::exit(2);
    };
    let appenders: u32 = appenders.parse().expect("APPENDERS is a number");
    let seconds: f64 = seconds.parse().expect("SECONDS is a number");
    let path = std::path::Path::new(directory).join("group-commit.journal");
    let file = File::create(&path).expect("DIR can be written");
    let journal = Journal { file, state: Mutex::default(), moved: Condvar::new() };
    let (commits, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..appenders {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    journal.commit();
                    commits.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        std::thread::sleep(Duration::from_secs_f64(seconds));
        stop.store(true, Ordering::Relaxed);
    });
    let (commits, seconds) = (commits.into_inner(), started.elapsed().as_secs_f64());
    let _ = std::fs::remove_file(&path);
    println!(
        "{{\"appenders\":{appenders},\"commits\":{commits},\"seconds\":{seconds:.3},\"commits_per_second\":{:.1}}}",
        commits as f64 / seconds
    );
}
