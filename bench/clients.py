"""The three clients: our light one, librdkafka, and the Java tools. Each gives a `Load`."""

import contextlib
import json
import os
import re
import resource
import subprocess
import tempfile
import time
from dataclasses import dataclass, field

# The same for every client: 1 MB batches that wait 5 ms at most, five requests under way, no codec.
BATCH_BYTES, LINGER_MS, IN_FLIGHT = 1_000_000, 5, 5


@dataclass
class Load:
    """What a client did, and what it cost the broker."""

    records: int
    value_bytes: int
    wire_bytes: int
    seconds: float
    rate: float  # records a second in steady state
    broker_cpu: float
    client_cpu: float
    latency: dict = field(default_factory=dict)

    @property
    def mb_per_second(self):
        return self.rate * self.value_bytes / max(self.records, 1) / 1e6

    @property
    def cpu_per_gb(self):
        return self.broker_cpu / (self.wire_bytes / 1e9)

    @property
    def cpu_per_million(self):
        return self.broker_cpu / (self.records / 1e6)


class Meter:
    """CPU of the clients that a run started, so that what is left is somebody else's."""

    def __init__(self):
        self.client_cpu = 0.0

    def run(self, command, broker=None, timeout=3600):
        """Stdout of a client, its CPU-seconds, and the broker's meanwhile."""
        broker_before = broker.cpu() if broker else 0.0
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        # The commands' output goes through files: a client that waits for a full pipe measures the pipe.
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            code = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, timeout=timeout).returncode
            texts = [(stream.seek(0), stream.read())[1] for stream in (out, err)]
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        client = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        self.client_cpu += client
        if code != 0:
            said = "\n".join(text.strip()[-1500:] for text in texts if text.strip())
            raise RuntimeError(f"{os.path.basename(command[0])} ended with {code}\n{' '.join(command)}\n{said}")
        return texts[0] + texts[1], client, (broker.cpu() - broker_before if broker else 0.0)

    @contextlib.contextmanager
    def background(self, command):
        """A client that runs meanwhile, and is ended if it has not ended by itself."""
        before, counted = resource.getrusage(resource.RUSAGE_CHILDREN), self.client_cpu
        null = subprocess.DEVNULL
        process = subprocess.Popen(command, stdin=null, stdout=null, stderr=null)
        try:
            yield process
        finally:
            process.terminate()
            process.wait()
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            # All children since then, those in the foreground too.
            self.client_cpu = counted + after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


class Light:
    """`logbus bench`: prebuilt batches, raw fetch."""

    def __init__(self, tools, meter):
        self.binary, self.meter = tools.logbus, meter

    def command(self, verb, broker, *words):
        return [self.binary, "bench", verb, *map(str, words), "-b", broker.address, "-o", "json"]

    def json(self, command, broker=None):
        out, client, broker_cpu = self.meter.run(command, broker)
        return json.loads(out[out.index("{") : out.rindex("}") + 1])["data"], client, broker_cpu

    def produce(
        self,
        broker,
        topic,
        records,
        size,
        batch_records=None,
        codec="none",
        acks=1,
        in_flight=IN_FLIGHT,
        connections=1,
        rate=None,
    ):
        batch_records = batch_records or max(1, BATCH_BYTES // (size + 20))
        words = [topic, "-n", records, "-s", size, "--batch-records", batch_records, "-z", codec, "--acks", acks]
        words += ["--in-flight", in_flight, "--connections", connections] + (["--rate", rate] if rate else [])
        report, client, broker_cpu = self.json(self.command("produce", broker, *words), broker)
        return self._load(report, client, broker_cpu, report["latency"])

    def consume(self, broker, topic, records, connections=1):
        words = [topic, "-n", records, "--connections", connections]
        report, client, broker_cpu = self.json(self.command("consume", broker, *words), broker)
        return self._load(report, client, broker_cpu, {})

    def consuming(self, broker, topic, records):
        """A consumer that runs meanwhile."""
        return self.meter.background(self.command("consume", broker, topic, "-n", records))

    def _load(self, r, client, broker_cpu, latency):
        return Load(
            r["records"], r.get("bytes", 0), r.get("wire_bytes", 0), r["seconds"], r["records_per_second"],
            broker_cpu, client, latency,
        )  # fmt: skip

    def latency(self, broker, topic, rate, seconds, size=1000, acks=1, ack_only=False):
        words = [topic, "--rate", rate, "--duration", f"{seconds}s", "-s", size, "--acks", acks]
        report, _, _ = self.json(self.command("latency", broker, *words, *(["--ack-only"] if ack_only else [])), broker)
        return report

    def connections(self, broker, count, hold):
        return self.json(self.command("connections", broker, count, "--hold", f"{hold}s", "--broker-pid", broker.pid))[
            0
        ]

    def partitions(self, broker, count, topics, prefix):
        """Creates them and leaves them."""
        words = [count, "--topics", topics, "--prefix", prefix, "--hold", "1s", "--broker-pid", broker.pid, "--keep"]
        return self.json(self.command("partitions", broker, *words))[0]

    def floor(self, size, directory):
        """As two loads: bytes in and bytes out."""
        command = [self.binary, "bench", "floor", "--bytes", str(size), "--dir", directory, "-o", "json"]
        report, _, _ = self.json(command)
        load = lambda r: Load(0, r["bytes"], r["bytes"], r["seconds"], 0, r["cpu_seconds_per_gb"] * r["bytes"] / 1e9, 0)
        return load(report["in"]), load(report["out"])


class Librdkafka:
    """`rdkafka_performance`, the benchmark of the C library."""

    def __init__(self, tools, meter):
        self.binary, self.meter = tools.rdkafka, meter

    def produce(self, broker, topic, records, size, acks=1, partition=0):
        """To one partition; to all of them by chance when it is -1, so that each broker leads some."""
        command = [
            self.binary,
            "-P",
            "-q",
            "-t",
            topic,
            "-p",
            str(partition),
            "-b",
            broker.address,
            "-s",
            str(size),
            "-c",
            str(records),
        ]
        command += ["-a", str(acks), "-X", f"batch.size={BATCH_BYTES}", "-X", f"linger.ms={LINGER_MS}"]
        command += ["-X", f"max.in.flight.requests.per.connection={IN_FLIGHT}", "-X", "batch.num.messages=100000"]
        command += ["-X", "queue.buffering.max.messages=1000000", "-X", "queue.buffering.max.kbytes=1048576"]
        out, client, cpu = self.meter.run(command, broker)
        found = re.findall(r"(\d+) delivered .*? in (\d+)ms: (\d+) msgs/s", out)
        return self._load(found, records, size, client, cpu, out)

    def consume(self, broker, topic, records, size):
        command = [
            self.binary,
            "-C",
            "-q",
            "-t",
            topic,
            "-p",
            "0",
            "-o",
            "beginning",
            "-b",
            broker.address,
            "-c",
            str(records),
        ]
        command += ["-X", "queued.min.messages=1000000", "-X", "fetch.wait.max.ms=100"]
        out, client, cpu = self.meter.run(command, broker)
        found = re.findall(r"(\d+) messages \(\d+ bytes\) consumed in (\d+)ms: (\d+) msgs/s", out)
        return self._load(found, records, size, client, cpu, out)

    def _load(self, found, records, size, client, cpu, out):
        if not found or int(found[-1][0]) < records:
            raise RuntimeError(f"librdkafka did not see all {records} records:\n{out[-1500:]}")
        count, ms, rate = map(int, found[-1])
        return Load(count, count * size, count * size, ms / 1e3, rate, cpu, client)


class Java:
    """`ProducerPerformance` and `ConsumerPerformance` of Apache Kafka. The first third of the records warms the JVM up and
    is not counted in the rate."""

    def __init__(self, tools, meter):
        self.tools, self.meter = tools, meter

    def produce(self, broker, topic, records, size):
        properties = [
            f"bootstrap.servers={broker.address}",
            "acks=1",
            "enable.idempotence=false",
            "buffer.memory=134217728",
        ]
        properties += [f"batch.size={BATCH_BYTES}", f"linger.ms={LINGER_MS}", "max.request.size=4194304"]
        properties += [f"max.in.flight.requests.per.connection={IN_FLIGHT}"]
        command = self.tools.java("-Xmx512m") + ["org.apache.kafka.tools.ProducerPerformance", "--topic", topic]
        command += ["--num-records", str(records), "--record-size", str(size), "--throughput", "-1"]
        command += ["--warmup-records", str(records // 3), "--command-property", *properties]
        out, client, cpu = self.meter.run(command, broker)
        found = re.findall(r"([\d.]+) steady state records sent, ([\d.]+) records/sec", out)
        if not found:
            raise RuntimeError(f"ProducerPerformance says nothing of a steady state:\n{out[-1500:]}")
        return Load(records, records * size, records * size, 0.0, float(found[-1][1]), cpu, client)

    def consume(self, broker, topic, records, size):
        command = self.tools.java("-Xmx512m") + ["org.apache.kafka.tools.ConsumerPerformance", "--topic", topic]
        command += ["--bootstrap-server", broker.address, "--num-records", str(records), "--timeout", "60000"]
        command += ["--show-detailed-stats", "--reporting-interval", "100", "--hide-header"]
        out, client, cpu = self.meter.run(command, broker)
        rows = [[field.strip() for field in line.split(",")] for line in out.splitlines() if line.count(",") == 9]
        points = [(int(row[4]), int(row[7])) for row in rows]
        return Load(records, records * size, records * size, 0.0, steady_rate(points, out), cpu, client)


def steady_rate(points, out):
    """Records a second after the first third, from (records so far, milliseconds of the interval)."""
    if len(points) < 3:
        raise RuntimeError(f"ConsumerPerformance reports too few intervals:\n{out[-1500:]}")
    first = next(i for i, (records, _) in enumerate(points) if records >= points[-1][0] / 3)
    if first == len(points) - 1:
        first -= 1
    milliseconds = sum(ms for _, ms in points[first + 1 :])
    return (points[-1][0] - points[first][0]) / max(milliseconds / 1e3, 1e-3)


def warm_up(light, broker, seconds, partitions=1, rate=50_000, acks=1):
    """Load until the broker runs as it will go on: for a JVM that takes its compiler half a minute."""
    records = int(rate * seconds)
    broker.create("warm-up", partitions)
    light.produce(broker, "warm-up", records, 1000, batch_records=100, rate=rate, acks=acks)
    singles = int(min(seconds, 5) * 1000)
    light.produce(broker, "warm-up", singles, 1000, batch_records=1, in_flight=1, acks=acks)
    if broker.name != "null":
        for _ in range(3):
            light.consume(broker, "warm-up", records)
        broker.delete("warm-up")


def whole_process(command, timeout=120):
    """Wall and CPU milliseconds of one command from start to end."""
    started = time.perf_counter()
    with open(os.devnull, "w") as null:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=null, stderr=null)
        _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{os.path.basename(command[0])} ended with {process.returncode}\n{' '.join(command)}")
    return wall * 1e3, (usage.ru_utime + usage.ru_stime) * 1e3
