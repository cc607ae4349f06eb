"""What the machine can do at this moment: read before and after every run, so that a run on another machine than the
one it began on is found out."""

import contextlib
import mmap
import os
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from dataclasses import asdict, dataclass

import machine
import wire

MIB = 1 << 20
MOVED = 1.3  # a probe that moved by more than this makes the run void
STEAL = 0.02  # so does more than this of the time taken away by the host
OTHERS = 0.3  # and more than this many cores at work for somebody else
# An append to the page cache costs 0.1 to 0.2 CPU-seconds a GB where the host backs the memory, 0.4 to 2 where it does not.
BACKED_BELOW = 0.35
MADV_POPULATE_WRITE = 23


@dataclass
class Probe:
    ping_us: float  # round trip to the null broker
    append_s_per_gb: float  # CPU of a 256 MiB append to a new file
    crc_s_per_gb: float  # CPU of a checksum over memory that is there
    fdatasync_ms: float  # 4 KiB appended and synced

    @property
    def memory(self):
        return "backed" if self.append_s_per_gb < BACKED_BELOW else "not backed"

    def to_json(self):
        return asdict(self) | {"memory": self.memory}


def prewarm(size):
    """Touches and frees as much memory as a run will fill with pages, so that the host backs it."""
    size = min(size, int(machine.available_bytes() * 0.8))
    if size < MIB:
        return
    with mmap.mmap(-1, size) as memory:
        try:
            memory.madvise(MADV_POPULATE_WRITE)
        except (OSError, ValueError):
            for at in range(0, size, machine.PAGE):
                memory[at] = 1


def probe(directory, null_address):
    """Reads every probe. Each is the middle, or the best, of several: one hiccup is not a moved machine."""
    with cores_awake():
        # A connection may fall on the core of its peer or on the other one: the best of ten is the same place each time.
        ping = min(wire.ping_seconds(null_address, 100) for _ in range(10))
        crc = _crc()
    return Probe(ping * 1e6, append_s_per_gb(directory), crc, _fdatasync(directory) * 1e3)


@contextlib.contextmanager
def cores_awake():
    """Work that gives way to any other, so that no core sleeps: one that must be woken from the host's hands makes of 25 µs
    150, by turns, and says nothing of the machine."""
    spin = "import os\nos.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))\nwhile True: pass"
    spinners = [subprocess.Popen([sys.executable, "-c", spin]) for _ in range(os.cpu_count() or 1)]
    try:
        time.sleep(0.3)
        yield
    finally:
        for spinner in spinners:
            spinner.kill()
            spinner.wait()


def append_s_per_gb(directory):
    """CPU of an append of 256 MiB, in pieces of 256 KiB, to a new file."""
    chunk, costs = bytes(256 * 1024), []
    with tempfile.TemporaryFile(dir=directory) as f:
        for _ in range(4):
            started = time.process_time()
            for _ in range(256):
                os.write(f.fileno(), chunk)
            costs.append((time.process_time() - started) / (64 * MIB / 1e9))
    return statistics.median(costs)


def _crc():
    data, costs = bytes(16 * MIB), []
    for _ in range(5):
        started = time.process_time()
        zlib.crc32(data)
        costs.append((time.process_time() - started) / (len(data) / 1e9))
    return min(costs)


def _fdatasync(directory):
    chunk, times = bytes(4096), []
    with tempfile.TemporaryFile(dir=directory) as f:
        for _ in range(40):
            os.write(f.fileno(), chunk)
            started = time.perf_counter()
            os.fdatasync(f.fileno())
            times.append(time.perf_counter() - started)
    return statistics.median(times)


def why_void(before, after, steal, others, waits_for_disk):
    """Reasons why the run does not count; none when it does. The disk's probe binds runs that wait for the disk."""
    names = ["ping_us", "append_s_per_gb", "crc_s_per_gb"] + (["fdatasync_ms"] if waits_for_disk else [])
    reasons = []
    for name in names:
        a, b = getattr(before, name), getattr(after, name)
        if max(a, b) > MOVED * min(a, b):
            reasons.append(f"{name} moved from {a:.3g} to {b:.3g}")
    if steal > STEAL:
        reasons.append(f"steal {steal:.1%}")
    if others > OTHERS:
        reasons.append(f"{others:.2f} cores at work for others")
    return reasons
