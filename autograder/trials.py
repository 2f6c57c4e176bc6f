"""The trials of the doctor: programs to run in a sandbox, and what has to come of each."""

from dataclasses import dataclass, replace

from autograder.limits import GIB, MIB, Limits

# What the kernel limits is small, so that trying it takes no time.
SMALL = Limits(memory=128 * MIB, processes=16, files=4 * MIB, reply=MIB)
# What is watched is so only in the trial that is about it: on a slow or busy machine, and on one
# with many cores, another limit would end a trial first.
AMPLE = Limits(cpu_per_cell=120.0, wall_per_cell=240.0, wall_per_submission=600.0)


@dataclass(frozen=True)
class Trial:
    """A program to run in a box, and what has to come of it.

    Attributes:
        name: what is tried.
        program: Python; its variable `result` is the answer, an empty one where all is well.
        stops: the reason for which the box has to be stopped; empty if it must not be.
        good: what to say where it went as it has to.
        limits: what the box is held to from outside; beside what is tried, more than it needs.
    """

    name: str
    program: str
    stops: str
    good: str
    limits: Limits = AMPLE


TRIALS = [
    Trial("a first program", "result = '' if 6 * 7 == 42 else 'it cannot count'", "", "it runs"),
    Trial(
        "network",
        """
import socket
try:
    socket.create_connection(ADDRESS, 30)
    result = ["this machine"]
except OSError:
    result = []
try:
    lines = open("/proc/net/dev").read().splitlines()[2:]
    result += [line.split(":")[0].strip() for line in lines if not line.strip().startswith("lo:")]
except OSError:
    pass
""",
        "",
        "switched off",
    ),
    Trial(
        "files",
        """
import os
result = [path for path in PLACES if os.path.exists(path)]
for folder in ("/", "/usr", "/etc", "/dev", "/sandbox", "/proc/sys/kernel"):
    try:
        open(os.path.join(folder, "unrolled-trial"), "w").close()
        result.append(folder)
    except OSError:
        pass
""",
        "",
        "the course cannot be seen, the system not be written",
    ),
    Trial(
        "other processes",
        "import os; result = [name for name in os.listdir('/proc') if name.isdigit()][1:]",
        "",
        "cannot be seen",
    ),
    Trial(
        "system calls",
        """
import os
result = []
try:
    os.close(os.memfd_create("trial"))
    result.append("memory outside of all processes")
except OSError:
    pass
import ctypes
libc = ctypes.CDLL(None)
if libc.prctl(21) != 2:  # PR_GET_SECCOMP
    result.append("all others")
if libc.prctl(23, 21):  # PR_CAPBSET_READ, CAP_SYS_ADMIN
    result.append("capabilities")
""",
        "",
        "the dangerous ones are refused",
    ),
    Trial(
        "memory of one process",
        """
result = "more than is allowed"
try:
    bytearray(10**9)
except MemoryError:
    result = ""
""",
        "",
        "limited",
    ),
    Trial(
        "memory of all processes",
        """
import mmap, time
part = bytes(2**20)
shared = mmap.mmap(-1, 512 * len(part))
for _ in range(512):
    shared.write(part)
time.sleep(30)  # there it is; whoever watches may be slow
""",
        "memory",
        "limited",
        replace(AMPLE, memory=SMALL.memory),
    ),
    Trial(
        "number of processes",
        """
import os, time
while True:
    try:
        if not os.fork():
            time.sleep(600)
    except OSError:
        time.sleep(0.01)
""",
        "processes",
        "limited",
        # Many cores make many processes, each with some memory.
        replace(AMPLE, processes=SMALL.processes, memory=64 * GIB),
    ),
    Trial(
        "processor time",
        "while True: pass",
        "cpu",
        "limited",
        replace(AMPLE, cpu_per_cell=0.2),
    ),
    Trial("size of files", "open('big', 'wb').write(bytes(10**7))", "OSError", "limited"),
]
