"""Three copies of everything: what acks=all costs the three brokers together."""

import clients
import clusters

from .base import Figure, Workload, least, most

PARTITIONS = 3  # one for each broker to lead
ALL = "all"


class Replicated(Workload):
    name = "replicated"
    title = "three brokers, RF 3, min.insync.replicas=2, acks=all; 1 KB records, three partitions"
    contestants = ("logbus", "kafka-tuned")
    subjects = clusters.CLUSTERS
    needs = ("librdkafka",)
    writes_gb = 10.0
    figures = (
        Figure("produce", "MB/s", "higher", (least("kafka", 1),)),
        Figure("produce: CPU of the brokers", "s/GB", "lower", (most("kafka", 0.5),)),
        Figure("librdkafka: produce", "records/s", "higher", (least("kafka", 1),)),
        Figure("librdkafka: produce: CPU of the brokers", "s/GB", "lower", (most("kafka", 0.5),)),
        # A record a request: a rate that Kafka keeps on two cores, where it and its clients share them.
        Figure("500/s: p50", "ms", "lower"),
        Figure("500/s: p99", "ms", "lower", (most("kafka", 0.5),)),
    )

    def warm(self, broker, context, seconds):
        clients.warm_up(context.light, broker, seconds, PARTITIONS, rate=10_000, acks=ALL)

    def measure(self, broker, context):
        read = {}
        records = context.scaled(2_000_000, 100_000)
        broker.create("copied", PARTITIONS)
        context.light.produce(broker, "copied", records // 20, 1000, acks=ALL)
        load = context.light.produce(broker, "copied", records, 1000, acks=ALL)
        read["produce"] = load.wire_bytes / load.seconds / 1e6
        read["produce: CPU of the brokers"] = load.cpu_per_gb
        records //= 2
        broker.create("copied-librdkafka", PARTITIONS)
        load = context.librdkafka.produce(broker, "copied-librdkafka", records, 1000, acks=-1, partition=-1)
        read["librdkafka: produce"] = load.rate
        read["librdkafka: produce: CPU of the brokers"] = load.cpu_per_gb
        broker.create("paced")
        context.light.latency(broker, "paced", 500, 2, acks=ALL, ack_only=True)
        paced = context.light.latency(broker, "paced", 500, context.scaled(20, 2), acks=ALL, ack_only=True)["ack"]
        return read | {"500/s: p50": paced["p50_ms"], "500/s: p99": paced["p99_ms"]}
