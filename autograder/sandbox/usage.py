"""What a submission uses, as the trusted side sees it: all processes of its box together."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
HAS_PROC = (_PROC / "self" / "smaps_rollup").exists()
if HAS_PROC:
    _TICK = 1 / os.sysconf("SC_CLK_TCK")
# Fields of /proc/PID/status: what the kernel keeps to describe memory, and a kind of its own.
_KERNEL = ("VmPTE", "HugetlbPages")
# PF_EXITING, among the flags in /proc/PID/stat.
_EXITING = 0x4
# What the kernel may keep for a socket that nobody reads from.
_SOCKET_BYTES = 212_992
# Some sockets are anybody's; more are counted.
_FREE_SOCKETS = 16


@dataclass(frozen=True)
class Usage:
    """What all processes of a box use, or have used.

    Attributes:
        cpu: seconds of processor time.
        waited: seconds for which the first process could have run and had to wait for a processor.
        tasks: processes and threads.
        memory: bytes that are private to the processes or that they share, without the program
            files; what several processes have in common may be counted for each.
    """

    cpu: float = 0.0
    waited: float = 0.0
    tasks: int = 0
    memory: int = 0


def usage(pid: int) -> Usage:
    """What a process and all its descendants use. Processes that are gone use nothing."""
    if not HAS_PROC:
        return _usage_elsewhere(pid)
    cpu, tasks, memory = 0.0, 0, 0
    for process in _tree(pid):
        stat = _words(process, "stat")
        if not stat:
            continue
        # User and system time, its own and of children that ended; the number of threads.
        cpu += sum(int(word) for word in stat[11:15]) * _TICK
        tasks += int(stat[17])
        memory += _resident(process)
    sockets = max(0, _sockets(pid) - _FREE_SOCKETS)
    return Usage(cpu, _waited(pid), tasks, memory + sockets * _SOCKET_BYTES)


def proportional_memory(pid: int) -> int:
    """Like `Usage.memory`, with what processes have in common divided among them. Slower."""
    if not HAS_PROC:
        return _usage_elsewhere(pid).memory
    total = max(0, _sockets(pid) - _FREE_SOCKETS) * _SOCKET_BYTES
    for process in _tree(pid):
        fields = _fields(process, "smaps_rollup")
        # A process that cannot be looked into is counted in full.
        total += (
            _kilobytes(fields, "Pss_Anon", "Pss_Shmem", "SwapPss")
            + _kilobytes(_fields(process, "status"), *_KERNEL)
            if fields
            else _resident(process)
        )
    return total


def is_ending(pid: int) -> bool:
    """Whether a process has begun to end, and only the kernel has still something to do."""
    stat = _words(pid, "stat")
    return len(stat) > 6 and bool(int(stat[6]) & _EXITING)


def _tree(pid: int) -> Iterator[int]:
    """A process and its descendants; orphans in a box are children of its first process."""
    yield pid
    try:
        threads = os.listdir(_PROC / str(pid) / "task")
    except OSError:
        return
    for thread in threads:
        for child in _read(f"{pid}/task/{thread}/children").split():
            yield from _tree(int(child))


def _resident(pid: int) -> int:
    return _kilobytes(_fields(pid, "status"), "RssAnon", "RssShmem", *_KERNEL, "VmSwap")


def _waited(pid: int) -> float:
    words = _read(f"{pid}/schedstat").split()
    return int(words[1]) / 1e9 if len(words) > 1 else 0.0


def _sockets(pid: int) -> int:
    """The sockets in the process's network namespace, if that is its own."""
    try:
        if os.stat(_PROC / str(pid) / "ns/net").st_ino == os.stat("/proc/self/ns/net").st_ino:
            return 0
    except OSError:
        return 0
    words = _read(f"{pid}/net/sockstat").split()
    return int(words[2]) if words[:2] == ["sockets:", "used"] else 0


def _words(pid: int, name: str) -> list[str]:
    """The fields of /proc/PID/stat behind the command's name, which may hold anything."""
    return _read(f"{pid}/{name}").rpartition(")")[2].split()


def _fields(pid: int, name: str) -> dict[str, str]:
    lines = _read(f"{pid}/{name}").splitlines()
    return {key: value for key, _, value in (line.partition(":") for line in lines)}


def _kilobytes(fields: dict[str, str], *names: str) -> int:
    return sum(int(fields[name].split()[0]) for name in names if name in fields) * 1024


def _read(name: str) -> str:
    try:
        return (_PROC / name).read_text(errors="replace")
    except OSError:
        return ""


def _usage_elsewhere(pid: int) -> Usage:
    """The same on systems other than Linux, where nothing can be confined anyway."""
    import psutil

    cpu, tasks, memory = 0.0, 0, 0
    try:
        first = psutil.Process(pid)
        processes = [first, *first.children(recursive=True)]
    except psutil.Error:
        return Usage()
    for process in processes:
        try:
            cpu += sum(process.cpu_times()[:4])
            tasks += process.num_threads()
            memory += process.memory_info().rss
        except psutil.Error:
            continue
    return Usage(cpu=cpu, tasks=tasks, memory=memory)
