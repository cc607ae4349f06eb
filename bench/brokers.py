"""Who is measured: logbus, the null broker, Apache Kafka in two settings, and the floors that are no brokers at all."""

import os
import shutil
import signal
import subprocess
import tempfile
import time

import machine
import wire

# bin/kafka-run-class.sh gives these to every JVM; the heap is that of bin/kafka-server-start.sh.
KAFKA_JVM = [
    "-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:InitiatingHeapOccupancyPercent=35",
    "-XX:+ExplicitGCInvokesConcurrent", "-XX:MaxInlineLevel=15", "-Djava.awt.headless=true",
]  # fmt: skip
KAFKA_HEAP = ["-Xms1g", "-Xmx1g"]
# What stands in config/server.properties of the release.
KAFKA_SHIPPED = """
num.network.threads=3
num.io.threads=8
socket.send.buffer.bytes=102400
socket.receive.buffer.bytes=102400
socket.request.max.bytes=104857600
num.partitions=1
num.recovery.threads.per.data.dir=2
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
log.retention.hours=168
log.segment.bytes=1073741824
log.retention.check.interval.ms=300000
"""
# For two cores: as many threads as cores, and socket buffers that the kernel sizes.
KAFKA_TUNED = """
num.network.threads=2
num.io.threads=2
socket.send.buffer.bytes=-1
socket.receive.buffer.bytes=-1
"""
# The setting that bounds the page cache of the log; 0 leaves it to the kernel.
LOG_CACHE = "log.cache.bytes"


class Tools:
    """Where the programs are."""

    def __init__(self, logbus, jars, rdkafka, group_commit):
        self.logbus, self.jars, self.rdkafka, self.group_commit = map(
            os.path.abspath, (logbus, jars, rdkafka, group_commit)
        )

    def java(self, *options):
        return ["java", *options, "-cp", f"{self.jars}/*"]

    def missing(self, need):
        """Why a client or contestant cannot run here, or None."""
        return {
            "kafka": None if os.path.exists(f"{self.jars}/complete") else f"no Apache Kafka jars in {self.jars}",
            "librdkafka": None if os.path.exists(self.rdkafka) else f"no {os.path.basename(self.rdkafka)}",
            "group-commit": None if os.path.exists(self.group_commit) else "the group_commit bench is not built",
        }.get(need)


class Contestant:
    """Something to measure, in a directory of its own."""

    name = ""
    title = ""
    is_broker = True
    is_jvm = False

    def __init__(self, tools, directory, settings=()):
        self.tools, self.directory, self.settings = tools, directory, dict(settings)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


class Process(Contestant):
    """A broker process on a loopback port."""

    def __init__(self, tools, directory, settings=()):
        super().__init__(tools, directory, settings)
        self.address = f"127.0.0.1:{machine.free_port()}"
        self.data = os.path.join(directory, "data")
        self.process = None
        self.start_seconds = None

    def __enter__(self):
        self.prepare()
        self.start()
        return self

    def __exit__(self, *_):
        if self.process is not None:
            self.stop()

    def prepare(self):
        pass

    def command(self):
        raise NotImplementedError

    def ready(self, sock):
        return wire.has_brokers(sock)

    def start(self, seconds=600):
        """Starts the process and waits for the first answer that a client can work with."""
        started = time.monotonic()
        self.launch()
        self.wait(seconds)
        self.start_seconds = time.monotonic() - started
        return self.start_seconds

    def launch(self):
        with open(os.path.join(self.directory, "broker.log"), "ab") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def wait(self, seconds):
        try:
            wire.wait_for(self.address, self.ready, seconds, lambda: self.process.poll() is None)
        except BaseException as e:
            self.kill()
            if isinstance(e, TimeoutError):
                raise RuntimeError(f"{self.title}: {e}\n{self.log_tail()}") from None
            raise

    def log_tail(self):
        with open(os.path.join(self.directory, "broker.log"), errors="replace") as f:
            return f.read()[-2000:]

    @property
    def pid(self):
        return self.process.pid

    def cpu(self):
        return machine.cpu_seconds(self.pid)

    def rss(self):
        return machine.memory_bytes(self.pid)[0]

    def peak_rss(self):
        return machine.memory_bytes(self.pid)[1]

    def stop(self):
        """An orderly end; a broker that takes more than two minutes for it is killed."""
        process, self.process = self.process, None
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(120)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def kill(self):
        process, self.process = self.process, None
        process.kill()
        process.wait()

    def create(self, topic, partitions=1, **configs):
        """A topic, made by our tool whatever the broker; the setting `flush_messages` is `flush.messages`."""
        command = [self.tools.logbus, "topics", "create", topic, "-p", str(partitions), "-b", self.address]
        for name, value in configs.items():
            command += ["-c", f"{name.replace('_', '.')}={value}"]
        run(command, timeout=300)
        self.wait_for_leaders(topic)

    def wait_for_leaders(self, topic):
        """Until every partition answers: Kafka says that a topic is made before its metadata has it, and that it has a
        leader before the leader knows. Clients ask again; a benchmark that sends raw requests must not have to."""
        wire.wait_for(self.address, lambda sock: wire.has_leaders(sock, topic), 300)
        deadline = time.monotonic() + 300
        while True:
            try:
                return run([self.tools.logbus, "offsets", "get", topic, "-b", self.address], timeout=300)
            except RuntimeError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def delete(self, topic):
        run([self.tools.logbus, "topics", "delete", topic, "--yes", "-b", self.address], timeout=120)


class Logbus(Process):
    name, title = "logbus", "logbus"

    def command(self):
        more = [word for pair in self.settings.items() for word in ("--override", "=".join(pair))]
        listen = ["--data-dir", self.data, "--listener", self.address, "--admin-listener", "none"]
        return [self.tools.logbus, "broker", *listen, *more]


class UnboundedLogbus(Logbus):
    """logbus that leaves the pages of its log to the kernel, whatever the machine."""

    name, title = "logbus-unbounded", "logbus, cache left to the kernel"

    def __init__(self, tools, directory, settings=()):
        super().__init__(tools, directory, {**dict(settings), LOG_CACHE: "0"})


class NullBroker(Process):
    name, title = "null", "null broker"
    partitions = 1

    def command(self):
        partitions = ["--partitions", str(self.partitions)]
        return [self.tools.logbus, "bench", "null-broker", "--listener", self.address, *partitions]

    def create(self, topic, partitions=1, **configs):
        """Every name exists already, with the partitions that the process was started with."""
        if partitions != self.partitions:
            self.stop()
            self.partitions = partitions
            self.start()

    def wait_for_leaders(self, topic):
        pass

    def delete(self, topic):
        pass


class Kafka(Process):
    name, title = "kafka", "Kafka as shipped"
    is_jvm = True
    tuning = ""
    heap = KAFKA_HEAP

    def storage(self):
        return self.tools.java("-Xmx256m", "-XX:TieredStopAtLevel=1") + ["kafka.tools.StorageTool"]

    def prepare(self):
        controller = f"127.0.0.1:{machine.free_port()}"
        self.properties = os.path.join(self.directory, "server.properties")
        more = "\n".join("=".join(pair) for pair in self.settings.items())
        with open(self.properties, "w") as f:
            f.write(
                f"process.roles=broker,controller\nnode.id=1\ncontroller.quorum.bootstrap.servers={controller}\n"
                f"listeners=PLAINTEXT://{self.address},CONTROLLER://{controller}\n"
                f"advertised.listeners=PLAINTEXT://{self.address},CONTROLLER://{controller}\n"
                "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT\n"
                f"controller.listener.names=CONTROLLER\nlog.dirs={self.data}\n{KAFKA_SHIPPED}{self.tuning}{more}\n"
            )
        cluster = run(self.storage() + ["random-uuid"]).split()[-1]
        run(self.storage() + ["format", "--standalone", "-t", cluster, "-c", self.properties])

    def command(self):
        return self.tools.java(*self.heap, *KAFKA_JVM) + ["kafka.Kafka", self.properties]


class KafkaTuned(Kafka):
    name, title = "kafka-tuned", "Kafka tuned"
    tuning = KAFKA_TUNED


class Floor(Contestant):
    """What the kernel asks for the bytes alone: `logbus bench floor`."""

    name, title, is_broker = "floor", "floor", False


class GroupCommit(Contestant):
    """What the disk gives to appenders that sync together: benches/group_commit.rs."""

    name, title, is_broker = "group-commit", "group commit", False


CONTESTANTS = {c.name: c for c in (Logbus, UnboundedLogbus, Kafka, KafkaTuned, NullBroker, Floor, GroupCommit)}


def run(command, timeout=600):
    """A command's stdout; its stderr in the exception when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()[-1500:]
        raise RuntimeError(f"{os.path.basename(command[0])} ended with {done.returncode}\n{' '.join(command)}\n{said}")
    return done.stdout


class Directory:
    """A directory that is gone afterwards, whatever happens."""

    def __init__(self, root):
        self.root = root

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="logbus-bench-", dir=self.root)
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)
