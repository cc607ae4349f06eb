#!/usr/bin/env python3
"""logbus beside Apache Kafka: the same Java client, the same load, in interleaved rounds on one machine.

    bench/compare.py --logbus target/release/logbus --jars .cache/kafka-libs [--rounds 3] [--gb 1]

Prints throughput as the client saw it and what the broker's process spent: CPU-seconds per GB in and out, and resident
memory. Both keep data in the page cache before they acknowledge (acks=1). Figures of different machines, or of different
runs, do not compare; the ratios of one run do.
"""

import argparse
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
import time

TICK = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def resident_mib(pid):
    with open(f"/proc/{pid}/statm") as f:
        return int(f.read().split()[1]) * 4096 / 2**20


def wait_for(port, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise SystemExit(f"nothing listens on {port}")


class Broker:
    def __init__(self, name, args):
        self.name, self.port = name, free_port()
        self.dir = tempfile.mkdtemp(prefix=f"bench-{name}-")
        self.log = open(os.path.join(self.dir, "broker.log"), "w")
        start = time.monotonic()
        self.process = self.logbus(args) if name == "logbus" else self.kafka(args)
        wait_for(self.port)
        self.start_seconds = time.monotonic() - start

    def logbus(self, args):
        command = [args.logbus, "broker", "--data-dir", self.dir + "/data", "--listener", f"127.0.0.1:{self.port}"]
        return subprocess.Popen(command + ["--admin-listener", "none"], stdout=self.log, stderr=self.log)

    def kafka(self, args):
        controller = free_port()
        properties = os.path.join(self.dir, "server.properties")
        with open(properties, "w") as f:
            f.write(
                f"process.roles=broker,controller\nnode.id=1\ncontroller.quorum.voters=1@127.0.0.1:{controller}\n"
                f"listeners=PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{controller}\n"
                f"controller.listener.names=CONTROLLER\nlog.dirs={self.dir}/data\n"
                "offsets.topic.replication.factor=1\n"
            )
        java = ["java", "-cp", f"{args.jars}/*"]
        cluster = subprocess.check_output(java + ["kafka.tools.StorageTool", "random-uuid"], text=True).strip().split("\n")[-1]
        subprocess.check_call(
            java + ["kafka.tools.StorageTool", "format", "--config", properties, "--cluster-id", cluster],
            stdout=self.log, stderr=self.log,
        )
        heap = ["java", "-Xms1g", "-Xmx1g", "-XX:+UseG1GC", "-cp", f"{args.jars}/*"]
        return subprocess.Popen(heap + ["kafka.Kafka", properties], stdout=self.log, stderr=self.log)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        shutil.rmtree(self.dir, ignore_errors=True)


def run(args, broker, load, command):
    before = cpu_seconds(broker.process.pid)
    started = time.monotonic()
    out = subprocess.run(["java", "-cp", f"{args.jars}/*"] + command, capture_output=True, text=True)
    wall = time.monotonic() - started
    if out.returncode != 0:
        raise SystemExit(f"{load} on {broker.name}: {out.stderr[-2000:]}")
    return cpu_seconds(broker.process.pid) - before, wall, out.stdout


def round_of(args, name):
    broker = Broker(name, args)
    try:
        address = f"127.0.0.1:{broker.port}"
        subprocess.check_call(
            [args.logbus, "topics", "create", "bench", "--partitions", "6", "-b", address], stdout=subprocess.DEVNULL
        )
        figures = {"start s": broker.start_seconds}
        for size in (1000, 100):
            count = int(args.gb * 1e9 / size / (1 if size == 1000 else 4))
            gigabytes = count * size / 1e9
            topic = f"bench{size}"
            subprocess.check_call(
                [args.logbus, "topics", "create", topic, "--partitions", "6", "-b", address], stdout=subprocess.DEVNULL
            )
            produce = ["org.apache.kafka.tools.ProducerPerformance", "--topic", topic, "--num-records", str(count)]
            produce += ["--record-size", str(size), "--throughput", "-1", "--producer-props"]
            produce += [f"bootstrap.servers={address}", "acks=1", "enable.idempotence=false", "batch.size=131072", "linger.ms=5"]
            cpu, _, out = run(args, broker, "produce", produce)
            rate = float(re.findall(r"([\d.]+) records/sec", out)[-1])
            figures[f"in {size} B: records/s"] = rate
            figures[f"in {size} B: broker CPU s/GB"] = cpu / gigabytes
            consume = ["org.apache.kafka.tools.ConsumerPerformance", "--topic", topic, "--num-records", str(count)]
            consume += ["--bootstrap-server", address, "--timeout", "60000"]
            cpu, _, out = run(args, broker, "consume", consume)
            last = [field.strip() for field in out.strip().split("\n")[-1].split(",")]
            figures[f"out {size} B: records/s"] = float(last[5])
            figures[f"out {size} B: broker CPU s/GB"] = cpu / gigabytes
        figures["RSS MiB"] = resident_mib(broker.process.pid)
        return figures
    finally:
        broker.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--logbus", default="target/release/logbus")
    parser.add_argument("--jars", default=".cache/kafka-libs")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--gb", type=float, default=1.0)
    args = parser.parse_args()
    results = {"logbus": [], "kafka": []}
    for n in range(args.rounds):
        for name in ("logbus", "kafka") if n % 2 == 0 else ("kafka", "logbus"):
            results[name].append(round_of(args, name))
    print(f"| figure | logbus | Apache Kafka | ratio of medians | rounds logbus is ahead |\n|---|---|---|---|---|")
    for figure in results["logbus"][0]:
        ours = [r[figure] for r in results["logbus"]]
        theirs = [r[figure] for r in results["kafka"]]
        more_is_better = figure.endswith("records/s")
        ahead = sum((a > b) == more_is_better for a, b in zip(ours, theirs))
        show = lambda values: f"{statistics.median(values):,.2f} [{min(values):,.2f}–{max(values):,.2f}]"
        ratio = statistics.median(ours) / statistics.median(theirs)
        print(f"| {figure} | {show(ours)} | {show(theirs)} | {ratio:.2f} | {ahead} of {args.rounds} |")


if __name__ == "__main__":
    main()
