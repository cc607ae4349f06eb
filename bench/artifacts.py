"""Programs that cargo builds for the benches."""

import json
import subprocess
import sys


def built(*targets, profile="fast"):
    """Builds targets, each as cargo names it (`--bench replay`, `--bin logbus`), and gives their paths."""
    command = ["cargo", "build", "--profile", profile, "--message-format=json-render-diagnostics"]
    for target in targets:
        command += target.split()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(done.returncode)
    found = {}
    for line in done.stdout.splitlines():
        message = json.loads(line)
        if message["reason"] == "compiler-artifact" and message.get("executable"):
            found[message["target"]["name"]] = message["executable"]
    return [found[target.split()[1]] for target in targets]
