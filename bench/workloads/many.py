"""Many partitions, many connections: what one costs when it does nothing, and when all of them work."""

import time

import machine

from .base import IN_BOTH_STATES, Figure, Workload, least, most


class Partitions(Workload):
    name = "partitions"
    title = "partitions that hold nothing"
    durability = "-"
    contestants = ("logbus", "kafka")
    writes_gb = 0.5
    figures = (
        Figure("5,000 created", "s", "lower", (most("value", 0.8), most("kafka", 0.1)), 7),
        Figure("5,000: RSS each", "KiB", "lower", (most("kafka", 0.04),)),
        Figure("5,000: idle CPU", "% of a core", "lower"),
        Figure("100,000: RSS of the broker", "MB", "lower", (most("value", 200),), 7),
        Figure("100,000: open files more than before", "", "lower", (most("value", 0),), 7),
        Figure("100,000: idle CPU", "% of a core", "lower", (most("value", 0.5),), 7),
    )

    def measure(self, broker, context):
        idle = context.scaled(30, 2)
        before_rss, before_files = broker.rss(), machine.open_files(broker.pid)
        first = context.scaled(5000, 200)
        made = context.light.partitions(broker, first, 1, "first-")
        read = {"5,000 created": made["seconds"]}
        time.sleep(context.scaled(10, 1))
        read["5,000: idle CPU"] = idle_cpu(broker, idle)
        read["5,000: RSS each"] = (broker.rss() - before_rss) / first / 1024
        if broker.name != "logbus":
            # Kafka maps two files a partition, and a process may map 65,530.
            return read
        context.light.partitions(broker, context.scaled(100_000, 2000) - first, context.scaled(19, 2), "more-")
        time.sleep(context.scaled(10, 1))
        read["100,000: idle CPU"] = idle_cpu(broker, idle)
        read["100,000: RSS of the broker"] = broker.rss() / 1e6
        read["100,000: open files more than before"] = max(0, machine.open_files(broker.pid) - before_files)
        return read


def idle_cpu(broker, seconds):
    before = broker.cpu()
    time.sleep(seconds)
    return (broker.cpu() - before) / seconds * 100


class Active(Workload):
    name = "active"
    title = "light client, batches of 16 × 1 KB, all partitions in turn"
    contestants = ("logbus", "kafka")
    writes_gb = 6.0
    figures = (
        Figure("16 partitions", "MB/s", "higher"),
        Figure("10,000 partitions", "MB/s", "higher", (least("figure:16 partitions", 0.6),), 7),
        Figure("16 partitions: broker CPU", "s/GB", "lower"),
        Figure("10,000 partitions: broker CPU", "s/GB", "lower"),
    )

    def measure(self, broker, context):
        read = {}
        for label, count in (("16 partitions", 16), ("10,000 partitions", context.scaled(10_000, 200))):
            topic = f"active-{count}"
            broker.create(topic, count)
            # The first pass makes the files.
            context.light.produce(broker, topic, count * 16, 1000, batch_records=16)
            load = context.light.produce(broker, topic, context.scaled(2_500_000, 100_000), 1000, batch_records=16)
            read[label] = load.wire_bytes / load.seconds / 1e6
            read[f"{label}: broker CPU"] = load.cpu_per_gb
        return read


class Connections(Workload):
    name = "connections"
    title = "5,000 connections that do nothing"
    durability = "-"
    contestants = ("logbus", "kafka")
    writes_gb = 0.1
    figures = (
        Figure("memory each", "KiB", "lower", (most("value", 8),), 7),
        Figure("idle CPU", "% of a core", "lower", (most("value", 1),)),
    )

    def measure(self, broker, context):
        hold = context.scaled(20, 2)
        report = context.light.connections(broker, context.scaled(5000, 200), hold)
        held = report["broker"]
        grown = held["rss_after_bytes"] - held["rss_before_bytes"]
        return {
            "memory each": grown / report["connections"] / 1024,
            "idle CPU": held["cpu_seconds"] / hold * 100,
        }


class Cache(Workload):
    name = "cache"
    title = "light client, 1 KB, log.cache.bytes as by default and left to the kernel; read in both memory states"
    contestants = ("logbus", "logbus-unbounded")
    writes_gb = 11.0
    figures = (
        Figure("produce 1 KB", "MB/s", "higher", (IN_BOTH_STATES,), 8),
        Figure("produce 1 KB: broker CPU", "s/GB", "lower", (IN_BOTH_STATES,), 8),
        Figure("tail read: broker CPU", "s/GB", "lower", (IN_BOTH_STATES,), 8),
    )

    def prewarmed(self, round_number):
        # Every other round takes the memory as it is.
        return round_number % 2 == 0

    def measure(self, broker, context):
        records = context.scaled(10_000_000, 200_000)
        broker.create("cached")
        context.light.produce(broker, "cached", records // 20, 1000)
        load = context.light.produce(broker, "cached", records, 1000)
        tail = context.light.consume(broker, "cached", records // 20)
        return {
            "produce 1 KB": load.wire_bytes / load.seconds / 1e6,
            "produce 1 KB: broker CPU": load.cpu_per_gb,
            "tail read: broker CPU": tail.cpu_per_gb,
        }
