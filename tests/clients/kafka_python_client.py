"""kafka-python as producer and consumer.

usage: kafka_python_client.py produce BOOTSTRAP TOPIC FILE             key<TAB>value lines
       kafka_python_client.py consume BOOTSTRAP GROUP COUNT TOPIC...   topic<TAB>partition<TAB>key<TAB>value lines
"""
import sys

from kafka import KafkaConsumer, KafkaProducer


def produce(bootstrap: str, topic: str, source: str) -> None:
    failures = []
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=20)
    with open(source, "rb") as lines:
        for line in lines:
            key, value = line.rstrip(b"\n").split(b"\t", 1)
            producer.send(topic, key=key, value=value).add_errback(failures.append)
    producer.flush()
    producer.close()
    if failures:
        sys.exit(f"{len(failures)} records refused, first: {failures[0]}")


def consume(bootstrap: str, group: str, count: str, *topics: str) -> None:
    consumer = KafkaConsumer(
        *topics,
        bootstrap_servers=bootstrap,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    out = sys.stdout.buffer
    left = int(count)
    silence = 0
    while left and silence < 60:
        polled = consumer.poll(timeout_ms=1000, max_records=min(left, 1000))
        silence = 0 if polled else silence + 1
        for records in polled.values():
            for record in records:
                head = f"{record.topic}\t{record.partition}\t".encode()
                out.write(head + record.key + b"\t" + record.value + b"\n")
                left -= 1
    consumer.commit()
    consumer.close()
    if left:
        sys.exit(f"{left} of {count} records did not come")


if __name__ == "__main__":
    {"produce": produce, "consume": consume}[sys.argv[1]](*sys.argv[2:])
