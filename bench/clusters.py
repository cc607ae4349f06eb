"""Three brokers that copy everything to each other, measured as one: logbus, and Apache Kafka tuned for two cores."""

import os
import time

import brokers
import machine
import wire

NODES = 3
# The same file for both, node by node: the voters stand in it, and a write waits for two of three copies at least.
NODE = """
process.roles=broker,controller
node.id={id}
controller.quorum.voters={voters}
listeners=PLAINTEXT://{address},CONTROLLER://{controller}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={data}
"""
REPLICATED = """
default.replication.factor=3
min.insync.replicas=2
offsets.topic.replication.factor=3
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
"""


class Node(brokers.Process):
    """One of the three: a broker that votes."""

    more = ""

    def __init__(self, tools, directory, settings=()):
        os.makedirs(directory, exist_ok=True)
        super().__init__(tools, directory, settings)
        self.controller = f"127.0.0.1:{machine.free_port()}"
        self.properties = os.path.join(directory, "server.properties")

    def ready(self, sock):
        return wire.has_brokers(sock, NODES)

    def join(self, number, voters, cluster):
        text = NODE.format(
            id=number, voters=voters, address=self.address, controller=self.controller, data=self.data
        )
        settings = "\n".join("=".join(pair) for pair in self.settings.items())
        with open(self.properties, "w") as f:
            f.write(f"{text}{self.more}{REPLICATED}{settings}\n")
        brokers.run(self.storage() + ["format", "-t", cluster, "-c", self.properties])


class LogbusNode(Node, brokers.Logbus):
    more = "logbus.admin.listener=\n"

    def storage(self):
        return [self.tools.logbus, "kafka-storage"]

    def command(self):
        return [self.tools.logbus, "broker", "--config", self.properties]


class KafkaNode(Node, brokers.KafkaTuned):
    # Three heaps of a gigabyte would take what the page cache needs.
    heap = ("-Xms512m", "-Xmx512m")
    more = brokers.KAFKA_SHIPPED + brokers.KAFKA_TUNED


class Cluster(brokers.Process):
    """Three nodes under one name. What it spends is what they spend together."""

    node = None

    def __init__(self, tools, directory, settings=()):
        super().__init__(tools, directory, settings)
        self.nodes = [self.node(tools, os.path.join(directory, f"node-{n + 1}"), settings) for n in range(NODES)]
        self.address = self.nodes[0].address

    def prepare(self):
        cluster = brokers.run([self.tools.logbus, "kafka-storage", "random-uuid"]).strip()
        voters = ",".join(f"{n}@{node.controller}" for n, node in enumerate(self.nodes, 1))
        for n, node in enumerate(self.nodes, 1):
            node.join(n, voters, cluster)

    def start(self, seconds=600):
        started = time.monotonic()
        try:
            for node in self.nodes:
                node.launch()
            for node in self.nodes:
                node.wait(seconds)
        except BaseException:
            self.kill()
            raise
        self.process = [node.process for node in self.nodes]
        self.start_seconds = time.monotonic() - started
        return self.start_seconds

    def cpu(self):
        return sum(node.cpu() for node in self.nodes)

    def rss(self):
        return sum(node.rss() for node in self.nodes)

    def peak_rss(self):
        return sum(node.peak_rss() for node in self.nodes)

    def kill(self):
        self.process = None
        for node in self.nodes:
            if node.process is not None:
                node.kill()

    def stop(self):
        """Its data goes with it, and a quorum that is told to stop as a whole waits for itself."""
        self.kill()


class LogbusCluster(Cluster):
    name, title, node = "logbus", "logbus, three nodes", LogbusNode


class KafkaCluster(Cluster):
    name, title, node, is_jvm = "kafka-tuned", "Kafka tuned, three nodes", KafkaNode, True


# By the names that single nodes have: a workload is about one kind or the other.
CLUSTERS = {c.name: c for c in (LogbusCluster, KafkaCluster)}
