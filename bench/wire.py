"""The little of Kafka's protocol that timing a broker from outside asks for."""

import socket
import struct
import time

API_VERSIONS, METADATA = 18, 3


def _receive(sock, n):
    parts = []
    while n > 0:
        part = sock.recv(n)
        if not part:
            raise ConnectionError("the broker closed the connection")
        parts.append(part)
        n -= len(part)
    return b"".join(parts)


def exchange(sock, key, version, body=b""):
    """One request with header version 1, and the answer after its correlation id."""
    frame = struct.pack(">hhih", key, version, 1, -1) + body
    sock.sendall(struct.pack(">i", len(frame)) + frame)
    (size,) = struct.unpack(">i", _receive(sock, 4))
    return _receive(sock, size)[4:]


def connect(address, timeout=60):
    host, port = address.rsplit(":", 1)
    sock = socket.create_connection((host, int(port)), timeout=timeout)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def has_brokers(sock, count=1):
    """Whether a Metadata answer names so many brokers: before it has one, no client can work."""
    (brokers,) = struct.unpack_from(">i", exchange(sock, METADATA, 1, struct.pack(">i", 0)))
    return brokers >= count


def has_leaders(sock, topic):
    """Whether a Metadata answer shows a leader for every partition of a topic."""
    name = topic.encode()
    answer = exchange(sock, METADATA, 1, struct.pack(">ih", 1, len(name)) + name)
    at = 4
    for _ in range(struct.unpack_from(">i", answer)[0]):
        (host,) = struct.unpack_from(">h", answer, at + 4)
        at += 6 + host + 4
        (rack,) = struct.unpack_from(">h", answer, at)
        at += 2 + max(rack, 0)
    at += 4 + 4
    error, length = struct.unpack_from(">hh", answer, at)
    at += 4 + length + 1
    (partitions,) = struct.unpack_from(">i", answer, at)
    at += 4
    for _ in range(partitions):
        code, _, leader, replicas = struct.unpack_from(">hiii", answer, at)
        at += 14 + 4 * replicas
        (isr,) = struct.unpack_from(">i", answer, at)
        at += 4 + 4 * isr
        if code != 0 or leader < 0:
            return False
    return error == 0 and partitions > 0


def wait_for(address, ready, seconds, alive=lambda: True):
    """Asks until `ready(socket)` holds; the time it took."""
    started = time.monotonic()
    while time.monotonic() - started < seconds and alive():
        try:
            with connect(address, timeout=5) as sock:
                while not ready(sock):
                    time.sleep(0.002)
                return time.monotonic() - started
        except (OSError, struct.error):
            time.sleep(0.001)
    raise TimeoutError(f"nothing serves at {address} after {time.monotonic() - started:.0f} s")


def ping_seconds(address, count=300):
    """Median round trip of the smallest request on one connection."""
    times = []
    with connect(address) as sock:
        for _ in range(count):
            started = time.perf_counter()
            exchange(sock, API_VERSIONS, 0)
            times.append(time.perf_counter() - started)
    return sorted(times)[count // 2]
