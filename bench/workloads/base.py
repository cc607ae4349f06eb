"""What a workload is: contestants, figures with the goals they are held to, and a way to read them."""

from dataclasses import dataclass, field

import brokers
import clients
import machine

GIB = 1 << 30
EVERY_BROKER = ("logbus", "kafka", "kafka-tuned", "null")
WITH_KAFKA = ("logbus", "kafka", "kafka-tuned")
# Goals name "kafka" for both settings of Kafka: what is claimed must hold against the better one.
KAFKAS = ("kafka", "kafka-tuned")


@dataclass(frozen=True)
class Goal:
    """A bound on logbus' figure: against another contestant's same figure, against another figure of logbus itself
    (`figure:NAME`), in the figure's own unit (`value`), or that it was read in both states of the memory (`states`)."""

    against: str
    most: float | None = None
    least: float | None = None

    def __str__(self):
        if self.against == "states":
            return "read with memory backed and not"
        sign, bound = ("≤", self.most) if self.most is not None else ("≥", self.least)
        names = {"kafka": "Kafka", "null": "null", "group-commit": "group commit"}
        name = self.against.removeprefix("figure:")
        bound = f"{bound:,.0f}" if bound >= 100 else f"{bound:.3g}"
        return f"{sign} {bound}" + ("" if self.against == "value" else f" × {names.get(name, name)}")

    def holds(self, value):
        return value <= self.most if self.most is not None else value >= self.least


IN_BOTH_STATES = Goal("states")


def most(against, bound):
    return Goal(against, most=bound)


def least(against, bound):
    return Goal(against, least=bound)


@dataclass(frozen=True)
class Figure:
    """A number that a run reads."""

    name: str
    unit: str
    better: str  # "lower" or "higher"
    goals: tuple = ()
    line: int = 0  # of the goals' numbered lines, where it has one


@dataclass
class Context:
    """What a run has at hand."""

    tools: object
    quick: bool
    directory: str
    meter: clients.Meter = field(default_factory=clients.Meter)

    def __post_init__(self):
        self.light = clients.Light(self.tools, self.meter)
        self.librdkafka = clients.Librdkafka(self.tools, self.meter)
        self.java = clients.Java(self.tools, self.meter)

    def scaled(self, full, quick):
        return quick if self.quick else full


class Workload:
    """One idea of what to measure. `measure` has a started broker, or a floor, and gives figure names and values."""

    name = ""
    title = ""
    durability = "P"  # P: in the page cache before the answer; S: synced before the answer; -: nothing is written
    contestants = EVERY_BROKER
    subjects = brokers.CONTESTANTS  # what the contestants' names stand for
    needs = ()  # clients beside ours
    figures = ()
    writes_gb = 1.0  # what a full run writes: as much memory is touched before
    warm_up = True
    settings = {}

    def broker_settings(self, contestant):
        return self.settings

    def prewarmed(self, round_number):
        """Whether memory is touched before, so that the host backs it."""
        return True

    def warm(self, broker, context, seconds):
        clients.warm_up(context.light, broker, seconds)

    def measure(self, broker, context):
        raise NotImplementedError


def memory_figures(byte, goal_mib=None, line=0):
    goals = (most("value", goal_mib),) if goal_mib else ()
    return (
        Figure("RSS after the load", "MiB", "lower", goals, line),
        Figure(f"bytes on disk per {byte} byte", "", "lower"),
    )


def memory_after(broker, byte, sent):
    """`sent` has the bytes that went to each topic, as the client counts them: on the wire, or values only."""
    read = {"RSS after the load": broker.rss() / 2**20}
    if broker.name != "null":
        disk = machine.disk_bytes(broker.data, sent.keys())
        read[f"bytes on disk per {byte} byte"] = disk / max(sum(sent.values()), 1)
    return read
