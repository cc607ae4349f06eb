#!/usr/bin/env python3
"""logbus beside Apache Kafka, a null broker and the machine's floor, in interleaved rounds on one machine.

    bench/run.py                                   everything, seven rounds: hours
    bench/run.py --workloads light,latency --rounds 7
    bench/run.py --quick --rounds 1                a rehearsal: small loads, void runs kept
    bench/run.py --markdown target/bench/FILE.json the tables of readings that are there

Prints one Markdown table of ratios a durability class, and leaves every reading in a JSON file. docs/benchmarks.md says
how to read them, and what may be claimed.
"""

import argparse
import datetime
import json
import os
import shlex
import signal
import sys

import artifacts
import brokers
import machine
import rounds
import table
from workloads import ALL


def words(text):
    return [word for word in text.split(",") if word]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--rounds", type=int, default=7, help="how many; a claim asks for seven (default: %(default)s)")
    add("--workloads", type=words, default=[], metavar="NAME,…", help="these only; --list names them")
    add(
        "--only",
        type=words,
        default=[],
        metavar="NAME,…",
        help="these contestants only: " + ", ".join(brokers.CONTESTANTS),
    )
    add(
        "--quick", action="store_true", help="small loads, to see that all of it works; nothing measured means anything"
    )
    add("--with-void", action="store_true", help="keep void runs in the tables (--quick does)")
    add("--no-prewarm", action="store_true", help="take memory in the state that it is in")
    add(
        "--directory",
        default=os.environ.get("TMPDIR", "/tmp"),
        help="where data directories are made (default: %(default)s)",
    )
    add("--output", metavar="FILE", help="the readings (default: target/bench/DATE.json)")
    add("--markdown", metavar="FILE", help="print the tables of these readings and measure nothing")
    add("--list", action="store_true", help="name the workloads")
    add("--trace", action="store_true", help="where a failed run failed")
    add("--logbus", default="target/release/logbus")
    add("--jars", default=".cache/kafka-libs")
    add("--rdkafka", default=".cache/librdkafka/rdkafka_performance")
    add("--group-commit", metavar="FILE", help="benches/group_commit.rs, built (default: built now)")
    return parser.parse_args()


def chosen(names):
    unknown = set(names) - {workload.name for workload in ALL}
    if unknown:
        raise SystemExit(f"no workload {', '.join(sorted(unknown))}; --list names them")
    return [workload for workload in ALL if not names or workload.name in names]


def unwind(*_):
    """A termination unwinds as an interrupt does, so that brokers end and directories go; a second one, as timeout(1)
    sends it to the whole group, must not cut that short."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(143)


def main():
    options = arguments()
    if options.list:
        for workload in ALL:
            print(f"{workload.name:12} {workload.title}\n{'':12} {', '.join(workload.contestants)}")
        return 0
    if options.markdown:
        with open(options.markdown) as f:
            document = json.load(f)
        print(table.markdown(document, options.with_void or document.get("quick", False)), end="")
        return 0
    signal.signal(signal.SIGTERM, unwind)
    machine.raise_file_limit()
    workloads = chosen(options.workloads)
    group_commit = options.group_commit or ""
    if not group_commit and any(workload.name == "fsync" for workload in workloads):
        (group_commit,) = artifacts.built("--bench group_commit")
    tools = brokers.Tools(options.logbus, options.jars, options.rdkafka, group_commit)
    plan = rounds.plan(workloads, options.only, tools)
    document = {
        "command": shlex.join(["bench/run.py", *sys.argv[1:]]),
        "commit": machine.commit(),
        "date": datetime.date.today().isoformat(),
        "machine": machine.description(),
        "rounds": options.rounds,
        "quick": options.quick,
        "runs": [],
    }
    path = options.output or f"target/bench/{datetime.datetime.now():%Y%m%d-%H%M%S}.json"
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)

    def keep(record):
        document["runs"].append(record)
        with open(path, "w") as f:
            json.dump(document, f, indent=1)

    with brokers.Directory(options.directory) as directory, brokers.NullBroker(tools, directory) as null:
        for number in range(options.rounds):
            rounds.run_round(number, plan, tools, options, null.address, keep)
    print(table.markdown(document, options.with_void or options.quick), end="")
    rounds.say(f"readings: {path}")
    return 1 if any("error" in record for record in document["runs"]) else 0


if __name__ == "__main__":
    sys.exit(main())
