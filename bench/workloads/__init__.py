"""Every workload, in the order in which a round takes them."""

from .durable import Fsync
from .latency import CatchUp, Latency
from .many import Active, Cache, Connections, Partitions
from .replicated import Replicated
from .start import Recovery, Start, Tools
from .throughput import Codecs, Java, Judge, Librdkafka, Light, Requests

ALL = [
    workload()
    for workload in (
        Light, Codecs, Librdkafka, Java, Latency, CatchUp, Requests, Fsync, Start, Recovery, Tools, Partitions, Active,
        Connections, Cache, Judge, Replicated,
    )
]  # fmt: skip
