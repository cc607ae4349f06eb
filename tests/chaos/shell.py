"""Commands of the system, and waiting."""

import subprocess
import time


def run(command):
    """Runs a command that must go well; gives its output."""
    done = subprocess.run(command.split() if isinstance(command, str) else command, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{command}: exit code {done.returncode}\n{done.stderr.strip()}")
    return done.stdout


def wait_until(holds, seconds, pause=0.1):
    """Polls until a condition holds; whether it did in time."""
    end = time.monotonic() + seconds
    while True:
        if holds():
            return True
        if time.monotonic() >= end:
            return False
        time.sleep(pause)
