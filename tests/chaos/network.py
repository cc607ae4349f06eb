"""A network of its own for every node, and cuts in one direction or both.

Each node has a network namespace with one interface on a bridge; the load and this program are on the bridge itself, as
host 0. Nobody asks for hardware addresses: every host knows those of all others, and a cut from A to B is a wrong one in
A's table, so that what A sends to B vanishes without a word while B still reaches A.
"""

import ctypes
import os
import socket
import threading

from shell import run

BRIDGE = "br0"
LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
PROBE_PORT = 7007
PROBE_SECONDS = 0.3


def address(host):
    return f"10.99.0.{host or 254}"


def hardware(host, lost=False):
    """An Ethernet address; a lost one belongs to nobody."""
    return f"02:00:00:00:{'dd' if lost else '00'}:{host or 254:02x}"


def namespace(node):
    return f"/run/netns/n{node}"


class Network:
    def __init__(self, nodes):
        self.hosts = range(nodes + 1)
        self.cuts = set()
        os.makedirs("/run/netns", exist_ok=True)
        run("mount -t tmpfs tmpfs /run/netns")
        run("ip link set lo up")
        run(f"ip link add {BRIDGE} address {hardware(0)} type bridge")
        run(f"ip addr add {address(0)}/24 dev {BRIDGE}")
        run(f"ip link set {BRIDGE} up")
        for node in self.hosts[1:]:
            run(f"ip netns add n{node}")
            run(f"ip link add v{node} type veth peer name eth0 address {hardware(node)} netns n{node}")
            run(f"ip link set v{node} master {BRIDGE} up")
            run(f"ip -n n{node} link set lo up")
            run(f"ip -n n{node} addr add {address(node)}/24 dev eth0")
            run(f"ip -n n{node} link set eth0 up")
        for source in self.hosts:
            for target in self.hosts:
                if source != target:
                    self._know(source, target, lost=False)
        self.probes = [self._probe(host) for host in self.hosts]

    def _know(self, source, target, lost):
        where = f"ip -n n{source}" if source else "ip"
        device = "eth0" if source else BRIDGE
        run(f"{where} neigh replace {address(target)} lladdr {hardware(target, lost)} dev {device} nud permanent")

    def cut(self, source, target):
        """Drops everything that source sends to target."""
        self.cuts.add((source, target))
        self._know(source, target, lost=True)

    def heal(self):
        for source, target in self.cuts:
            self._know(source, target, lost=False)
        self.cuts.clear()

    def reaches(self, source, target):
        """Whether a datagram gets from one host to another."""
        receiver = self.probes[target]
        receiver.settimeout(0)
        try:
            while True:
                receiver.recv(64)
        except OSError:
            pass
        token = os.urandom(8)
        receiver.settimeout(PROBE_SECONDS)
        try:
            self.probes[source].sendto(token, (address(target), PROBE_PORT))
            while receiver.recv(64) != token:
                pass
        except OSError:
            return False
        return True

    @staticmethod
    def _probe(host):
        """A datagram socket that lives in the host's namespace."""
        made = []

        def make():
            if host:
                handle = os.open(namespace(host), os.O_RDONLY)
                if LIBC.setns(handle, CLONE_NEWNET) != 0:
                    made.append(OSError(ctypes.get_errno(), "setns"))
                    return
                os.close(handle)
            probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            probe.bind((address(host), PROBE_PORT))
            made.append(probe)

        # The namespace is that of the thread, and the socket keeps it.
        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        if not made or isinstance(made[0], OSError):
            raise SystemExit(f"cannot open a socket in the namespace of node {host}: {made}")
        return made[0]
