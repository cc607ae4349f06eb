"""How fast bytes go in and out, and what they cost the broker."""

import clients

from .base import (
    EVERY_BROKER,
    WITH_KAFKA,
    Figure,
    Workload,
    least,
    memory_after,
    memory_figures,
    most,
)


class Light(Workload):
    name = "light"
    title = "light client, one connection, one partition"
    contestants = (*EVERY_BROKER, "floor")
    writes_gb = 9.0
    figures = (
        Figure("produce 1 KB", "MB/s", "higher", (least("floor", 0.8), least("kafka", 2)), 2),
        Figure("produce 1 KB: broker CPU", "s/GB", "lower", (most("floor", 1.4), most("kafka", 1 / 3)), 1),
        Figure("consume 1 KB", "MB/s", "higher", (least("floor", 0.85), least("kafka", 1.5)), 2),
        Figure("consume 1 KB: broker CPU", "s/GB", "lower", (most("floor", 1.3), most("kafka", 0.5)), 1),
        Figure("produce 100 B", "MB/s", "higher"),
        Figure("produce 100 B: broker CPU", "s/M records", "lower", (most("kafka", 0.25),), 1),
        Figure("consume 100 B", "MB/s", "higher"),
        Figure("consume 100 B: broker CPU", "s/M records", "lower"),
        *memory_figures("wire", 48, 6),
    )

    def measure(self, broker, context):
        if broker.name == "floor":
            into, out = context.light.floor(context.scaled(5_000_000_000, 300_000_000), context.directory)
            rate = lambda load: load.wire_bytes / load.seconds / 1e6
            return {
                "produce 1 KB": rate(into), "produce 1 KB: broker CPU": into.cpu_per_gb,
                "consume 1 KB": rate(out), "consume 1 KB: broker CPU": out.cpu_per_gb,
            }  # fmt: skip
        read = {}
        for size, label, records in ((1000, "1 KB", (5_000_000, 200_000)), (100, "100 B", (30_000_000, 1_000_000))):
            records, topic = context.scaled(*records), f"in-{size}"
            broker.create(topic)
            # Files, buffers and the client's own start are had before what is measured.
            first = context.light.produce(broker, topic, records // 20, size)
            load = context.light.produce(broker, topic, records, size)
            sent = {topic: first.wire_bytes + load.wire_bytes}
            read[f"produce {label}"] = load.wire_bytes / load.seconds / 1e6
            read[f"produce {label}: broker CPU"] = load.cpu_per_gb if size == 1000 else load.cpu_per_million
            if broker.name != "null":
                load = context.light.consume(broker, topic, records)
                read[f"consume {label}"] = load.wire_bytes / load.seconds / 1e6
                read[f"consume {label}: broker CPU"] = load.cpu_per_gb if size == 1000 else load.cpu_per_million
            if size == 1000:
                read |= memory_after(broker, "wire", sent)
        return read


class Codecs(Workload):
    name = "codecs"
    title = "light client, 100 B records, compressed"
    contestants = WITH_KAFKA
    writes_gb = 6.0
    codecs = ("none", "lz4", "snappy", "zstd", "gzip")
    figures = tuple(
        figure
        for codec in codecs
        for figure in (
            Figure(
                f"{codec}: broker CPU per wire GB", "s/GB", "lower",
                (most("figure:none: broker CPU per wire GB", 1.1),) if codec != "none" else (), int(codec != "none"),
            ),
            Figure(
                f"{codec}: broker CPU per record", "s/M records", "lower",
                (most("kafka", 0.25),) if codec != "none" else (), int(codec != "none"),
            ),
        )
    )  # fmt: skip

    def measure(self, broker, context):
        read = {}
        records = context.scaled(20_000_000, 500_000)
        plain = None
        for codec in self.codecs:
            topic = f"codec-{codec}"
            broker.create(topic)
            context.light.produce(broker, topic, records // 20, 100, codec=codec)
            # What a client sends: as many records in a batch, whatever the codec makes of them.
            load = context.light.produce(broker, topic, records, 100, codec=codec)
            read[f"{codec}: broker CPU per record"] = load.cpu_per_million
            # A wire GB costs the broker the more the smaller its requests are, so that codecs compare at requests of
            # one size.
            plain = plain or load.wire_bytes / load.records
            batch = int(clients.BATCH_BYTES // 120 * plain / (load.wire_bytes / load.records))
            scaled = int(records * plain / (load.wire_bytes / load.records)) if codec != "none" else records
            alike = context.light.produce(broker, topic, scaled, 100, codec=codec, batch_records=batch)
            read[f"{codec}: broker CPU per wire GB"] = alike.cpu_per_gb
            broker.delete(topic)
        return read


def _client_figures(null_1k, kafka_1k, null_100, kafka_100, cpu):
    bound = lambda against, value: (least(against, value),) if value else ()
    third, half, quarter = ((most("kafka", n),) if cpu else () for n in (1 / 3, 0.5, 0.25))
    return (
        Figure("produce 1 KB", "records/s", "higher", (*bound("null", null_1k), *bound("kafka", kafka_1k)), 2),
        Figure("produce 1 KB: broker CPU", "s/GB", "lower", third, 1),
        Figure("consume 1 KB", "records/s", "higher", (least("kafka", 1),), 2),
        Figure("consume 1 KB: broker CPU", "s/GB", "lower", half, 1),
        Figure("produce 100 B", "records/s", "higher", (*bound("null", null_100), *bound("kafka", kafka_100)), 2),
        Figure("produce 100 B: broker CPU", "s/M records", "lower", quarter, 1),
        Figure("consume 100 B", "records/s", "higher", (least("kafka", 1),), 2),
        Figure("consume 100 B: broker CPU", "s/M records", "lower"),
        *memory_figures("value"),
    )


class Librdkafka(Workload):
    name = "librdkafka"
    title = "librdkafka (rdkafka_performance), one partition"
    needs = ("librdkafka",)
    writes_gb = 6.5
    figures = _client_figures(0.72, 1.4, 0.85, 1.2, cpu=True)
    sizes = ((1000, "1 KB", (5_000_000, 200_000)), (100, "100 B", (15_000_000, 500_000)))

    def client(self, context):
        return context.librdkafka

    def measure(self, broker, context):
        client, read, sent = self.client(context), {}, {}
        for size, label, records in self.sizes:
            records, topic = context.scaled(*records), f"in-{size}"
            broker.create(topic)
            load = client.produce(broker, topic, records, size)
            sent[topic] = load.value_bytes
            read[f"produce {label}"] = load.rate
            read[f"produce {label}: broker CPU"] = load.cpu_per_gb if size == 1000 else load.cpu_per_million
            if broker.name != "null":
                load = client.consume(broker, topic, records, size)
                read[f"consume {label}"] = load.rate
                read[f"consume {label}: broker CPU"] = load.cpu_per_gb if size == 1000 else load.cpu_per_million
        return read | memory_after(broker, "value", sent)


class Java(Librdkafka):
    name = "java"
    title = "Java client (ProducerPerformance, ConsumerPerformance), one partition"
    needs = ("kafka",)
    writes_gb = 5.5
    figures = _client_figures(0, 1, 0, 1, cpu=False)
    sizes = ((1000, "1 KB", (4_000_000, 200_000)), (100, "100 B", (15_000_000, 1_000_000)))

    def client(self, context):
        return context.java


class Judge(Workload):
    name = "judge"
    title = "our client against the others: what each costs the broker at the same rate and batch size"
    contestants = ("logbus", "kafka")
    needs = ("librdkafka", "kafka")
    writes_gb = 12.0
    figures = tuple(
        figure
        for other in ("librdkafka", "Java")
        for figure in (
            Figure(f"{other}: broker CPU", "s/GB", "lower"),
            Figure(
                f"light at its rate: broker CPU ({other})", "s/GB", "lower",
                (least(f"figure:{other}: broker CPU", 0.85), most(f"figure:{other}: broker CPU", 1.15)),
            ),
        )
    )  # fmt: skip

    def measure(self, broker, context):
        read = {}
        records = context.scaled(3_000_000, 200_000)
        for name, client in (("librdkafka", context.librdkafka), ("Java", context.java)):
            topic = f"judge-{name}"
            broker.create(topic)
            other = client.produce(broker, topic, records, 1000)
            light = context.light.produce(broker, topic, records, 1000, rate=int(other.rate))
            read[f"{name}: broker CPU"] = other.cpu_per_gb
            read[f"light at its rate: broker CPU ({name})"] = light.cpu_per_gb
            broker.delete(topic)
        return read


class Requests(Workload):
    name = "requests"
    title = "light client, one 1 KB record a request"
    writes_gb = 1.0
    connections = (1, 10, 100)
    figures = tuple(
        figure
        for n in connections
        for figure in (
            Figure(f"{n} connections: broker CPU", "µs/request", "lower", (most("null", 2),), 4),
            Figure(f"{n} connections", "requests/s", "higher"),
        )
    )

    def measure(self, broker, context):
        read = {}
        for n in self.connections:
            broker.create(f"single-{n}")
            records = context.scaled(400_000, 20_000)
            produce = lambda count: context.light.produce(
                broker, f"single-{n}", count, 1000, batch_records=1, in_flight=1, connections=n
            )
            produce(records // 20)
            load = produce(records)
            read[f"{n} connections: broker CPU"] = load.broker_cpu / load.records * 1e6
            read[f"{n} connections"] = load.rate
        return read
