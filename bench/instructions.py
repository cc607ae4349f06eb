#!/usr/bin/env python3
"""Instructions that the broker spends on a request, counted by callgrind over a fixed replay (benches/replay.rs).

    bench/instructions.py             compare with bench/instructions.json; fails when a kind spends 5 % more
    bench/instructions.py --rewrite   make that the baseline

A count does not depend on how busy the machine is, so it can guard a change where a time cannot. It depends on the
compiler and on what the processor can do: with another rustc than the baseline's the counts are shown and judge nothing.
"""

import argparse
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import artifacts

BASELINE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "instructions.json")
ALLOWED = 1.05
ADVICE = "spend less, or say in the commit why more is right and run `make bench-baseline`"


def compiler():
    """Release of rustc without its date: 1.95.0."""
    return subprocess.check_output(["rustc", "--version"], text=True).split()[1]


def counted():
    """Instructions a request, by kind."""
    (replay,) = artifacts.built("--bench replay")
    with tempfile.TemporaryDirectory(prefix="logbus-bench-") as directory:
        out = os.path.join(directory, "counts")
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--collect-atstart=no"]
        # Two patterns: callgrind takes one setting from each.
        command += ["--toggle-collect=*replayed*", "--dump-after=replay::replayed*", replay]
        env = {**os.environ, "TMPDIR": directory}
        done = subprocess.run(command, capture_output=True, text=True, env=env)
        if done.returncode != 0:
            raise SystemExit(f"the replay ended with {done.returncode} under valgrind:\n{done.stderr[-3000:]}")
        calls = [(kind, int(count)) for kind, count in (line.split() for line in done.stdout.splitlines())]
        dumps = {int(path.rsplit(".", 1)[1]): path for path in glob.glob(out + ".*")}
        totals = [total(dumps[n]) for n in sorted(dumps)][: len(calls)]
    if len(totals) != len(calls) or not all(totals):
        raise SystemExit(f"{len(calls)} replays and {len(totals)} counts: does callgrind find the function `replayed`?")
    sizes = {}
    for (kind, count), instructions in zip(calls, totals):
        sizes.setdefault(kind, []).append((count, instructions))
    per_request = {}
    for kind, measured in sizes.items():
        (few, low), (many, high) = sorted(measured)[-2:]
        # The difference leaves what a replay costs once out of it.
        per_request[kind] = round((high - low) / (many - few))
    return per_request


def total(path):
    with open(path) as f:
        return int(re.search(r"^(?:totals|summary): (\d+)", f.read(), re.M).group(1))


def compare(now, baseline, binding):
    """Prints every kind; true when none spends more than is allowed."""
    then, worse = baseline["per_request"], []
    print(f"| request | instructions | baseline ({baseline['rustc']}) | change |\n|---|---|---|---|")
    for kind in sorted(now | then):
        a, b = then.get(kind), now.get(kind)
        change = f"{b / a - 1:+.1%}" if a and b else "no figure to compare with"
        print(f"| {kind} | {b or 0:,} | {a or 0:,} | {change} |")
        if not a or not b or b > a * ALLOWED:
            worse.append(f"{kind}: {b or 0:,} instructions a request, {a or 0:,} in the baseline ({change})")
    for line in worse if binding else []:
        print(f"FAILED {line}", file=sys.stderr)
    if not binding:
        print(
            f"nothing is judged: the baseline is of another rustc than {compiler()} (make bench-baseline)",
            file=sys.stderr,
        )
    return not (worse and binding)


def check(rewrite=False):
    """Counts and compares, or counts and writes; the exit code."""
    if not shutil.which("valgrind"):
        print("SKIPPED instruction counts: no valgrind (scripts/setup-test-env installs it)", file=sys.stderr)
        return 0
    now = counted()
    if rewrite:
        with open(BASELINE, "w") as f:
            json.dump({"rustc": compiler(), "per_request": now}, f, indent=2)
            f.write("\n")
        print(json.dumps(now, indent=2))
        return 0
    with open(BASELINE) as f:
        baseline = json.load(f)
    binding = baseline["rustc"].split(".")[:2] == compiler().split(".")[:2]
    if compare(now, baseline, binding):
        return 0
    print(f"more than {ALLOWED - 1:.0%} over bench/instructions.json: {ADVICE}", file=sys.stderr)
    return 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rewrite", action="store_true", help="make what is counted now the baseline")
    return check(parser.parse_args().rewrite)


if __name__ == "__main__":
    sys.exit(main())
