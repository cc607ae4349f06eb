"""The client programs under load: started, watched for progress, and told to end."""

import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter

from shell import wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
# The Java client is compiled first, which takes long on a busy machine.
START_SECONDS = 240
PROGRESS_SECONDS = 60
FLUSH_SECONDS = 150
END_SECONDS = 60


class Program:
    """One client program with several clients in it."""

    def __init__(self, name, command, home):
        self.name = name
        self.last = {}
        self.errors_path = os.path.join(home, f"{name}.err")
        with open(self.errors_path, "wb") as errors:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
            )
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for line in self.process.stdout:
            # A JVM on a busy machine has its own remarks to make there.
            if line.startswith("{"):
                self.last = json.loads(line)

    def say(self, word):
        try:
            self.process.stdin.write(f"{word}\n")
            self.process.stdin.flush()
        except OSError:
            # It has ended: whoever waits for it will see that.
            pass

    def complaints(self):
        with open(self.errors_path, errors="replace") as errors:
            return errors.read()[-2000:]


class Clients:
    def __init__(self, bootstrap, topics, home, seed, rate, java):
        self.event_files = []
        self.programs = []
        spelled = ",".join(f"{name}:{count}" for name, count in topics.items())

        def options(name):
            path = os.path.join(home, f"{name}.events")
            self.event_files.append(path)
            return [bootstrap, path, str(seed), str(rate), spelled]

        script = os.path.join(HERE, "rdkafka_client.py")
        self.programs.append(Program("rdkafka", [sys.executable, script, *options("rdkafka")], home))
        if java:
            command = ["java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", java]
            source = os.path.join(HERE, "java", "ChaosClient.java")
            self.programs.append(Program("java", [*command, source, *options("java")], home))
        self.expected = 3 + (4 if java else 0)

    def progress(self):
        """How far each client is."""
        all_of_them = {}
        for program in self.programs:
            all_of_them.update(program.last.get("progress", {}))
        return all_of_them

    def totals(self, what):
        counts = Counter()
        for program in self.programs:
            counts.update(program.last.get(what, {}))
        return counts

    def fatal(self):
        told = [line for program in self.programs for line in program.last.get("fatal", [])]
        ended = [p for p in self.programs if p.process.poll() not in (None, 0)]
        return told + [f"{p.name} ended with {p.process.returncode}: {p.complaints()}" for p in ended]

    def wait_until_under_way(self):
        """Every client has done something."""
        return wait_until(lambda: len(self.progress()) == self.expected, START_SECONDS)

    def stand_still(self, seconds=PROGRESS_SECONDS):
        """The clients that make no progress within that time."""
        before = self.progress()
        stuck = set(before)

        def look():
            after = self.progress()
            stuck.difference_update([name for name in stuck if after.get(name, 0) > before[name]])
            return not stuck

        wait_until(look, seconds)
        return sorted(stuck)

    def stop_sending(self):
        """Whether all sends have an outcome in time."""
        for program in self.programs:
            program.say("stop")
        return wait_until(lambda: all(p.last.get("flushed") for p in self.programs), FLUSH_SECONDS)

    def wait_until_read(self, count):
        """Whether the consumers that read everything have read so many records in time."""
        return wait_until(lambda: self.progress().get("rdkafka-c0", 0) >= count, PROGRESS_SECONDS)

    def kill(self):
        for program in self.programs:
            program.process.kill()
            program.process.wait()

    def end(self):
        """Ends the programs; gives the names of those that did not end by themselves."""
        for program in self.programs:
            program.say("end")
        deadline = time.monotonic() + END_SECONDS
        stuck = []
        for program in self.programs:
            try:
                program.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                program.process.kill()
                program.process.wait()
                stuck.append(program.name)
        return stuck
