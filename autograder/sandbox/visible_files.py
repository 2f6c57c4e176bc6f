"""The command that shuts the fork server in: bubblewrap, and what is visible inside."""

import os
import shutil
import site
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

from autograder.errors import CourseError
from autograder.inside import confine

# Where the packages that the sandbox needs are put, and the only folder Python is pointed to.
PACKAGES = Path("/sandbox")
_INNER = "autograder"
# Programs and libraries, configuration without which they do not work; what exists of it.
_SYSTEM = (
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/nix/store",
    "/gnu/store",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/alternatives",
    "/etc/fonts",
    "/etc/localtime",
)
_DEVICES = ("null", "zero", "full", "random", "urandom")
# More parts than a path has whose links do not go round in circles.
_MOST_STEPS = 1000
_UNSHARED = ("net", "pid", "ipc", "uts", "cgroup-try")


@dataclass(frozen=True)
class Way:
    """One way to start bubblewrap.

    Attributes:
        as_root: use root's own rights, which are given up inside, and no user namespace.
        own_proc: mount a fresh /proc; in a container only the one that is there may be possible.
    """

    as_root: bool
    own_proc: bool


def ways() -> list[Way]:
    """The ways to try, best first."""
    ways = [Way(False, True), Way(False, False)]
    # As root first without a user namespace: then what runs inside is another user, whose
    # processes the kernel counts and who owns no files.
    return [Way(True, True), *ways] if os.geteuid() == 0 else ways


def environment() -> dict[str, str]:
    """The whole environment of what runs in the sandbox; nothing of the instructor's."""
    return {
        "PATH": f"{_plain(sys.prefix)}/bin:/usr/local/bin:/usr/bin:/bin",
        "HOME": confine.HOME,
        "USER": "student",
        "LOGNAME": "student",
        "LANG": "C.UTF-8",
        "PYTHONNOUSERSITE": "1",
        "PYTHONPATH": os.pathsep.join([str(PACKAGES), *_user_packages()]),
        **python_environment(),
    }


def interpreter() -> str:
    """This interpreter, by a path that leads to it in the sandbox too."""
    return _plain(sys.executable)


def python_environment() -> dict[str, str]:
    """The part of the environment that makes runs alike, with or without a sandbox."""
    return {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "NBGRADER_EXECUTION": "autograde",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def command(way: Way, extra: Path | None) -> tuple[list[str], list[str]]:
    """The command before Python's own, and the folders to keep below the writable one.

    Args:
        way: how to start.
        extra: a Python file to put beside the packages.
    """
    program = shutil.which("bwrap") or "bwrap"
    words = [program, *(f"--unshare-{name}" for name in _UNSHARED)]
    words += ["--die-with-parent", "--new-session", "--as-pid-1", "--hostname", "sandbox"]
    if way.as_root:
        words += ["--cap-drop", "ALL"]
        for capability in ("SETUID", "SETGID", "SYS_ADMIN"):
            words += ["--cap-add", f"CAP_{capability}"]
    else:
        words += ["--unshare-user", "--uid", str(confine.STUDENT), "--gid", str(confine.STUDENT)]
    words += ["--tmpfs", confine.WRITABLE]
    folders = python_folders()
    shown = [path for path in _SYSTEM if os.path.exists(path)]
    # Folders above those that are shown, which bubblewrap would make for root to read alone.
    devices = [f"/dev/{name}" for name in _DEVICES]
    targets = [*shown, *folders, *devices, str(PACKAGES / _INNER / "inside")]
    for folder in _parents(targets):
        words += ["--dir", folder]
    words += _detours([*shown, *folders])
    for path in (*shown, *folders):
        words += _visible(path)
    for path in devices:
        words += ["--dev-bind", path, path]
    words += ["--symlink", "/proc/self/fd", "/dev/fd"]
    words += ["--symlink", f"{confine.WRITABLE}/shm", "/dev/shm"]
    words += _hidden(folders)
    words += _packages(extra)
    if way.as_root:
        words += ["--dir", "/proc"]  # the fork server mounts it
    else:
        words += ["--proc", "/proc"] if way.own_proc else ["--bind", "/proc", "/proc"]
    words += ["--remount-ro", "/", "--chdir", "/"]
    return words, [folder for folder in folders if is_below(folder, confine.WRITABLE)]


def _packages(extra: Path | None) -> list[str]:
    own = Path(__file__).parents[1]
    visible = {
        "unrolled": _folder_of("unrolled"),
        f"{_INNER}/__init__.py": own / "__init__.py",
        f"{_INNER}/inside": own / "inside",
    }
    if extra:
        visible[extra.name] = extra
    words = []
    for name, path in visible.items():
        words += ["--ro-bind", str(path), str(PACKAGES / name)]
    return words


def _folder_of(package: str) -> Path:
    """Where a package lies; to import it for this would take long."""
    found = find_spec(package)
    if found is None or found.origin is None:
        raise CourseError(f"the package {package} is not installed; run `pip install -e .`")
    return Path(found.origin).parent


def _user_packages() -> list[str]:
    """Where `pip install --user` puts packages, if Python looks there."""
    folder = site.getusersitepackages()
    return [folder] if site.ENABLE_USER_SITE and os.path.isdir(folder) else []


def python_folders() -> list[str]:
    """The folders of the interpreter and the installed packages that the system's do not hold."""
    candidates = [sys.base_prefix, sys.prefix, str(Path(sys.executable).resolve().parents[1])]
    candidates += _user_packages()
    folders: list[str] = []
    for folder in map(_plain, candidates):
        for path in dict.fromkeys((folder, os.path.realpath(folder))):
            covered = any(is_below(path, other) for other in (*folders, "/usr"))
            if os.path.isdir(path) and path != "/" and not covered:
                folders.append(path)
    return folders


def _hidden(shown: list[str]) -> list[str]:
    """Cover the course, where it lies in a folder that is shown, such as a conda environment's."""
    course = os.path.realpath(os.getcwd())
    if not os.path.exists(os.path.join(course, "nbgrader_config.py")):
        return []
    if not any(is_below(course, folder) and course != folder for folder in (*shown, "/usr")):
        return []
    words = ["--tmpfs", course]
    # Its own environment may lie in it.
    prefix = _plain(sys.prefix)
    if is_below(prefix, course):
        for folder in [path for path in _parents([prefix]) if is_below(path, course)]:
            words += ["--dir", folder]
        words += ["--ro-bind", prefix, prefix]
    return [*words, "--remount-ro", course]


def _parents(paths: list[str]) -> list[str]:
    """The folders above these, from the root down, without the root."""
    found: dict[str, None] = {}
    for path in paths:
        above = [str(folder) for folder in reversed(PurePosixPath(path).parents)][1:]
        found.update(dict.fromkeys(above))
    return list(found)


def _visible(path: str) -> list[str]:
    if os.path.islink(path) and PurePosixPath(path).parent == PurePosixPath("/"):
        return ["--symlink", os.readlink(path), path]
    return ["--ro-bind", path, path]


def _plain(path: str) -> str:
    """The same path without `..`; links behind the last one stay, for Python looks beside them."""
    parts = path.split("/")
    if ".." not in parts:
        return path
    behind = len(parts) - parts[::-1].index("..")
    return os.path.join(os.path.realpath("/".join(parts[:behind])), *parts[behind:])


def _detours(shown: list[str]) -> list[str]:
    """Make links and folders that no folder shows and that the way to Python leads through.

    A link of a virtual environment may lead to its interpreter through others, and by `..` through
    a folder that has nothing to do with it.
    """
    words: list[str] = []
    made: set[str] = set()
    for path in (interpreter(), sys.base_prefix):
        for place, link in _way(path):
            if place in made or any(is_below(place, folder) for folder in shown):
                continue
            made.add(place)
            for folder in _parents([place]):
                words += ["--dir", folder]
            words += ["--symlink", link, place] if link else ["--dir", place]
    return words


def _way(path: str) -> Iterator[tuple[str, str]]:
    """Each link that is followed on the way to a file, with where it leads, and each folder left.

    Folders are left by `..`; "" stands for where they lead.
    """
    here, rest = "/", path.split("/")[::-1]
    for _ in range(_MOST_STEPS):
        if not rest:
            return
        part = rest.pop()
        place = os.path.join(here, part)
        if part == "..":
            yield here, ""
            here = os.path.dirname(here)
        elif os.path.islink(place):
            link = os.readlink(place)
            yield place, link
            rest += link.split("/")[::-1]
            here = "/" if link.startswith("/") else here
        elif part not in ("", "."):
            here = place


def is_below(path: str, folder: str) -> bool:
    """Whether a path is a folder or lies in it, by name alone."""
    return os.path.commonpath([path, folder]) == folder
