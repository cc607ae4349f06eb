"""The disks of a node: ext4 images on loop devices, kept in memory. They can be full, fail, lose power and go bad."""

import fcntl
import os
import struct

from shell import run

MIB = 1 << 20
# FS_IOC_SHUTDOWN: from then on every operation fails, and what was not synced is lost, as when a disk is pulled.
SHUTDOWN = 0x8004587D
WITHOUT_LOG_FLUSH = 2
MARKS = "logbus-written-offset-checkpoint"


class Disk:
    """An ext4 image, mounted with a long commit interval: what is not synced stays off the image for long."""

    def __init__(self, path, image, mib):
        self.path = path
        self.ballast = os.path.join(path, "ballast")
        self.image = image
        with open(image, "wb") as made:
            made.truncate(mib * MIB)
        run(["mkfs.ext4", "-q", "-m", "0", "-N", "16384", image])
        os.makedirs(path)
        self.mount()
        os.rmdir(os.path.join(path, "lost+found"))

    def mount(self):
        run(["mount", "-o", "loop,commit=60", self.image, self.path])

    def fill(self):
        """Takes every byte that is free."""
        with open(self.ballast, "wb") as ballast:
            left = self.free()
            while left > 4096:
                try:
                    os.posix_fallocate(ballast.fileno(), os.fstat(ballast.fileno()).st_size, left)
                except OSError:
                    left //= 2
                else:
                    left = min(left, self.free())
            try:
                ballast.seek(0, os.SEEK_END)
                while True:
                    ballast.write(bytes(4096))
                    ballast.flush()
            except OSError:
                pass
            try:
                ballast.close()
            except OSError:
                pass
        return self.free() < 64 * 1024

    def free(self):
        room = os.statvfs(self.path)
        return room.f_bavail * room.f_frsize

    def relieve(self):
        if os.path.exists(self.ballast):
            os.unlink(self.ballast)

    def fail(self):
        """Every operation on it fails from now on."""
        handle = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.ioctl(handle, SHUTDOWN, struct.pack("I", WITHOUT_LOG_FLUSH))
        finally:
            os.close(handle)

    def mount_again(self):
        """Mounts what reached the image; nothing may have a file open on it."""
        run(["umount", self.path])
        self.mount()
        # A machine that lost its power comes back with another boot id, and one whose disk was taken away and attached
        # again needs this by hand: marks speak of a page cache that is gone (docs/decisions/0004).
        marks = os.path.join(self.path, "data", MARKS)
        if os.path.exists(marks):
            os.unlink(marks)

    def wipe(self):
        run(["find", self.path, "-mindepth", "1", "-delete"])

    def segments(self):
        """The last segment of every partition of the load that has records."""
        found = []
        for folder, _, names in sorted(os.walk(self.path)):
            logs = sorted(n for n in names if n.endswith(".log"))
            if logs and os.path.basename(folder).startswith("chaos-"):
                path = os.path.join(folder, logs[-1])
                if os.path.getsize(path):
                    found.append(path)
        return found
