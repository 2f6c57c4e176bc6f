"""What this machine is, and what to say where it cannot isolate."""

import math
import os
import re
import shutil
import sys
from pathlib import Path

# In what is said where the kernel, or what guards it, does not let a program isolate; and what is
# said of a file by a program that was let.
_REFUSALS = (
    "namespace",
    "Operation not permitted",
    "Permission denied",
    "Function not implemented",
    "No space left on device",  # more namespaces than there may be
    "uid map",
    "RTM_NEWADDR",
)
_ABOUT_FILES = re.compile(
    r"execvp|No module named|cannot import|Can't (?:find source|open|create|mkdir|make symlink)"
)
_HINT_WITHOUT = "or grade without isolation: --no-sandbox"
# A setting of the kernel, its value where nobody but root may isolate, and the remedy.
_SETTINGS = (
    (
        "kernel/unprivileged_userns_clone",
        "0",
        "sudo sysctl kernel.unprivileged_userns_clone=1",
    ),
    ("user/max_user_namespaces", "0", "sudo sysctl user.max_user_namespaces=15000"),
    (
        "kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu 24.04 and later;"
        " the handbook shows how to allow bubblewrap alone)",
    ),
)


def cores() -> int:
    """How many processors this process may use at once: affinity, and a container's share."""
    try:
        number = len(os.sched_getaffinity(0))
    except AttributeError:
        number = os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        number = min(number, math.ceil(int(quota) / int(period)))
    except (OSError, ValueError):
        pass  # no such file, or "max": nothing is shared out
    return max(1, number)


def counts_processes_by_namespace() -> bool:
    """Whether the kernel's limit on processes is on those of a user namespace (Linux 5.14).

    On older ones it is on all of a user's, the instructor's browser among them.
    """
    numbers = re.findall(r"\d+", os.uname().release)[:2]
    return sys.platform == "linux" and [int(number) for number in numbers] >= [5, 14]


def is_refusal(message: str) -> bool:
    """Whether an attempt to start a sandbox failed because the system refused to isolate."""
    refused = any(words in message for words in _REFUSALS)
    return refused and not _ABOUT_FILES.search(message)


def why_not(message: str) -> str:
    """One line for an instructor: why no sandbox can be had here, and how to get one.

    Args:
        message: what the last attempt said.
    """
    return f"{_missing(message)}; {_HINT_WITHOUT}"


def _missing(message: str) -> str:
    if sys.platform != "linux":
        return "isolation needs Linux: grade there or in a virtual machine"
    if not shutil.which("bwrap"):
        return "bubblewrap is not installed: apt-get install bubblewrap"
    if not is_refusal(message):
        return f"Python does not start in the sandbox: {message}"
    for setting, bad, remedy in _SETTINGS:
        if _setting(setting) == bad:
            return f"user namespaces are switched off: {remedy}"
    container = container_name()
    if container:
        return (
            f"this {container} container does not allow namespaces: {_container_flag(container)}"
            f" ({message})"
        )
    return f"the system refuses to isolate: {message}"


def _setting(name: str) -> str:
    try:
        return (Path("/proc/sys") / name).read_text().strip()
    except OSError:
        return ""


def container_name() -> str:
    """The kind of container that this process runs in; empty if in none that is known."""
    if os.path.exists("/run/.containerenv"):
        return "Podman"
    if os.path.exists("/.dockerenv"):
        return "Docker"
    if os.path.exists("/.singularity.d"):
        return "Apptainer"
    if os.environ.get("KUBERNETES_SERVICE_HOST"):
        return "Kubernetes"
    return os.environ.get("container", "")  # noqa: SIM112


def _container_flag(container: str) -> str:
    if container == "Kubernetes":
        return "give its pod securityContext.privileged, or seccompProfile Unconfined"
    if container == "Apptainer":
        return "grade outside of it"
    return (
        "start it with --security-opt seccomp=unconfined --security-opt systempaths=unconfined"
        " --security-opt apparmor=unconfined"
    )
