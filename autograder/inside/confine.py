"""Shut a process in: namespaces, file system, limits, capabilities, system calls. Linux alone.

Two processes are shut in. `settle` is for the fork server, once: it gives up being root and moves
into a user namespace of its own, in which it can make process namespaces. `shut_in` is for each
child that runs a submission. What has been given up here cannot be had back.
"""

import ctypes
import math
import os
import resource
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from autograder.inside import syscalls

# The user as whom everything runs, as seen from inside.
STUDENT = 1000
# Whom root becomes: a user that owns no files.
_NOBODY = 65534
# The one place where a submission can write; /dev/shm and its home are in it.
WRITABLE = "/tmp"
HOME = "/tmp/work"

_NEW_USER, _NEW_MOUNT, _NEW_PID = 0x10000000, 0x00020000, 0x20000000
_NEW_IPC, _NEW_NET = 0x08000000, 0x40000000
_PDEATHSIG, _SET_DUMPABLE, _CAPBSET_DROP, _NO_NEW_PRIVS, _CAP_AMBIENT = 1, 4, 24, 38, 47
_CAP_AMBIENT_CLEAR_ALL = 4
_NOSUID, _NODEV, _NOEXEC, _READ_ONLY, _BIND, _REC = 2, 4, 8, 1, 4096, 16384
_CAPABILITY_VERSION_3 = 0x20080522
_LAST_CAPABILITY = 63
_SIGKILL = 9

_libc = ctypes.CDLL(None, use_errno=True)


class _CapabilityHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class CannotConfine(Exception):
    """The kernel refuses something; the text says what."""


def settle() -> None:
    """Make the calling process the first one of its own process namespace, without privileges.

    The caller goes on in a child; the process that called waits for it and ends with it.

    Raises:
        CannotConfine: the kernel refuses one of the steps.
    """
    if os.getuid() == 0:
        _call("mount", b"proc", b"/proc", b"proc", _NOSUID | _NODEV | _NOEXEC, None)
        os.chmod(WRITABLE, 0o1777)
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
        # Of another user, its own entries under /proc, which are written to below, belong to root.
        _prctl(_SET_DUMPABLE, 1)
    os.mkdir(HOME)  # for what is imported, which may want to keep something
    own_entries = os.open("/proc/self", os.O_PATH | os.O_CLOEXEC)
    _enter_user_namespace(own_entries)
    os.close(own_entries)
    _call("unshare", _NEW_PID)
    child = os.fork()
    if child:
        # What this process holds open, the sandbox's connection among it, is the child's now.
        os.closerange(0, 1024)
        os.waitpid(child, 0)
        os._exit(0)


def hide() -> None:
    """Let no process of the same user look into this one's memory."""
    _prctl(_SET_DUMPABLE, 0)


def fork() -> int:
    """Fork, as os.fork; the child is the first process of a process namespace of its own.

    Raises:
        CannotConfine: the kernel refuses the namespace.
        OSError: no process can be started.
    """
    own = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
    child = -1
    try:
        _call("unshare", _NEW_PID)  # moves only children, so that no second fork is needed
        child = os.fork()
    finally:
        if child:
            _call("setns", own, _NEW_PID)
        os.close(own)
    return child


def shut_in(limits: dict[str, Any], keep: list[str], filter_code: bytes) -> None:
    """Confine the calling process, which is to run a submission.

    Args:
        limits: `files`, and what `set_limits` takes.
        keep: folders below the writable one that stay visible, because Python lies there.
        filter_code: the filter of system calls.

    Raises:
        CannotConfine: the kernel refuses one of the steps.
    """
    own_entries = os.open("/proc/self", os.O_PATH | os.O_CLOEXEC)
    _call("unshare", _NEW_MOUNT | _NEW_IPC | _NEW_NET)
    _mount_own_files(limits["files"], keep)
    # In yet another user namespace nothing of the above can be undone, and the kernel counts the
    # processes of each submission by themselves.
    _prctl(_SET_DUMPABLE, 1)
    _enter_user_namespace(own_entries)
    # When the machine runs out of memory, this goes first.
    _write("oom_score_adj", "1000", own_entries)
    os.close(own_entries)
    set_limits(limits)
    _drop_capabilities()
    _prctl(_NO_NEW_PRIVS, 1)
    try:
        syscalls.install(filter_code)
    except OSError as error:
        raise CannotConfine(str(error)) from None


def set_limits(limits: dict[str, Any]) -> None:
    """Set the limits that the kernel watches for a process, or for each process by itself.

    Args:
        limits: `cpu` in seconds, `data` and `files` in bytes, `tasks`, the number of processes
            and threads, and `open_files`; 0 where the kernel is not to limit it.
    """
    values = {
        "RLIMIT_CORE": 0,
        "RLIMIT_CPU": math.ceil(limits["cpu"]),
        "RLIMIT_FSIZE": limits["files"],
        "RLIMIT_NOFILE": limits["open_files"],
        "RLIMIT_MSGQUEUE": 0,
        "RLIMIT_MEMLOCK": 0,
    }
    # Not RLIMIT_AS: torch reserves far more addresses than it uses.
    optional = {"RLIMIT_DATA": limits["data"], "RLIMIT_NPROC": limits["tasks"]}
    values |= {name: value for name, value in optional.items() if value}
    for name, value in values.items():
        kind = getattr(resource, name, None)
        if kind is not None:
            _lower(kind, int(value))


def _lower(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    with suppress(OSError, ValueError):
        resource.setrlimit(kind, (value, value))


def _enter_user_namespace(own_entries: int) -> None:
    """Move into a new user namespace, in which the one user is STUDENT.

    Args:
        own_entries: this process's folder under a /proc that can be written to, opened.
    """
    user, group = os.getuid(), os.getgid()
    _call("unshare", _NEW_USER)
    try:
        _write("setgroups", "deny", own_entries)
        _write("uid_map", f"{STUDENT} {user} 1", own_entries)
        _write("gid_map", f"{STUDENT} {group} 1", own_entries)
    except OSError as error:
        raise CannotConfine(f"user namespace: {error}") from None


def _write(name: str, text: str, folder: int) -> None:
    file = os.open(name, os.O_WRONLY | os.O_CLOEXEC, dir_fd=folder)
    try:
        os.write(file, text.encode())
    finally:
        os.close(file)


def _mount_own_files(size: int, keep: list[str]) -> None:
    """Put an own, small, empty file system at the one place that is writable, and an own /proc."""
    kept = [(folder, os.open(folder, os.O_PATH | os.O_CLOEXEC)) for folder in keep]
    options = f"size={size},nr_inodes={max(1024, size // 16384)},mode=0755"
    _call("mount", b"tmpfs", WRITABLE.encode(), b"tmpfs", _NOSUID | _NODEV, options.encode())
    for folder, descriptor in kept:
        os.makedirs(folder, exist_ok=True)
        source = f"/proc/self/fd/{descriptor}".encode()
        _call("mount", source, folder.encode(), None, _BIND | _REC, None)
        os.close(descriptor)
    os.mkdir(HOME)
    os.mkdir(f"{WRITABLE}/shm")
    # Read-only: settings of the whole machine are there, and root, if it is root that grades,
    # may write them without any capability.
    flags = _NOSUID | _NODEV | _NOEXEC | _READ_ONLY
    try:
        _call("mount", b"proc", b"/proc", b"proc", flags, None)
    except CannotConfine:
        # In a container /proc is partly covered, and then the kernel gives no fresh one.
        _call("mount", b"tmpfs", b"/proc", b"tmpfs", flags, b"size=4k,nr_inodes=2")
    os.chdir(HOME)


def _drop_capabilities() -> None:
    for capability in range(_LAST_CAPABILITY + 1):
        if _libc.prctl(_CAPBSET_DROP, capability, 0, 0, 0):
            break  # the kernel knows no more
    _libc.prctl(_CAP_AMBIENT, _CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
    _call("capset", ctypes.byref(header), (ctypes.c_uint32 * 6)())


def data_size() -> int:
    """Bytes of memory that the process has asked for so far; 0 where that is not told."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return 0
    for line in status.splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    return 0


def die_with_parent() -> None:
    """Have this process killed when its parent ends, where the system can do that."""
    if sys.platform == "linux":
        _prctl(_PDEATHSIG, _SIGKILL)


def only_this_connection(connection: socket.socket) -> socket.socket:
    """Close all files but one, which becomes number 3; nothing is read or shown any more."""
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    kept = connection.detach()
    if kept != 3:
        os.dup2(kept, 3, inheritable=False)
    os.closerange(4, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    return socket.socket(fileno=3)


def _prctl(option: int, value: int) -> None:
    _call("prctl", option, value, 0, 0, 0)


def _call(name: str, *arguments: Any) -> None:
    if getattr(_libc, name)(*arguments) < 0:
        number = ctypes.get_errno()
        raise CannotConfine(f"{name}: {os.strerror(number)} ({arguments[0]!r})")
