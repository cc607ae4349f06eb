"""What the operating system says of processes and of itself."""

import os
import platform
import resource
import socket
import subprocess
import time

TICK = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def raise_file_limit():
    """As many files as this process may have: Kafka keeps three open for each of 10,000 partitions."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in (max(hard, 1 << 20), hard):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
            return
        except (ValueError, OSError):
            continue


def cpu_seconds(pid):
    """User and system time of a process, in steps of 10 ms."""
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory_bytes(pid):
    """Resident memory now, and its highest so far."""
    found = {}
    with open(f"/proc/{pid}/status") as f:
        for line in f:
            name, _, rest = line.partition(":")
            if name in ("VmRSS", "VmHWM"):
                found[name] = int(rest.split()[0]) * 1024
    return found["VmRSS"], found["VmHWM"]


def open_files(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def disk_bytes(directory, topics):
    """Blocks that the files of some topics' partitions hold."""
    total = 0
    for folder, _, names in os.walk(directory):
        if os.path.basename(folder).rpartition("-")[0] in topics:
            total += sum(os.lstat(os.path.join(folder, name)).st_blocks * 512 for name in names)
    return total


def drop_from_cache(directory):
    """Takes the files below a directory out of the page cache; needs no rights."""
    for folder, _, names in os.walk(directory):
        for name in names:
            fd = os.open(os.path.join(folder, name), os.O_RDONLY)
            try:
                os.fdatasync(fd)
                os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(fd)


def available_bytes():
    with open("/proc/meminfo") as f:
        for line in f:
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return 0


class Busy:
    """CPU time of the whole machine from here to `stop`."""

    def __init__(self):
        self.before = self._read()
        self.started = time.monotonic()

    @staticmethod
    def _read():
        with open("/proc/stat") as f:
            fields = [int(n) / TICK for n in f.readline().split()[1:9]]
        user, nice, system, _idle, _iowait, irq, softirq, steal = fields
        return user + nice + system + irq + softirq, steal

    def stop(self):
        """Seconds that passed, seconds that all CPUs worked, and the share of time that the host took away."""
        seconds = max(time.monotonic() - self.started, 1e-9)
        busy, steal = (after - before for after, before in zip(self._read(), self.before))
        return seconds, busy, steal / (seconds * os.cpu_count())


def own_cpu_seconds():
    """This process and all its children that have ended."""
    t = os.times()
    return t.user + t.system + t.children_user + t.children_system


def description():
    """The machine, for the record."""
    model = "unknown"
    with open("/proc/cpuinfo") as f:
        for line in f:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return {
        "cpus": os.cpu_count(),
        "cpu": model,
        "memory_gib": round(os.sysconf("SC_PHYS_PAGES") * PAGE / 2**30, 1),
        "kernel": platform.release(),
    }


def commit():
    """The commit that is measured, with a mark when files differ from it."""
    run = lambda *args: subprocess.run(["git", *args], capture_output=True, text=True).stdout.strip()
    return run("rev-parse", "--short", "HEAD") + ("+" if run("status", "--porcelain", "-uno") else "")
