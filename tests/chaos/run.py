#!/usr/bin/env python3
"""Chaos: a cluster of three real brokers under load from real clients, faults chosen by a seed, and one verdict.

Every acknowledged record must be there once and in order. The clients' histories are judged by the checker that the
simulator uses (`logbus sim check`). The run is red as well when a client stands still for a minute after a fault has
healed, a broker ends or panics without being asked to, a replica stays out of sync, or a kind of fault never hit.

It takes root: nodes have network namespaces, small disks and a process namespace of their own, and all of that is gone
when the program ends, however it ends. Exit code: 0 green, 1 red, 77 when it cannot run here.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
INSIDE = "LOGBUS_CHAOS_INSIDE"
CANNOT = 77
IN_SYNC_SECONDS = 90
READ_SECONDS = 180


def isolate():
    """Runs this program again in namespaces of its own, which end with it."""
    if os.environ.get(INSIDE):
        return
    spaces = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if subprocess.run([*spaces, "true"], capture_output=True).returncode != 0:
        print("chaos: namespaces are not allowed here: run it as root", file=sys.stderr)
        sys.exit(CANNOT)
    words = [sys.executable, os.path.abspath(__file__), *sys.argv[1:]]
    os.execvpe("unshare", [*spaces, *words], {**os.environ, INSIDE: "1"})


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=None, help="chooses faults and load (default: the time)")
    parser.add_argument("--minutes", type=float, default=5, help="time for faults; one round of all kinds always ends")
    parser.add_argument("--logbus", default=os.path.join(ROOT, "target/quick/logbus"), help="the binary")
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--topics", type=int, default=6)
    parser.add_argument("--partitions", type=int, default=50, help="partitions of each topic")
    parser.add_argument("--rate", type=float, default=100, help="records a second of each of the four producers")
    parser.add_argument("--mib", type=int, default=None, help="size of each of a node's two disks (default: by the minutes)")
    parser.add_argument("--only", action="append", help="one kind of fault; may be repeated (docs/chaos.md has all)")
    parser.add_argument("--synced", action="store_true", help="nothing is acknowledged before it is on disk")
    parser.add_argument("--without-java", action="store_true", help="load from librdkafka alone")
    parser.add_argument("--keep", metavar="DIR", help="leave logs and histories here; kept anyway when the run is red")
    given = parser.parse_args()
    given.seed = int(time.time()) if given.seed is None else given.seed
    # A disk that the load itself fills is a fault that nobody injected and nobody heals.
    given.mib = given.mib or 512 + int(128 * given.minutes)
    return given


class Red(Exception):
    """What ends a run at once."""


class Run:
    def __init__(self, given, home):
        # Imported late: the clients' library is not needed to say what is missing.
        from cluster import Cluster
        from network import Network
        from nodes import Node

        self.given = given
        self.home = home
        self.seconds = given.minutes * 60
        self.dice = random.Random(given.seed)
        self.reds = []
        self.injected, self.hit = Counter(), Counter()
        self.target = ""
        self.began = time.monotonic()
        # Kafka's own session timeout where there is time for it.
        session = 9000 if given.minutes >= 5 else 3000
        settings = {
            "broker.session.timeout.ms": session,
            "broker.heartbeat.interval.ms": session // 6,
            "log.segment.bytes": 1 << 20,
            "replica.lag.time.max.ms": 10000 if given.minutes >= 5 else 4000,
            **({"log.flush.interval.messages": 1} if given.synced else {}),
        }
        images = os.path.join(home, "images")
        os.makedirs(images)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", images], check=True)
        self.network = Network(given.nodes)
        self.nodes = [
            Node(n, given.nodes, os.path.join(home, f"node-{n}"), images, given.logbus, settings, given.mib)
            for n in range(1, given.nodes + 1)
        ]
        self.topics = {f"chaos-{t}": given.partitions for t in range(given.topics)}
        self.cluster = Cluster(self.nodes, self.topics)
        self.clients = None
        self.cluster_id = ""

    def say(self, text):
        print(f"{time.monotonic() - self.began:7.1f}s  {text}", flush=True)

    def red(self, why):
        self.say(f"RED: {why}")
        self.reds.append(why)

    def pause(self, least, most):
        """Holds things as they are for a time that the seed chooses."""
        time.sleep(self.dice.uniform(least, max(least, most)))

    def note_target(self, node):
        self.target = f" of node {node.id}" if node else ""
        return node

    def start(self, *nodes):
        for node in nodes:
            node.start()
        for node in nodes:
            if not node.wait_until_ready():
                raise Red(f"node {node.id} did not get ready\n{node.log_tail()}")

    def wait_until_in_sync(self):
        from shell import wait_until

        if not wait_until(self.cluster.is_in_sync, IN_SYNC_SECONDS, pause=0.5):
            out = self.cluster.out_of_sync()
            some = dict(list(out.items())[:5])
            raise Red(f"{len(out)} partitions stay out of sync, such as {some}")

    def prepare(self, java):
        from clients import Clients

        self.cluster_id = subprocess.run(
            [self.given.logbus, "storage", "random-uuid"], capture_output=True, text=True, check=True
        ).stdout.strip()
        for node in self.nodes:
            node.format(self.cluster_id)
        self.start(*self.nodes)
        self.cluster.create_topics()
        self.wait_until_in_sync()
        self.say(f"{len(self.nodes)} nodes, {len(self.topics)} topics of {self.given.partitions} partitions")
        self.clients = Clients(self.cluster.bootstrap, self.topics, self.home, self.given.seed, self.given.rate, java)
        if not self.clients.wait_until_under_way():
            raise Red(f"the load did not come under way: {self.clients.progress()} {self.clients.fatal()}")

    def inject(self, kind):
        from faults import KINDS, MORE_KINDS

        self.target = ""
        before = time.monotonic()
        hit = {**KINDS, **MORE_KINDS}[kind](self)
        self.injected[kind] += 1
        self.hit[kind] += bool(hit)
        self.say(f"{kind}{self.target}: {'hit' if hit else 'missed'}, healed after {time.monotonic() - before:.1f}s")
        stuck = self.clients.stand_still()
        if stuck:
            raise Red(f"no progress in a minute after `{kind}` had healed: {', '.join(stuck)}")
        self.watch()

    def watch(self):
        """What must not happen at any time."""
        for node in self.nodes:
            if node.expected_up and not node.runs():
                raise Red(f"node {node.id} ended by itself with {node.process.returncode}\n{node.log_tail()}")
        if self.clients.fatal():
            raise Red(f"a client gave up: {self.clients.fatal()[:3]}")

    def faults(self, kinds):
        from faults import rounds

        end = time.monotonic() + self.seconds
        for number, order in enumerate(rounds(kinds, self.dice)):
            for kind in order:
                if number > 0 and time.monotonic() >= end:
                    return
                self.inject(kind)
                # Half of the faults fall on a cluster that has not recovered from the one before.
                if self.dice.random() < 0.5:
                    self.wait_until_in_sync()
                else:
                    self.pause(0, 2)

    def finish(self):
        """Everything healed: sends end, readers come to the end, and all is read once more."""
        self.network.heal()
        self.wait_until_in_sync()
        stuck = self.clients.stand_still()
        if stuck:
            raise Red(f"no progress in a minute after everything had healed: {', '.join(stuck)}")
        if not self.clients.stop_sending():
            self.red("some sends have no outcome two minutes after the last")
        self.say("everything healed, the load has ended; reading everything back")
        finals, not_whole = self.cluster.read_everything(READ_SECONDS)
        if not_whole:
            self.red(f"{len(not_whole)} partitions could not be read to their end, such as {list(not_whole.items())[:3]}")
        count = sum(len(records) for _, records in finals.values())
        if not self.clients.wait_until_read(count):
            self.red(f"the consumer of everything read {self.clients.progress().get('rdkafka-c0')} of {count} records")
        self.watch()
        stuck = self.clients.end()
        if stuck:
            self.red(f"clients that did not end: {', '.join(stuck)}")
        for node in self.nodes:
            for line in node.panics():
                self.red(f"node {node.id}: {line}")
        return finals

    def judge(self, finals):
        from events import merge

        path = os.path.join(self.home, "history.jsonl")
        count = merge(self.clients.event_files, finals, path)
        self.say(f"judging {count:,} events")
        verdict = subprocess.run([self.given.logbus, "sim", "check", path], capture_output=True, text=True)
        print(verdict.stdout, end="")
        if verdict.returncode != 0:
            self.red(f"the checker says no (exit code {verdict.returncode})\n{verdict.stderr.strip()[:2000]}")

    def figures(self, kinds):
        print("\n| fault | injected | hit |\n|---|---:|---:|")
        for kind in kinds:
            print(f"| {kind} | {self.injected[kind]} | {self.hit[kind]} |")
            if not self.hit[kind] and not self.reds:
                self.red(f"`{kind}` never hit")
        if self.clients:
            outcomes = self.clients.totals("outcomes")
            print("\n| sends acknowledged | unknown | failed | records polled |\n|---:|---:|---:|---:|")
            print("|" + "|".join(f" {outcomes[k]:,} " for k in ("acked", "unknown", "failed", "polled")) + "|")
            print(f"\nclients' errors: {dict(self.clients.totals('errors')) or 'none'}")

    def close(self):
        """Ends every process and unmounts every disk; what is on it is kept when the run is red."""
        if self.clients:
            self.clients.kill()
        for node in self.nodes:
            node.signal(signal.SIGCONT)
            if node.runs():
                node.kill()
            for disk in node.disks:
                if self.reds:
                    shutil.copytree(disk.path, f"{disk.path}-kept", ignore_dangling_symlinks=True, dirs_exist_ok=True)
                subprocess.run(["umount", "-l", disk.path], capture_output=True)
        subprocess.run(["umount", "-l", os.path.join(self.home, "images")], capture_output=True)


def class_path():
    """Apache Kafka's jars, where they are installed."""
    libs = os.path.join(ROOT, ".cache/kafka-libs")
    if os.path.exists(os.path.join(libs, "complete")) and shutil.which("javac"):
        return f"{libs}/*"
    return None


def main():
    given = options()
    venv = os.path.join(ROOT, ".cache/venv/bin/python")
    if os.path.realpath(sys.prefix) != os.path.realpath(os.path.join(ROOT, ".cache/venv")):
        if not os.path.exists(venv):
            print("chaos: no Python clients: scripts/setup-test-env installs them", file=sys.stderr)
            return CANNOT
        # Before the namespaces: a seed taken from the time must stay the same.
        words = sys.argv[1:] if "--seed" in " ".join(sys.argv) else [*sys.argv[1:], "--seed", str(given.seed)]
        os.execv(venv, [venv, os.path.abspath(__file__), *words])
    java = None if given.without_java else class_path()
    if not given.without_java and java is None:
        print("chaos: no Java client: scripts/setup-test-env installs it, --without-java goes without", file=sys.stderr)
        return CANNOT
    isolate()
    from faults import KINDS, MORE_KINDS

    kinds = given.only or list(KINDS)
    unknown = [kind for kind in kinds if kind not in {**KINDS, **MORE_KINDS}]
    if unknown:
        print(f"chaos: no such fault: {unknown[0]}; there are {', '.join({**KINDS, **MORE_KINDS})}", file=sys.stderr)
        return 2
    home = given.keep or tempfile.mkdtemp(prefix="logbus-chaos-")
    os.makedirs(home, exist_ok=True)
    print(f"chaos: seed {given.seed}, {given.minutes:g} minutes, {given.logbus}, logs in {home}", flush=True)
    run = Run(given, home)
    try:
        run.prepare(java)
        run.faults(kinds)
        run.judge(run.finish())
    except Red as why:
        run.red(str(why))
    finally:
        run.close()
    run.figures(kinds)
    for why in run.reds:
        print(f"\nRED: {why}")
    if run.reds:
        print(f"\nchaos: red; the same faults again: make chaos SEED={given.seed} MINUTES={given.minutes:g}; logs in {home}")
        return 1
    if not given.keep:
        shutil.rmtree(home, ignore_errors=True)
    print(f"\nchaos: green, seed {given.seed}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
