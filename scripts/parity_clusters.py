"""The two clusters that scripts/parity compares on when it is not given one: a node of Apache Kafka, a node of logbus."""

import glob
import os
import shutil
import socket
import subprocess
import time

# What both brokers are told, so that what they answer can be the same.
SETTINGS = [
    "offsets.topic.replication.factor=1",
    "offsets.topic.num.partitions=4",
    "transaction.state.log.replication.factor=1",
    "transaction.state.log.min.isr=1",
    "group.initial.rebalance.delay.ms=0",
]

# What Apache Kafka needs on one node for share groups, which the other does not have.
SHARING = ["share.coordinator.state.topic.replication.factor=1", "share.coordinator.state.topic.min.isr=1"]


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def answers(port):
    with socket.socket() as s:
        s.settimeout(1)
        return s.connect_ex(("127.0.0.1", port)) == 0


class Cluster:
    """One broker that also votes, on free ports, with its data below `directory`. Stops with the `with` that holds it."""

    def __init__(self, name, directory):
        self.name, self.directory = name, os.path.join(directory, name)
        os.makedirs(self.directory)
        self.port, self.controller_port = free_port(), free_port()
        self.child = None

    @property
    def bootstrap(self):
        return f"127.0.0.1:{self.port}"

    def start(self, command, environment=None):
        self.log = open(os.path.join(self.directory, "out"), "w+", encoding="utf-8", errors="replace")
        self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env=environment)
        patience = time.monotonic() + 180
        while not answers(self.port):
            if self.child.poll() is not None or time.monotonic() > patience:
                self.log.seek(0)
                raise SystemExit(f"{self.name} did not start:\n{self.log.read()[-2000:]}")
            time.sleep(0.2)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child and self.child.poll() is None:
            self.child.kill()
            self.child.wait()


class ApacheKafka(Cluster):
    """From the jars; a controller's port and what it wrote of its metadata are known too."""

    def __init__(self, java, directory):
        super().__init__("kafka", directory)
        self.controller = f"127.0.0.1:{self.controller_port}"
        data = os.path.join(self.directory, "data")
        properties = os.path.join(self.directory, "server.properties")
        with open(properties, "w", encoding="utf-8") as f:
            f.write("\n".join([
                "process.roles=broker,controller", "node.id=1", f"log.dirs={data}",
                f"listeners=PLAINTEXT://{self.bootstrap},CONTROLLER://{self.controller}",
                "controller.listener.names=CONTROLLER", f"controller.quorum.bootstrap.servers={self.controller}", *SETTINGS, *SHARING, "",
            ]))
        format = ["kafka.tools.StorageTool", "format", "--standalone", "-t", "5L6g3nShT-eMCtK--X86sw", "-c", properties]
        subprocess.run([*java, *format], check=True, capture_output=True)
        self.start([*java, "kafka.Kafka", properties])
        self.data = data

    def metadata_log(self):
        """A copy of the first segment of the metadata log as it is now."""
        found = sorted(glob.glob(os.path.join(self.data, "__cluster_metadata-0", "*.log")))
        return shutil.copy(found[0], self.directory) if found else None


class Logbus(Cluster):
    def __init__(self, binary, directory):
        super().__init__("logbus", directory)
        self.controller = None
        words = [word for setting in SETTINGS for word in ("--override", setting)]
        data = os.path.join(self.directory, "data")
        self.start([binary, "broker", "--data-dir", data, "--listener", self.bootstrap, "--admin-listener", "none", *words])

    def metadata_log(self):
        return None
