"""Records that are on the disk before they are acknowledged."""

import json

from .base import WITH_KAFKA, Figure, Workload, least

# Kafka's own setting, per topic: force every record to disk before its append returns.
SYNCED = {"flush_messages": 1}


class Fsync(Workload):
    name = "fsync"
    title = "1 KB records, one a request and under way, synced before the answer (flush.messages=1)"
    durability = "S"
    contestants = (*WITH_KAFKA, "group-commit")
    writes_gb = 1.0
    producers = (16, 100)
    figures = tuple(
        figure
        for n in producers
        for figure in (
            Figure(f"{n} producers", "records/s", "higher", (least("group-commit", 0.7),), 5),
            Figure(f"{n} producers: p99", "ms", "lower"),
            Figure(f"{n} producers: broker CPU", "µs/record", "lower"),
        )
    )

    def measure(self, broker, context):
        read = {}
        for n in self.producers:
            if broker.name == "group-commit":
                seconds = str(context.scaled(10, 1))
                out, _, _ = context.meter.run([context.tools.group_commit, context.directory, str(n), seconds])
                read[f"{n} producers"] = json.loads(out)["commits_per_second"]
                continue
            broker.create(f"synced-{n}", **SYNCED)
            produce = lambda count: context.light.produce(
                broker, f"synced-{n}", count, 1000, batch_records=1, in_flight=1, connections=n
            )
            # A disk differs from another a hundredfold: as many records as take some seconds here.
            trial = produce(context.scaled(20 * n, 2 * n))
            load = produce(max(n * 10, int(trial.rate * context.scaled(10, 1))))
            read[f"{n} producers"] = load.rate
            read[f"{n} producers: p99"] = load.latency["p99_ms"]
            read[f"{n} producers: broker CPU"] = load.broker_cpu / load.records * 1e6
        return read
