"""The disks of a node: one in memory, and an ext4 image on a loop device. Both can be full, the second can fail."""

import fcntl
import os
import struct

from shell import run

MIB = 1 << 20
# FS_IOC_SHUTDOWN: from then on every operation fails, and what was not synced is lost, as when a disk is pulled.
SHUTDOWN = 0x8004587D
WITHOUT_LOG_FLUSH = 2


class Disk:
    """A mounted file system."""

    def __init__(self, path):
        self.path = path
        self.ballast = os.path.join(path, "ballast")

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


class Memory(Disk):
    """In memory: fast, and gone with the program."""

    def __init__(self, path, mib):
        os.makedirs(path)
        run(["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", path])
        super().__init__(path)

    def wipe(self):
        run(["find", self.path, "-mindepth", "1", "-delete"])


class Image(Disk):
    """An ext4 image, mounted with a long commit interval: what is not synced stays off the image for long."""

    def __init__(self, path, mib):
        self.image = f"{path}.img"
        with open(self.image, "wb") as image:
            image.truncate(mib * MIB)
        run(["mkfs.ext4", "-q", "-m", "0", "-N", "16384", self.image])
        os.makedirs(path)
        super().__init__(path)
        self.mount()
        os.rmdir(os.path.join(path, "lost+found"))

    def mount(self):
        run(["mount", "-o", "loop,commit=60", self.image, self.path])

    def unmount(self):
        run(["umount", self.path])

    def fail(self):
        """Every operation on it fails from now on."""
        handle = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.ioctl(handle, SHUTDOWN, struct.pack("I", WITHOUT_LOG_FLUSH))
        finally:
            os.close(handle)

    def replace(self):
        """Mounts what reached the image; nothing may have a file open on it."""
        self.unmount()
        self.mount()

    def wipe(self):
        run(["find", self.path, "-mindepth", "1", "-delete"])
