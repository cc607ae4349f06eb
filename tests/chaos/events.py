"""The history of what clients did and saw, in the format of src/sim/history, first one file a client program.

A client's line is the time in microseconds, a tab and the event. All clocks are this machine's monotonic one, so that
sorting the lines of all clients by time gives an order in which nothing stands before what caused it.
"""

import heapq
import json
import threading
import time


class Recorder:
    """Lines in the order of their times, from several threads."""

    def __init__(self, path):
        self.file = open(path, "w", buffering=1 << 16)
        self.lock = threading.Lock()

    def note(self, event, **fields):
        with self.lock:
            at = now()
            self.file.write(f'{at}\t{json.dumps({"event": event, "at": at, **fields}, separators=(",", ":"))}\n')

    def close(self):
        with self.lock:
            self.file.close()


def now():
    return time.monotonic_ns() // 1000


def _lines(path):
    with open(path) as lines:
        for line in lines:
            at, event = line.split("\t", 1)
            yield int(at), event


def merge(paths, finals, target):
    """Writes the whole history: the clients' files by time, then what was read at the end. Gives the count of events."""
    count = 0
    with open(target, "w") as out:
        out.write('{"event":"history","version":1,"idempotent":true,"isolation":"read_committed"}\n')
        for _, event in heapq.merge(*map(_lines, paths), key=lambda line: line[0]):
            out.write(event)
            count += 1
        at = now()
        for (topic, partition), (start, records) in sorted(finals.items()):
            line = {"event": "final", "at": at, "topic": topic, "partition": partition, "start": start}
            out.write(json.dumps({**line, "records": records}, separators=(",", ":")) + "\n")
            count += 1
    return count
