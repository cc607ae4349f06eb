"""How soon a broker answers, and how soon a tool does."""

import os
import statistics
import time

import clients
import wire

from .base import GIB, Figure, Workload, most

SHAPE = 31  # partitions of a recovered topic: 13 and 20 GiB stay below a gibibyte in each, so that no segment rolls


class Start(Workload):
    name = "start"
    title = "from the exec to the first Metadata answer"
    durability = "-"
    contestants = ("logbus", "kafka")
    writes_gb = 0.1
    warm_up = False
    many = 5000
    figures = (
        Figure("empty directory", "ms", "lower", (most("value", 30), most("kafka", 0.015)), 6),
        Figure("RSS, idle", "MiB", "lower"),
        Figure("5,000 partitions: start", "ms", "lower", (most("value", 300), most("kafka", 0.05)), 6),
    )

    def measure(self, broker, context):
        read = {"empty directory": broker.start_seconds * 1e3, "RSS, idle": broker.rss() / 2**20}
        count = context.scaled(self.many, 200)
        broker.create("many", count)
        broker.stop()
        # The first answer is one that has the partitions too.
        broker.start()
        asked = wire.wait_for(broker.address, lambda sock: wire.has_leaders(sock, "many"), 600)
        read["5,000 partitions: start"] = (broker.start_seconds + asked) * 1e3
        return read


class Recovery(Workload):
    name = "recovery"
    title = f"kill -9, then the first answer; unrolled segments of {SHAPE} partitions"
    durability = "P"
    contestants = ("logbus", "kafka")
    writes_gb = 34.0
    warm_up = False
    figures = (
        Figure("13 GiB: ready", "ms", "lower", (most("value", 1000), most("kafka", 0.06)), 6),
        Figure("13 GiB: first records read", "ms", "lower"),
        Figure("13 GiB: recovery CPU", "s", "lower"),
        Figure("1 GiB: ready", "ms", "lower"),
        Figure("20 GiB: ready", "ms", "lower", (most("figure:1 GiB: ready", 1.2),), 6),
    )

    def measure(self, broker, context):
        read = {}
        for gib in (1, 13, 20) if broker.name == "logbus" else (13,):
            topic = f"unrolled-{gib}"
            broker.create(topic, SHAPE)
            size = gib * GIB if not context.quick else gib * (GIB // 64)
            context.light.produce(broker, topic, size // 1010, 1000, connections=2)
            broker.kill()
            read[f"{gib} GiB: ready"] = broker.start() * 1e3
            if gib == 13:
                started = time.monotonic()
                broker.wait_for_leaders(topic)
                context.light.consume(broker, topic, 1)
                read["13 GiB: first records read"] = read["13 GiB: ready"] + (time.monotonic() - started) * 1e3
                read["13 GiB: recovery CPU"] = broker.cpu()
            broker.delete(topic)
            broker.stop()
            broker.start()
        return read


class Tools(Workload):
    name = "tools"
    title = "one command from start to end: logbus's two ways of saying it, and the JVM"
    durability = "-"
    contestants = ("logbus", "kafka")
    needs = ("kafka",)
    writes_gb = 0.1
    # What is asked: natively, by Kafka's name, and the class behind that name.
    asked = {
        "topics list": (["topics", "list"], ["kafka-topics", "--list"], "org.apache.kafka.tools.TopicCommand"),
        "groups describe": (
            ["groups", "describe", "readers"],
            ["kafka-consumer-groups", "--describe", "--group", "readers"],
            "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
        ),
        "configs describe": (
            ["configs", "describe", "--topic", "listed"],
            ["kafka-configs", "--describe", "--entity-type", "topics", "--entity-name", "listed", "--all"],
            "kafka.admin.ConfigCommand",
        ),
    }
    fast = (most("value", 30), most("kafka", 1 / 40))
    figures = (
        Figure("topics list", "ms", "lower", (most("value", 10), most("kafka", 1 / 150)), 6),
        Figure("topics list, CPU", "ms", "lower", (most("value", 5),), 6),
        Figure("kafka-topics --list", "ms", "lower", fast),
        Figure("groups describe", "ms", "lower", fast),
        Figure("kafka-consumer-groups --describe", "ms", "lower", fast),
        Figure("configs describe", "ms", "lower", fast),
        Figure("kafka-configs --describe", "ms", "lower", fast),
    )

    def measure(self, broker, context):
        broker.create("listed")
        # A committed offset makes a group that can be described.
        logbus = [context.tools.logbus]
        there = ["-b", broker.address]
        line = os.path.join(context.directory, "line")
        with open(line, "w") as f:
            f.write("x\n")
        context.meter.run([*logbus, "produce", "listed", "--file", line, *there])
        context.meter.run([*logbus, "consume", "listed", "-g", "readers", "--from-beginning", "-n", "1", *there])
        read = {}
        for what, (words, twin, java) in self.asked.items():
            named = f"{twin[0]} {twin[1]}"
            if broker.name == "kafka":
                # bin/kafka-*.sh give their JVM 256 MiB.
                command = [*context.tools.java("-Xmx256m"), java, *twin[1:], "--bootstrap-server", broker.address]
                wall, cpu = self.median(command, context)
                read[what] = read[named] = wall
            else:
                read[what], cpu = self.median([*logbus, *words, *there], context)
                read[named], _ = self.median([*logbus, *twin, "--bootstrap-server", broker.address], context)
            if what == "topics list":
                read["topics list, CPU"] = cpu
        return read

    @staticmethod
    def median(command, context):
        clients.whole_process(command)
        runs = [clients.whole_process(command) for _ in range(context.scaled(20, 3))]
        return tuple(statistics.median(column) for column in zip(*runs))
