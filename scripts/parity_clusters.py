"""The two clusters that scripts/parity compares on when it is not given one: Apache Kafka and logbus, of one node or more."""

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


class Node:
    """One broker that also votes, on free ports, with its data below `directory`."""

    def __init__(self, number, directory):
        self.number, self.directory = number, directory
        os.makedirs(directory)
        self.port, self.controller_port = free_port(), free_port()
        self.data = os.path.join(directory, "data")
        self.child = None

    def start(self, command):
        self.log = open(os.path.join(self.directory, "out"), "w+", encoding="utf-8", errors="replace")
        self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def wait(self):
        patience = time.monotonic() + 180
        while not answers(self.port):
            if self.child.poll() is not None or time.monotonic() > patience:
                self.log.seek(0)
                raise SystemExit(f"{self.directory} did not start:\n{self.log.read()[-2000:]}")
            time.sleep(0.2)

    def stop(self):
        if self.child and self.child.poll() is None:
            self.child.kill()
            self.child.wait()


class Cluster:
    """Nodes that stop with the `with` that holds them."""

    def __init__(self, name, directory, nodes):
        self.nodes = [Node(number, os.path.join(directory, f"{name}-{number}")) for number in range(1, nodes + 1)]
        self.bootstrap = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)
        self.controller = None

    def settings(self, node):
        """What one node is told, as lines of its `server.properties`."""
        quorum = ",".join(f"127.0.0.1:{other.controller_port}" for other in self.nodes)
        return [
            "process.roles=broker,controller", f"node.id={node.number}", f"log.dirs={node.data}",
            f"listeners=PLAINTEXT://127.0.0.1:{node.port},CONTROLLER://127.0.0.1:{node.controller_port}",
            "controller.listener.names=CONTROLLER", f"controller.quorum.bootstrap.servers={quorum}", *SETTINGS,
        ]

    def begin(self, format, serve):
        """Formats every node with one identity and the same first voters, and starts it."""
        voters = ",".join(
            f"{node.number}@127.0.0.1:{node.controller_port}:AAAAAAAAAAAAAAAAAAAA{node.number}w" for node in self.nodes
        )
        for node in self.nodes:
            properties = os.path.join(node.directory, "server.properties")
            with open(properties, "w", encoding="utf-8") as f:
                f.write("\n".join([*self.settings(node), ""]))
            first = ["--standalone"] if len(self.nodes) == 1 else ["--initial-controllers", voters]
            words = [*format, "format", *first, "-t", "5L6g3nShT-eMCtK--X86sw", "-c", properties]
            subprocess.run(words, check=True, capture_output=True)
            node.start([*serve, properties])
        for node in self.nodes:
            node.wait()

    def metadata_log(self):
        """A copy of the first segment of the metadata log as it is now."""
        node = self.nodes[0]
        found = sorted(glob.glob(os.path.join(node.data, "__cluster_metadata-0", "*.log")))
        return shutil.copy(found[0], node.directory) if found else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for node in self.nodes:
            node.stop()


class ApacheKafka(Cluster):
    """From the jars, with an authorizer that lets the tools in."""

    def settings(self, node):
        authorizer = "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
        return [*super().settings(node), *SHARING, f"authorizer.class.name={authorizer}", "super.users=User:ANONYMOUS"]

    def __init__(self, java, directory, nodes):
        super().__init__("kafka", directory, nodes)
        self.begin([*java, "kafka.tools.StorageTool"], [*java, "kafka.Kafka"])
        self.controller = f"127.0.0.1:{self.nodes[0].controller_port}"


class Logbus(Cluster):
    def __init__(self, binary, directory, nodes):
        super().__init__("logbus", directory, nodes)
        self.begin([binary, "kafka-storage"], [binary, "broker", "--admin-listener", "none", "--config"])
        self.controller = f"127.0.0.1:{self.nodes[0].controller_port}"
