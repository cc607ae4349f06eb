"""A round: every contestant of every workload once, in rotated order, each in a directory of its own between two probes."""

import sys
import time
import traceback

import brokers
import machine
import probes
from workloads.base import Context

# What the probes themselves write, with room to spare.
PROBED_BYTES = 1 << 30
WARM_UP_SECONDS, JVM_WARM_UP_SECONDS = 3, 30


def say(text):
    print(text, file=sys.stderr, flush=True)


def rotated(names, round_number):
    """A B C, then B C A, then C A B: nobody is always first."""
    turn = round_number % len(names)
    return names[turn:] + names[:turn]


def run_round(number, plan, tools, options, null_address, keep):
    """Takes the workloads of a plan, (workload, contestants) each, and hands every record to `keep`."""
    for workload, names in plan:
        for position, name in enumerate(rotated(names, number)):
            record = {"round": number + 1, "position": position + 1, "workload": workload.name, "contestant": name}
            started = time.monotonic()
            try:
                record |= run(number, workload, workload.subjects[name], tools, options, null_address)
                state = "void: " + "; ".join(record["void"]) if record["void"] else record["memory"]
            except Exception as e:  # one that fails must not end hours of others
                record |= {"error": str(e), "void": ["failed"], "readings": {}}
                state = f"FAILED: {e}"
                if options.trace:
                    traceback.print_exc()
            seconds = time.monotonic() - started
            say(f"round {number + 1} {workload.name} {name}: {seconds:.0f} s, {state}")
            keep(record)


def run(number, workload, contestant, tools, options, null_address):
    """One contestant under one workload: prewarm, probe, start, warm up, measure, stop, probe again."""
    size = int(workload.writes_gb * 1e9 * (0.05 if options.quick else 1))
    prewarm = workload.prewarmed(number) and not options.no_prewarm
    with brokers.Directory(options.directory) as probed:
        if prewarm:
            probes.prewarm(min(size, PROBED_BYTES))
        before = probes.probe(probed, null_address)
        with brokers.Directory(options.directory) as directory:
            context = Context(tools, options.quick, directory)
            with contestant(tools, directory, workload.broker_settings(contestant)) as broker:
                if broker.is_broker and workload.warm_up:
                    seconds = JVM_WARM_UP_SECONDS if broker.is_jvm else WARM_UP_SECONDS
                    workload.warm(broker, context, 1 if options.quick else seconds)
                if prewarm:
                    # Free memory goes back to the host within seconds, and the warm-up took longer.
                    probes.prewarm(size)
                readings, seconds, steal, others = measured(workload, broker, context)
        # The data is gone by now, so that the pages it held are free again, as they were before.
        after = probes.probe(probed, null_address)
    states = {before.memory, after.memory}
    return {
        "readings": readings,
        "memory": states.pop() if len(states) == 1 else "changed",
        "void": probes.why_void(before, after, steal, others, workload.durability == "S"),
        "probes": [before.to_json(), after.to_json()],
        "steal": steal,
        "other_cores": others,
        "seconds": seconds,
    }


def measured(workload, broker, context):
    busy, own = machine.Busy(), machine.own_cpu_seconds()
    process = broker.process if broker.is_broker else None
    before = broker.cpu() if process else 0.0
    readings = workload.measure(broker, context)
    mine = machine.own_cpu_seconds() - own
    if process:
        # A process that was stopped meanwhile is among the children that have ended.
        mine += broker.cpu() - (before if broker.process is process else 0.0)
    seconds, worked, steal = busy.stop()
    return readings, seconds, steal, max(0.0, worked - mine) / seconds


def plan(workloads, only, tools):
    """Who can run what here; what cannot is said once."""
    result = []
    for workload in workloads:
        missing = [tools.missing(need) for need in workload.needs]
        if any(missing):
            say(f"skipped {workload.name}: {next(filter(None, missing))}")
            continue
        names = []
        for name in workload.contestants:
            reason = tools.missing("kafka" if name.startswith("kafka") else name)
            if reason:
                say(f"skipped {name} in {workload.name}: {reason}")
            elif not only or name in only:
                names.append(name)
        if names:
            result.append((workload, names))
    return result
