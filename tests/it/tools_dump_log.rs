//! `kafka-dump-log` prints what Kafka's own tool prints.
//!
//! `tests/golden/dump-log` holds files that an Apache Kafka 4.3.1 broker wrote (v0 and v1: its record builder), the command
//! lines in `cases.txt`, and in `expected` the standard output and then the standard error of Kafka's tool, paths shortened.

use std::fs;
use std::path::Path;

use logbus::cli::kafka::dump_log;
use logbus::cli::kafka::usage::Streams;

const FOLDER: &str = "tests/golden/dump-log/";

#[test]
fn every_golden_case_is_byte_for_byte_what_kafka_prints() {
    let here = std::env::current_dir().unwrap();
    let prefix = format!("{}/{FOLDER}", here.display());
    let cases = fs::read_to_string(Path::new(FOLDER).join("cases.txt")).unwrap();
    for line in cases.lines() {
        let (name, words) = line.split_once(' ').unwrap();
        let mut args: Vec<String> = words.split(' ').map(str::to_owned).collect();
        let files = args.last_mut().unwrap();
        *files = files.split(',').map(|file| format!("{FOLDER}{file}")).collect::<Vec<_>>().join(",");
        let (mut out, mut err) = (Vec::new(), Vec::new());
        dump_log::run(&args, &mut Streams { out: &mut out, err: &mut err }).unwrap();
        out.extend(err);
        let printed = String::from_utf8(out).unwrap().replace(&prefix, "").replace(FOLDER, "");
        let expected = fs::read_to_string(Path::new(FOLDER).join("expected").join(format!("{name}.out"))).unwrap();
        assert_eq!(printed, expected, "case {name}: {words}");
    }
}
