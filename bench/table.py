"""Readings to a Markdown table of ratios."""

import math
import statistics
from collections import defaultdict

from brokers import CONTESTANTS
from workloads import ALL
from workloads.base import KAFKAS

CLASSES = {
    "P": "In the page cache before the answer",
    "S": "Synced to disk before the answer",
    "-": "Nothing written",
}
OURS = "logbus"
# What a claim asks for: ahead, or within the goal, in six rounds of seven.
CLAIM = 6 / 7


def number(value):
    """Three digits, whatever the size."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else "–"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}" if abs(value) >= 0.001 else f"{value:.1e}"


def spread(values):
    """Median and range."""
    return f"{number(statistics.median(values))} [{number(min(values))}–{number(max(values))}]"


class Readings:
    """Values by workload, memory state, contestant, figure and round."""

    def __init__(self, runs, with_void):
        self.values = defaultdict(dict)
        self.states = defaultdict(set)
        self.rounds = defaultdict(set)
        self.void = self.failed = 0
        durability = {workload.name: workload.durability for workload in ALL}
        for run in runs:
            self.failed += "error" in run
            self.void += bool(run["void"])
            if "error" in run or (run["void"] and not with_void):
                continue
            # Where nothing is written, or the disk is waited for, the state of the memory decides nothing.
            told = durability[run["workload"]] == "P" and not with_void
            state = run["memory"] if told else "any"
            for figure, value in run["readings"].items():
                self.values[run["workload"], state, run["contestant"], figure][run["round"]] = value
            if run["contestant"] == OURS:
                self.states[run["workload"]].add(state)

    def of(self, workload, state, contestant, figure):
        return self.values.get((workload, state, contestant, figure), {})

    def ratios(self, workload, state, figure, other, other_figure=None):
        """logbus over the other, round by round, within one memory state."""
        ours = self.of(workload, state, OURS, figure)
        theirs = self.of(workload, state, other, other_figure or figure)
        return [ours[r] / theirs[r] for r in sorted(ours) if theirs.get(r)]


def ahead(ratios, better):
    return sum(ratio < 1 if better == "lower" else ratio > 1 for ratio in ratios)


def judge(readings, workload, state, figure, goal):
    """(rounds that met the goal, rounds, median) for each contestant that the goal names."""
    if goal.against == "value":
        lists = [list(readings.of(workload.name, state, OURS, figure.name).values())]
    elif goal.against.startswith("figure:"):
        lists = [readings.ratios(workload.name, state, figure.name, OURS, goal.against.removeprefix("figure:"))]
    else:
        names = KAFKAS if goal.against == "kafka" else (goal.against,)
        lists = [readings.ratios(workload.name, state, figure.name, n) for n in names if n in workload.contestants]
    return [(sum(map(goal.holds, values)), len(values), statistics.median(values)) for values in lists if values]


def verdict(readings, workload, state, figure, goal):
    if goal.against == "states":
        both = {"backed", "not backed"} <= readings.states[workload.name]
        return "yes" if both else f"**no**, {state} only"
    judged = judge(readings, workload, state, figure, goal)
    if not judged:
        return "not measured"
    met, rounds, median = min(judged, key=lambda j: j[0] / j[1])
    return f"yes, {met} of {rounds}" if met >= CLAIM * rounds else f"**no**, {met} of {rounds} ({number(median)})"


def rows(readings, workload, columns):
    for state in sorted(readings.states[workload.name]):
        for figure in workload.figures:
            ours = list(readings.of(workload.name, state, OURS, figure.name).values())
            if not ours:
                continue
            cells = [f"{workload.name}: {figure.name}" + (f" (memory {state})" if state == "not backed" else "")]
            cells.append(f"{spread(ours)} {figure.unit}".strip())
            for name in columns:
                ratios = readings.ratios(workload.name, state, figure.name, name)
                cells.append(f"{spread(ratios)}, {ahead(ratios, figure.better)} of {len(ratios)}" if ratios else "")
            line = f"line {figure.line}: " if figure.line and figure.goals else ""
            cells.append(line + "; ".join(map(str, figure.goals)))
            cells.append("; ".join(verdict(readings, workload, state, figure, goal) for goal in figure.goals))
            yield cells


def markdown(document, with_void=False):
    """The tables, one a durability class, and above them what they rest on."""
    runs = document["runs"]
    readings = Readings(runs, with_void)
    m = document["machine"]
    text = [
        f"Commit {document['commit']}, {document['date']}; {m['cpus']} cores ({m['cpu']}), {m['memory_gib']} GiB, Linux "
        f"{m['kernel']}. Rounds: {document['rounds']}. Runs: {len(runs)}, of which {readings.void} void"
        + (f" and {readings.failed} failed" if readings.failed else "")
        + (". **Void runs are included: nothing here is a claim.**" if with_void else "."),
        "",
        f"    {document['command']}",
        "",
        "Cells: median [lowest–highest] over the rounds; under a contestant's name logbus' figure divided by the "
        "contestant's in the same round, and in how many rounds logbus was ahead.",
    ]
    if document.get("quick"):
        text += ["", "**A quick run: loads are too small to mean anything.**"]
    for durability, title in CLASSES.items():
        workloads = [w for w in ALL if w.durability == durability and readings.states[w.name]]
        seen = {c for w in workloads for c in w.contestants if c != OURS}
        measured = {contestant for _, _, contestant, _ in readings.values}
        columns = [name for name in CONTESTANTS if name in seen & measured]
        if not workloads:
            continue
        heads = ["workload: figure", "logbus", *(f"/ {CONTESTANTS[name].title}" for name in columns), "goal", "met"]
        text += ["", f"### {title}", "", "| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
        text += ["| " + " | ".join(cells) + " |" for w in workloads for cells in rows(readings, w, columns)]
    failures = [r for r in runs if "error" in r]
    if failures:
        text += ["", "Failed runs:", ""]
        text += [
            f"- round {r['round']}, {r['workload']}, {r['contestant']}: {r['error'].splitlines()[0][:200]}"
            for r in failures
        ]
    return "\n".join(text) + "\n"
