"""How long a record takes at a fixed rate: open loop, from the time at which it was meant to be sent."""

import machine

from .base import WITH_KAFKA, Figure, Workload, most

PERCENTILES = (("p50", "p50_ms"), ("p99", "p99_ms"), ("p99.9", "p999_ms"))


class Latency(Workload):
    name = "latency"
    title = "produce at a fixed rate, 1 KB, acks=1, open loop"
    writes_gb = 2.0
    figures = (
        Figure("1,000/s: p50", "ms", "lower", (most("null", 1.3),), 3),
        Figure("1,000/s: p99", "ms", "lower", (most("null", 2), most("kafka", 0.4)), 3),
        Figure("1,000/s: p99.9", "ms", "lower"),
        Figure("20 MB/s: p50", "ms", "lower"),
        Figure("20 MB/s: p99", "ms", "lower", (most("kafka", 0.4),), 3),
        Figure("20 MB/s: p99.9", "ms", "lower"),
        Figure("1,000/s end to end: p50", "ms", "lower"),
        Figure("1,000/s end to end: p99", "ms", "lower"),
        Figure("1,000/s end to end: p99.9", "ms", "lower"),
    )

    def measure(self, broker, context):
        read, seconds = {}, context.scaled(20, 2)
        for label, rate in (("1,000/s", 1000), ("20 MB/s", 20_000)):
            topic = f"latency-{rate}"
            broker.create(topic)
            context.light.latency(broker, topic, rate, 2, ack_only=True)
            report = context.light.latency(broker, topic, rate, seconds, ack_only=True)
            read |= {f"{label}: {name}": report["ack"][key] for name, key in PERCENTILES}
        if broker.name != "null":
            report = context.light.latency(broker, "latency-1000", 1000, seconds)
            read |= {f"1,000/s end to end: {name}": report["end_to_end"][key] for name, key in PERCENTILES}
        return read


class CatchUp(Workload):
    name = "catch-up"
    title = "produce at 1,000/s while 10 GiB that are not cached are read"
    contestants = WITH_KAFKA
    writes_gb = 11.0
    figures = (
        Figure("p99 without", "ms", "lower"),
        Figure("p99 during", "ms", "lower", (most("figure:p99 without", 2),), 3),
        Figure("catch-up", "MB/s", "higher"),
    )

    def measure(self, broker, context):
        records, seconds = context.scaled(10_500_000, 300_000), context.scaled(20, 2)
        broker.create("history", 4)
        broker.create("now")
        context.light.produce(broker, "history", records, 1000)
        context.light.latency(broker, "now", 1000, 2, ack_only=True)
        without = context.light.latency(broker, "now", 1000, seconds, ack_only=True)
        machine.drop_from_cache(broker.data)
        alone = context.light.consume(broker, "history", records)
        machine.drop_from_cache(broker.data)
        # Beside a producer the reader takes longer than alone, so that it reads for as long as latencies are taken.
        with context.light.consuming(broker, "history", records):
            during = context.light.latency(broker, "now", 1000, max(2, int(alone.seconds)), ack_only=True)
        return {
            "p99 without": without["ack"]["p99_ms"],
            "p99 during": during["ack"]["p99_ms"],
            "catch-up": alone.wire_bytes / alone.seconds / 1e6,
        }
