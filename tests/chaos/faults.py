"""The faults: each is chosen by the seed, shows that it hit, and is healed.

A fault is a function of the run that gives whether it hit: whether the process, network or disk was seen to do what the
fault asks of it. A round has every kind once, in an order of its own, and a run has at least one round.
"""

import os
import signal

from shell import wait_until

DISK_TROUBLE = ("out of service", "No space left", "Input/output error", "Read-only file system")
TROUBLE_SECONDS = 30


def kill(run, node):
    if node is None:
        return False
    hit = node.runs() and node.kill()
    run.pause(0.2, min(20, run.seconds / 20))
    run.start(node)
    return hit


def kill_leader(run):
    return kill(run, run.note_target(run.cluster.leader(run.dice)))


def kill_follower(run):
    return kill(run, run.note_target(run.cluster.follower(run.dice)))


def kill_controller(run):
    return kill(run, run.note_target(run.cluster.controller()))


def kill_all(run):
    """Every node at the same moment."""
    for node in run.nodes:
        node.expected_up = False
        node.signal(signal.SIGKILL)
    hit = all(node.kill() for node in run.nodes)
    run.start(*run.nodes)
    return hit


def stop_and_continue(run):
    """SIGSTOP, for up to a minute in a long run."""
    choices = [run.cluster.leader(run.dice), run.cluster.controller(), run.dice.choice(run.nodes)]
    node = run.note_target(run.dice.choice([c for c in choices if c]))
    node.signal(signal.SIGSTOP)
    hit = wait_until(lambda: node.state() == "T", 5)
    run.pause(2, min(60, max(5, run.seconds / 20)))
    hit = hit and node.state() == "T"
    node.signal(signal.SIGCONT)
    return hit


def _cut(run, directions):
    """Cuts, checks that these and no others are cut, holds, and heals."""
    for source, target in directions:
        run.network.cut(source, target)
    hit = not any(run.network.reaches(source, target) for source, target in directions)
    back = [(t, s) for s, t in directions if (t, s) not in directions]
    hit = hit and all(run.network.reaches(source, target) for source, target in back)
    run.pause(2, min(40, max(5, run.seconds / 20)))
    run.network.heal()
    return hit


def cut_off(run):
    """One node and the others do not hear each other; the clients hear all of them, or lose that one too."""
    node = run.note_target(run.dice.choice([run.cluster.controller() or run.nodes[0], run.dice.choice(run.nodes)]))
    others = [n.id for n in run.nodes if n is not node] + ([0] if run.dice.random() < 0.5 else [])
    return _cut(run, [(node.id, o) for o in others] + [(o, node.id) for o in others])


def cut_one_way(run):
    """One node hears the others and is not heard, or the other way round; or so with only one of them."""
    node = run.note_target(run.dice.choice([run.cluster.controller() or run.nodes[0], run.dice.choice(run.nodes)]))
    others = [n.id for n in run.nodes if n is not node]
    if run.dice.random() < 0.3:
        others = [run.dice.choice(others)]
    is_deaf = run.dice.random() < 0.5
    return _cut(run, [(o, node.id) if is_deaf else (node.id, o) for o in others])


def rolling_restart(run):
    """A controlled shutdown and a start of each node, the next when all is in sync again."""
    hit = True
    for node in run.nodes:
        code = node.stop()
        if code != 0:
            run.red(f"node {node.id} ended its controlled shutdown with {code}\n{node.log_tail()}")
        hit = hit and code == 0
        run.start(node)
        run.wait_until_in_sync()
    return hit


def _disk_trouble(run, node, seen):
    """Whether the node has noticed its disk: by a line in its log, or by ending."""
    noticed = wait_until(
        lambda: not node.runs() or any(word in node.log_since(seen) for word in DISK_TROUBLE), TROUBLE_SECONDS
    )
    run.pause(0, min(20, run.seconds / 20))
    return noticed


def full_disk(run):
    """A disk without a free byte; the node is started again once there is room."""
    node = run.note_target(run.dice.choice(run.nodes))
    disk = node.disks[run.dice.random() < 0.7]
    seen = node.log_size()
    node.expected_up = False
    hit = disk.fill() and _disk_trouble(run, node, seen)
    disk.relieve()
    node.stop()
    run.start(node)
    return hit


def failed_disk(run):
    """A disk on which every operation fails; what had reached it is there again after a restart."""
    node = run.note_target(run.dice.choice(run.nodes))
    seen = node.log_size()
    node.expected_up = False
    node.disks[1].fail()
    hit = _disk_trouble(run, node, seen)
    node.stop()
    node.disks[1].mount_again()
    run.start(node)
    return hit


def _cut_power(node):
    """From one moment on nothing more reaches the disks; what was written and not synced is gone after that."""
    node.expected_up = False
    node.signal(signal.SIGSTOP)
    for disk in node.disks:
        disk.fail()
    return node.kill()


def power_cut(run):
    """One node loses what it had not synced; the others are in sync with it before."""
    run.wait_until_in_sync()
    node = run.note_target(run.dice.choice(run.nodes))
    hit = _cut_power(node)
    for disk in node.disks:
        disk.mount_again()
    run.pause(0, min(20, run.seconds / 20))
    run.start(node)
    return hit


def power_cut_of_all(run):
    """All nodes at once: nothing acknowledged is lost where that waited for the disk (--synced)."""
    for node in run.nodes:
        node.expected_up = False
        node.signal(signal.SIGSTOP)
    hit = all([_cut_power(node) for node in run.nodes])
    for node in run.nodes:
        for disk in node.disks:
            disk.mount_again()
    run.start(*run.nodes)
    return hit


def wiped_node(run):
    """A node comes back with empty disks, and is filled by the others."""
    run.wait_until_in_sync()
    node = run.note_target(run.dice.choice(run.nodes))
    hit = node.kill()
    for disk in node.disks:
        disk.wipe()
    node.format(run.cluster_id)
    run.pause(0, min(20, run.seconds / 20))
    run.start(node)
    run.wait_until_in_sync()
    return hit


def _damage(run, damage):
    """Kills a node that is in sync, damages the newest segments of half its partitions, and starts it."""
    run.wait_until_in_sync()
    node = run.note_target(run.dice.choice(run.nodes))
    killed = node.kill()
    segments = [path for disk in node.disks for path in disk.segments() if run.dice.random() < 0.5]
    for path in segments:
        with open(path, "r+b") as segment:
            damage(segment, os.path.getsize(path))
    run.start(node)
    run.wait_until_in_sync()
    return killed and len(segments) > 0


def torn_tail(run):
    """Files that end anywhere in their last 64 KiB, or in zeros, as after a crash of the machine."""

    def tear(segment, size):
        segment.truncate(size - run.dice.randint(1, min(size, 65536)))
        if run.dice.random() < 0.3:
            segment.seek(0, os.SEEK_END)
            segment.write(bytes(run.dice.randint(1, 4096)))

    return _damage(run, tear)


def flipped_bit(run):
    """One bit of a segment is another one."""

    def flip(segment, size):
        at = run.dice.randrange(size)
        segment.seek(at)
        byte = segment.read(1)[0]
        segment.seek(at)
        segment.write(bytes([byte ^ (1 << run.dice.randrange(8))]))

    return _damage(run, flip)


KINDS = {
    "kill -9 leader": kill_leader,
    "kill -9 follower": kill_follower,
    "kill -9 controller": kill_controller,
    "kill -9 all": kill_all,
    "SIGSTOP": stop_and_continue,
    "cut both ways": cut_off,
    "cut one way": cut_one_way,
    "rolling restart": rolling_restart,
    "full disk": full_disk,
    "failed disk": failed_disk,
}

# Not in every run: each waits until all replicas are in sync, since what it takes away must be elsewhere.
MORE_KINDS = {
    "power cut": power_cut,
    "power cut of all": power_cut_of_all,
    "wiped node": wiped_node,
    "torn tail": torn_tail,
    "flipped bit": flipped_bit,
}


def rounds(kinds, dice):
    """Rounds of all kinds without end, each in an order of its own."""
    while True:
        order = list(kinds)
        dice.shuffle(order)
        yield order
