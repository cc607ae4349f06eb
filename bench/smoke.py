#!/usr/bin/env python3
"""A minute of measuring for every change: logbus beside the null broker, and the instruction counts.

The bounds on the ratios are wide: they catch a broker that has lost its pipelining or its buffers, on any machine and
however busy it is. What slows a request by a twentieth is caught by the counts.
"""

import argparse
import os
import sys

import artifacts
import brokers
import clients
import instructions
import machine
import probes
from table import number, spread

# Figure, which way is better, and the ratio to the null broker that no sound build is on the wrong side of in every
# round. Times are shown and bind nothing: on a busy machine they are the machine's.
BOUNDS = (
    ("produce 1 KB: MB/s", "higher", None),
    ("produce 1 KB: broker CPU, the null broker's with an append", "lower", 5),
    ("one record a request: requests/s", "higher", 0.05),
    ("one record a request: broker CPU", "lower", 10),
    ("1,000 records/s: p50", "lower", None),
    ("start to the first answer", "lower", None),
)


def readings(broker, light):
    broker.create("smoke")
    produce = lambda records, batch: light.produce(
        broker, "smoke", records, 1000, batch_records=batch, in_flight=5 if batch > 1 else 1
    )
    produce(20_000, 500)
    bulk, single = produce(200_000, 500), produce(20_000, 1)
    paced = light.latency(broker, "smoke", 1000, 2, ack_only=True)
    # An append costs ten times as much where the host does not back the memory: the null broker is spared that.
    append = probes.append_s_per_gb(broker.directory) if broker.name == "null" else 0.0
    return {
        "produce 1 KB: MB/s": bulk.wire_bytes / bulk.seconds / 1e6,
        "produce 1 KB: broker CPU, the null broker's with an append": bulk.cpu_per_gb + append,
        "one record a request: requests/s": single.rate,
        "one record a request: broker CPU": single.broker_cpu,
        "1,000 records/s: p50": paced["ack"]["p50_ms"],
        "start to the first answer": broker.start_seconds,
    }


def ratios(tools, rounds):
    """The ratio of each figure to the null broker's, round by round."""
    found = {name: [] for name, _, _ in BOUNDS}
    light = clients.Light(tools, clients.Meter())
    for number_of_round in range(rounds):
        read = {}
        order = (brokers.Logbus, brokers.NullBroker)
        for contestant in order if number_of_round % 2 == 0 else order[::-1]:
            probes.prewarm(300 * probes.MIB)
            with brokers.Directory(None) as directory, contestant(tools, directory) as broker:
                read[broker.name] = readings(broker, light)
        for name, values in found.items():
            values.append(read["logbus"][name] / max(read["null"][name], 1e-9))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--logbus", help="the binary (default: built with the profile `fast`)")
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    binary = options.logbus or artifacts.built("--bin logbus", "--bench replay")[0]
    machine.raise_file_limit()
    sound = True
    print("| logbus / null broker | median [lowest–highest] | bound |\n|---|---|---|")
    found = ratios(brokers.Tools(binary, os.devnull, os.devnull, os.devnull), options.rounds)
    for name, better, bound in BOUNDS:
        sign = "≥" if better == "higher" else "≤"
        print(f"| {name} | {spread(found[name])} | {f'{sign} {bound}' if bound else ''} |", flush=True)
        best = max(found[name]) if better == "higher" else min(found[name])
        if bound and (best < bound if better == "higher" else best > bound):
            sound = False
            print(f"FAILED {name}: {number(best)} times the null broker's at best, bound {bound}", file=sys.stderr)
    print()
    return max(instructions.check(), 0 if sound else 1)


if __name__ == "__main__":
    sys.exit(main())
