"""confluent-kafka (librdkafka) as producer, consumer and topic maker.

usage: confluent_client.py create  BOOTSTRAP TOPIC PARTITIONS
       confluent_client.py produce BOOTSTRAP TOPIC FILE             key<TAB>value lines
       confluent_client.py consume BOOTSTRAP GROUP COUNT TOPIC...   topic<TAB>partition<TAB>key<TAB>value lines
"""
import sys

from confluent_kafka import Consumer, KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic


def create(bootstrap: str, topic: str, partitions: str) -> None:
    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.create_topics([NewTopic(topic, int(partitions), 1)])[topic].result(timeout=30)


def produce(bootstrap: str, topic: str, source: str) -> None:
    failures = []
    producer = Producer({
        "bootstrap.servers": bootstrap,
        "partitioner": "murmur2_random",  # the Java client's hash; librdkafka's own default is CRC-32
        "enable.idempotence": True,
        "linger.ms": 20,
    })

    def delivered(error, _message) -> None:
        if error is not None:
            failures.append(error)

    with open(source, "rb") as lines:
        for line in lines:
            key, value = line.rstrip(b"\n").split(b"\t", 1)
            while True:
                try:
                    producer.produce(topic, value, key, on_delivery=delivered)
                    break
                except BufferError:
                    producer.poll(0.1)
            producer.poll(0)
    left = producer.flush(60)
    if left or failures:
        sys.exit(f"{left} records unsent, {len(failures)} refused, first: {failures[:1]}")


def consume(bootstrap: str, group: str, count: str, *topics: str) -> None:
    consumer = Consumer({
        "bootstrap.servers": bootstrap,
        "group.id": group,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
    })
    consumer.subscribe(list(topics))
    out = sys.stdout.buffer
    left = int(count)
    silence = 0
    while left and silence < 60:
        messages = consumer.consume(min(left, 1000), timeout=1)
        silence = 0 if messages else silence + 1
        for message in messages:
            if message.error() is not None:
                raise KafkaException(message.error())
            head = f"{message.topic()}\t{message.partition()}\t".encode()
            out.write(head + message.key() + b"\t" + message.value() + b"\n")
            consumer.store_offsets(message)
            left -= 1
    consumer.commit(asynchronous=False)
    consumer.close()
    if left:
        sys.exit(f"{left} of {count} records did not come")


if __name__ == "__main__":
    {"create": create, "produce": produce, "consume": consume}[sys.argv[1]](*sys.argv[2:])
