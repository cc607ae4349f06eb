"""Broker processes: three nodes that are broker and controller each, with a network, disks, a log and an end."""

import os
import re
import signal
import subprocess
import time

from disks import Disk
from network import address, namespace
from shell import run, wait_until

KAFKA, CONTROLLER, ADMIN = 9092, 9093, 8082
READY_SECONDS = 60
STOP_SECONDS = 40


class Node:
    def __init__(self, number, count, home, images, binary, settings, mib):
        self.id = number
        self.home = home
        self.binary = binary
        self.process = None
        self.expected_up = False
        os.makedirs(home)
        # The first one holds the metadata as well.
        self.disks = [
            Disk(os.path.join(home, name), os.path.join(images, f"{number}-{name}"), mib) for name in ("first", "second")
        ]
        self.log_path = os.path.join(home, "broker.log")
        self.ready_path = os.path.join(home, "ready")
        self.config = os.path.join(home, "server.properties")
        host = address(number)
        voters = ",".join(f"{n}@{address(n)}:{CONTROLLER}" for n in range(1, count + 1))
        lines = {
            "process.roles": "broker,controller",
            "node.id": number,
            "listeners": f"PLAINTEXT://{host}:{KAFKA},CONTROLLER://{host}:{CONTROLLER}",
            "controller.listener.names": "CONTROLLER",
            "controller.quorum.voters": voters,
            "log.dirs": ",".join(f"{disk.path}/data" for disk in self.disks),
            "logbus.admin.listener": "",
            "offsets.topic.replication.factor": min(3, count),
            "transaction.state.log.replication.factor": min(3, count),
            "transaction.state.log.min.isr": min(2, count),
            "group.initial.rebalance.delay.ms": 0,
            **settings,
        }
        with open(self.config, "w") as config:
            config.writelines(f"{name}={value}\n" for name, value in lines.items())

    @property
    def bootstrap(self):
        return f"{address(self.id)}:{KAFKA}"

    def format(self, cluster_id):
        """Prepares directories; those that are formatted stay as they are."""
        run([self.binary, "storage", "format", "-N", "-g", "-t", cluster_id, "-c", self.config])

    def start(self):
        with open(self.ready_path, "wb") as ready, open(self.log_path, "ab") as log:
            command = ["nsenter", f"--net={namespace(self.id)}", self.binary, "broker", "--config", self.config]
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=ready, stderr=log)
        self.expected_up = True

    def is_ready(self):
        with open(self.ready_path, "rb") as ready:
            return ready.read().startswith(b"logbus ready: ")

    def wait_until_ready(self, seconds=READY_SECONDS):
        """Whether it serves in time; an exit instead is no."""
        return wait_until(lambda: self.is_ready() or not self.runs(), seconds) and self.is_ready()

    def runs(self):
        return self.process is not None and self.process.poll() is None

    def state(self):
        """The kernel's letter for what the process does."""
        try:
            with open(f"/proc/{self.process.pid}/stat") as stat:
                return stat.read().rsplit(")", 1)[1].split()[0]
        except (OSError, AttributeError):
            return None

    def signal(self, which):
        if self.runs():
            self.process.send_signal(which)

    def kill(self):
        """SIGKILL; whether it was this that ended the process."""
        self.expected_up = False
        self.signal(signal.SIGKILL)
        return self.process.wait() == -signal.SIGKILL

    def stop(self):
        """SIGTERM; the exit code, or None when it did not end in time and was killed."""
        self.expected_up = False
        self.signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def log_size(self):
        return os.path.getsize(self.log_path)

    def log_since(self, offset):
        with open(self.log_path, "rb") as log:
            log.seek(offset)
            return log.read().decode(errors="replace")

    def panics(self):
        """Lines that tell of a broken invariant."""
        return re.findall(r".*panicked at.*", self.log_since(0))

    def log_tail(self, lines=15):
        return "\n".join(self.log_since(0).splitlines()[-lines:])


def start_all(nodes):
    for node in nodes:
        node.start()
    deadline = time.monotonic() + READY_SECONDS
    return all(node.wait_until_ready(max(0.1, deadline - time.monotonic())) for node in nodes)
