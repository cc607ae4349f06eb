"""What the cluster says of itself: leaders, replicas in sync, the active controller, and every record at the end."""

import random
import socket
import struct

from confluent_kafka import OFFSET_BEGINNING, Consumer, IsolationLevel, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

from network import address
from nodes import KAFKA
from shell import wait_until

ANSWER_SECONDS = 5


class Cluster:
    def __init__(self, nodes, topics):
        self.nodes = nodes
        self.topics = topics
        self.replicas = min(3, len(nodes))
        self.bootstrap = ",".join(node.bootstrap for node in nodes)
        self.admin = AdminClient({"bootstrap.servers": self.bootstrap, "socket.timeout.ms": 5000, "log_level": 0})

    def create_topics(self):
        wanted = [
            NewTopic(name, count, self.replicas, config={"min.insync.replicas": str(min(2, self.replicas))})
            for name, count in self.topics.items()
        ]
        for name, made in self.admin.create_topics(wanted, request_timeout=30).items():
            try:
                made.result()
            except KafkaException as e:
                raise SystemExit(f"cannot create {name}: {e}") from e

    def partitions(self):
        """Every partition's metadata, or nothing while no broker answers."""
        try:
            metadata = self.admin.list_topics(timeout=ANSWER_SECONDS)
        except KafkaException:
            return {}
        return {
            (name, index): partition
            for name in self.topics
            if name in metadata.topics
            for index, partition in metadata.topics[name].partitions.items()
        }

    def is_in_sync(self):
        partitions = self.partitions()
        return len(partitions) == sum(self.topics.values()) and all(
            p.leader > 0 and len(p.isrs) == self.replicas for p in partitions.values()
        )

    def out_of_sync(self):
        return {f"{t}-{i}": (p.leader, p.isrs) for (t, i), p in self.partitions().items() if len(p.isrs) < self.replicas}

    def leader(self, dice):
        """A node that leads some partition."""
        led = sorted({p.leader for p in self.partitions().values() if p.leader > 0})
        return self._node(dice.choice(led)) if led else None

    def follower(self, dice):
        """A node that follows in some partition's ISR, and is not the active controller."""
        controller = self.controller()
        found = {r for p in self.partitions().values() for r in p.isrs if r != p.leader}
        found.discard(controller.id if controller else None)
        return self._node(dice.choice(sorted(found))) if found else None

    def controller(self):
        """The node whose controller is active, as a node that runs knows it."""
        for node in random.sample(self.nodes, len(self.nodes)):
            leader = active_controller(address(node.id), KAFKA) if node.runs() else None
            if leader is not None and leader > 0:
                return self._node(leader)
        return None

    def _node(self, number):
        return next((node for node in self.nodes if node.id == number), None)

    def ends(self):
        """The first offset and the end of every partition."""
        asked = [TopicPartition(t, i) for t, count in self.topics.items() for i in range(count)]

        def ask(spec):
            isolation = IsolationLevel.READ_COMMITTED
            answers = self.admin.list_offsets({p: spec for p in asked}, isolation_level=isolation, request_timeout=20)
            return {(p.topic, p.partition): answer.result().offset for p, answer in answers.items()}

        starts, ends = ask(OffsetSpec.earliest()), ask(OffsetSpec.latest())
        return {key: (starts[key], ends[key]) for key in starts}

    def read_everything(self, seconds):
        """Every record of every partition: (start, [(offset, value)]) by partition, and those that did not come whole."""
        ends = self.ends()
        read = {key: (start, []) for key, (start, _) in ends.items()}
        open_ends = {key: end for key, (start, end) in ends.items() if end > start}
        consumer = Consumer({
            "bootstrap.servers": self.bootstrap,
            "group.id": "chaos-final",
            "isolation.level": "read_committed",
            "auto.offset.reset": "error",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        })
        consumer.assign([TopicPartition(t, i, OFFSET_BEGINNING) for t, i in open_ends])

        def step():
            for message in consumer.consume(5000, timeout=0.5):
                key = (message.topic(), message.partition())
                if message.error() is None:
                    read[key][1].append((message.offset(), value_of(message.value())))
                # The end may be that of a control record, which nobody is shown: EOF says that it is reached.
                if message.offset() is not None and message.offset() + 1 >= open_ends.get(key, 0):
                    open_ends.pop(key, None)
            return not open_ends

        wait_until(step, seconds, pause=0)
        consumer.close()
        return read, open_ends


def value_of(payload):
    """The number that a record's payload begins with."""
    return int(payload.split(b":", 1)[0])


def active_controller(host, port):
    """DescribeQuorum (API 55, version 0) by hand; None when nobody answers."""
    topic = b"__cluster_metadata"
    # One topic with one partition, number 0; lengths are one more than they are, empty tags end every structure.
    body = b"\x02" + bytes([len(topic) + 1]) + topic + b"\x02" + struct.pack(">i", 0) + b"\x00\x00\x00"
    request = struct.pack(">hhih", 55, 0, 7, -1) + b"\x00" + body
    try:
        with socket.create_connection((host, port), timeout=2) as connection:
            connection.settimeout(2)
            connection.sendall(struct.pack(">i", len(request)) + request)
            answer = _exactly(connection, struct.unpack(">i", _exactly(connection, 4))[0])
    except OSError:
        return None
    # Correlation id, tags, error code, topics: one, with its name and one partition, its number, error and leader.
    at = 4 + 1
    if struct.unpack_from(">h", answer, at)[0] != 0 or answer[at + 2] != 2:
        return None
    at += 2 + 1
    at += answer[at] + 1
    error, leader = struct.unpack_from(">hi", answer, at + 4)
    return leader if error == 0 else None


def _exactly(connection, count):
    taken = b""
    while len(taken) < count:
        more = connection.recv(count - len(taken))
        if not more:
            raise ConnectionError("the connection ended")
        taken += more
    return taken
