"""Load from librdkafka: idempotent producers with acks=all, and consumers that read everything from the start.

usage: rdkafka_client.py BOOTSTRAP EVENTS SEED RATE TOPICS      RATE records/s a producer; TOPICS as name:partitions,…

A line `stop` on stdin ends the sending, `end` the program. On stdout a JSON line tells every quarter of a second how far
each client is.
"""

import json
import os
import random
import sys
import threading
import time
from collections import Counter

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Producer, TopicPartition

from cluster import value_of
from events import Recorder

CODECS = ("none", "lz4")
CONSUMERS = 1
VALUE_BYTES = 120
# Where a refusal says that the record was never written and never will be.
NEVER_WRITTEN = {KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_RECORD}


class Tally:
    """Counts that this program reports."""

    def __init__(self):
        self.lock = threading.Lock()
        self.progress = Counter()
        self.outcomes = Counter()
        self.errors = Counter()
        self.fatal = []
        self.flushed = 0

    def add(self, client, kind, count=1):
        """Counts what happened; a client makes progress by acknowledgements and by records read, and by nothing else."""
        with self.lock:
            self.outcomes[kind] += count
            if kind in ("acked", "polled"):
                self.progress[client] += count

    def report(self, producers):
        with self.lock:
            return json.dumps({
                "progress": self.progress, "outcomes": self.outcomes, "errors": self.errors, "fatal": self.fatal,
                "flushed": self.flushed == producers,
            })


def talk():
    """What librdkafka says on stderr: nothing, or what LOGBUS_CHAOS_DEBUG asks for, such as `eos,msg,broker`."""
    wanted = os.environ.get("LOGBUS_CHAOS_DEBUG")
    return {"debug": wanted} if wanted else {"log_level": 0}


def produce(number, options, recorder, tally, stop):
    settings = {
        "bootstrap.servers": options["bootstrap"],
        "enable.idempotence": True,
        "acks": "all",
        "linger.ms": 5,
        "compression.type": CODECS[number % len(CODECS)],
        "message.timeout.ms": 120_000,
        "request.timeout.ms": 10_000,
        "socket.timeout.ms": 15_000,
        "reconnect.backoff.max.ms": 2_000,
        "topic.metadata.refresh.interval.ms": 5_000,
        **talk(),
        "error_cb": lambda error: count_error(tally, error),
    }
    dice = random.Random(f"{options['seed']}-rdkafka-{number}")
    partitions = options["partitions"]
    name, life = f"rdkafka-p{number}", 0
    producer, seq, sent = Producer(settings), 0, 0
    client, dead = f"{name}.{life}", set()
    began = time.monotonic()

    def outcome(client, seq):
        def delivered(error, message):
            if error is None:
                tally.add(name, "acked")
                offset = message.offset()
                told = {"offset": offset} if offset is not None and offset >= 0 else {}
                recorder.note("acked", client=client, seq=seq, **told)
                return
            kind = "failed" if error.code() in NEVER_WRITTEN else "unknown"
            tally.add(name, kind)
            recorder.note(kind, client=client, seq=seq)
            if error.fatal():
                dead.add(client)
                tally.fatal.append(f"{client}: {error}")

        return delivered

    while not stop.is_set():
        if client in dead:
            # librdkafka sends nothing more after a fatal error: a new producer goes on in its place.
            producer.flush(5)
            life += 1
            producer, seq, client = Producer(settings), 0, f"{name}.{life}"
        if len(producer) > 20_000:
            producer.poll(0.05)
            continue
        topic, partition = dice.choice(partitions)
        value = (number + 1) * 10**12 + sent
        payload = f"{value}:".encode().ljust(VALUE_BYTES, b".")
        recorder.note("send", client=client, seq=seq, topic=topic, partition=partition, value=value)
        try:
            producer.produce(topic, payload, partition=partition, on_delivery=outcome(client, seq))
        except (BufferError, KafkaException) as refused:
            # Not taken, so never sent.
            recorder.note("failed", client=client, seq=seq)
            tally.add(name, "failed")
            if isinstance(refused, KafkaException) and refused.args[0].code() == KafkaError._FATAL:
                dead.add(client)
                tally.fatal.append(f"{client}: {refused}")
        seq, sent = seq + 1, sent + 1
        producer.poll(max(0.0, began + sent / options["rate"] - time.monotonic()))
    while producer.flush(1):
        pass
    with tally.lock:
        tally.flushed += 1


def consume(number, options, recorder, tally, end):
    name = f"rdkafka-c{number}"
    consumer = Consumer({
        "bootstrap.servers": options["bootstrap"],
        "group.id": name,
        "isolation.level": "read_committed",
        "auto.offset.reset": "error",
        "enable.auto.commit": False,
        "socket.timeout.ms": 15_000,
        "reconnect.backoff.max.ms": 2_000,
        "topic.metadata.refresh.interval.ms": 5_000,
        **talk(),
        "error_cb": lambda error: count_error(tally, error),
    })
    for topic, partition in options["partitions"]:
        recorder.note("assigned", consumer=name, topic=topic, partition=partition)
    consumer.assign([TopicPartition(t, p, OFFSET_BEGINNING) for t, p in options["partitions"]])
    while not end.is_set():
        found = {}
        for message in consumer.consume(500, timeout=0.2):
            error, key = message.error(), (message.topic(), message.partition())
            if error is None:
                found.setdefault(key, []).append((message.offset(), value_of(message.value())))
                continue
            count_error(tally, error)
            if error.code() == KafkaError._AUTO_OFFSET_RESET:
                recorder.note("assigned", consumer=name, topic=key[0], partition=key[1])
                consumer.seek(TopicPartition(*key, OFFSET_BEGINNING))
        for (topic, partition), records in found.items():
            recorder.note("poll", consumer=name, topic=topic, partition=partition, records=records)
            tally.add(name, "polled", len(records))
    consumer.close()


def count_error(tally, error):
    with tally.lock:
        tally.errors[error.name()] += 1


def main(bootstrap, path, seed, rate, topics, producers="2"):
    counts = (topic.split(":") for topic in topics.split(","))
    options = {
        "bootstrap": bootstrap,
        "seed": seed,
        "rate": float(rate),
        "partitions": [(name, partition) for name, count in counts for partition in range(int(count))],
    }
    recorder, tally = Recorder(path), Tally()
    stop, end = threading.Event(), threading.Event()
    threads = [
        threading.Thread(target=produce, args=(n, options, recorder, tally, stop)) for n in range(int(producers))
    ] + [threading.Thread(target=consume, args=(n, options, recorder, tally, end)) for n in range(CONSUMERS)]
    for thread in threads:
        thread.start()

    def listen():
        for line in sys.stdin:
            {"stop": stop, "end": end}[line.strip()].set()
        # Whoever started this is gone.
        stop.set()
        end.set()

    threading.Thread(target=listen, daemon=True).start()
    while any(thread.is_alive() for thread in threads):
        print(tally.report(int(producers)), flush=True)
        time.sleep(0.25)
    recorder.close()
    print(tally.report(int(producers)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
