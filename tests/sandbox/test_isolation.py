"""Isolation: what runs in a box sees, changes and reaches nothing but what it is given."""

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.boxes import LEISURE, PROBE, ROOT, raised, run

from autograder.inside import syscalls
from autograder.sandbox import visible_files
from autograder.sandbox.sandbox import Box, Sandbox


@pytest.fixture(scope="module")
def leisurely() -> Iterator[Sandbox]:
    with Sandbox(LEISURE, server=PROBE) as sandbox:
        yield sandbox


@pytest.fixture
def box(leisurely: Sandbox) -> Iterator[Box]:
    box = leisurely.open({"notes/data.txt": b"data"})
    yield box
    box.close()


def test_there_is_no_network(box: Box) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert raised(box, f"import socket; socket.create_connection(('127.0.0.1', {port}), 30)")
    assert "not supported" in raised(box, "import socket; socket.socket(socket.AF_VSOCK)")
    assert run(box, "result = [l for l in open('/proc/net/route')][1:]") == []


def test_nothing_of_the_instructor_can_be_seen(box: Box, tmp_path: Path) -> None:
    (tmp_path / "gradebook.db").write_text("")
    names = [name for name in os.listdir(ROOT) if not _leads_to_python(ROOT / name)]
    private = [str(ROOT / name) for name in names]
    private += [str(path) for path in Path.home().iterdir() if not _leads_to_python(path)]
    private += [str(tmp_path / "gradebook.db"), "/etc/shadow", "/etc/passwd", "/var", "/sys"]
    assert run(box, f"import os; result = [p for p in {private!r} if os.path.exists(p)]") == []


def _leads_to_python(path: Path) -> bool:
    folders = visible_files.python_folders()
    return any(visible_files.is_below(name, str(path)) for name in folders)


def test_a_course_inside_of_pythons_own_folder_is_covered(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As in a conda environment in which somebody keeps the course, with its own environment."""
    python, course = tmp_path / "python", tmp_path / "python" / "course"
    for file in ("lib/seen", "course/nbgrader_config.py", "course/answers", "course/.venv/seen"):
        (python / file).parent.mkdir(parents=True, exist_ok=True)
        (python / file).write_text("")
    tmp_path.chmod(0o755)
    real = visible_files.python_folders()
    monkeypatch.setattr(visible_files, "python_folders", lambda: [*real, str(python)])
    monkeypatch.setattr(sys, "prefix", str(course / ".venv"))
    monkeypatch.chdir(course)
    with Sandbox(LEISURE, server=PROBE) as sandbox:
        walk = f"import os; result = [n for _, _, names in os.walk({str(python)!r}) for n in names]"
        assert run(sandbox.open({}), walk) == ["seen", "seen"]


def test_of_the_project_there_is_what_the_sandbox_needs(box: Box) -> None:
    program = """
        import os, autograder
        result = [sorted(os.listdir("/sandbox")), sorted(os.listdir("/sandbox/autograder")),
                  autograder.__file__]
    """
    packages, inner, file = run(box, program)
    assert packages == ["autograder", "unrolled"]
    assert inner == ["__init__.py", "inside"]
    assert file == "/sandbox/autograder/__init__.py"


def test_the_environment_is_our_own() -> None:
    os.environ["GRADEBOOK_PASSWORD"] = "secret"
    try:
        with Sandbox(LEISURE, server=PROBE) as sandbox:
            box = sandbox.open({})
            seen = run(
                box, "import os; result = [dict(os.environ), open('/proc/1/environ').read()]"
            )
    finally:
        del os.environ["GRADEBOOK_PASSWORD"]
    assert "secret" not in str(seen)
    assert seen[0]["NBGRADER_EXECUTION"] == "autograde"
    assert seen[0]["OMP_NUM_THREADS"] == "1"


def test_only_its_own_files_can_be_written(box: Box) -> None:
    program = """
        import os
        result = []
        for place, folders, files in os.walk("/"):
            if place.count("/") > 2 or place.startswith("/proc/"): folders.clear()
            try:
                os.close(os.open(os.path.join(place, "trial"), os.O_CREAT | os.O_WRONLY))
                result.append(place)
            except OSError:
                pass
    """
    writable = run(box, program)
    assert "/tmp/work" in writable
    assert [place for place in writable if not visible_files.is_below(place, "/tmp")] == []


@pytest.mark.parametrize(
    "place",
    ["/proc/sys/kernel/core_pattern", "/proc/self/oom_score_adj", "/proc/sysrq-trigger"],
)
def test_settings_of_the_machine_cannot_be_written(box: Box, place: str) -> None:
    assert "Error" in raised(box, f"open({place!r}, 'w').write('1')")


def test_it_sees_and_signals_no_other_process(box: Box) -> None:
    program = """
        import os
        result = [name for name in os.listdir("/proc") if name.isdigit()]
        for number in range(2, 70_000):
            try:
                os.kill(number, 9)
                result.append(number)
            except ProcessLookupError:
                pass
        result.append(os.getppid())
    """
    assert run(box, program) == ["1", 0]


def test_it_has_no_rights_and_gets_none(box: Box) -> None:
    status = run(box, "result = dict(line.split(':', 1) for line in open('/proc/self/status'))")
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[name], 16) == 0, name
    assert status["NoNewPrivs"].strip() == "1"
    assert status["Seccomp"].strip() == "2"
    assert status["Uid"].split() == ["1000"] * 4
    assert status["Groups"].split() in ([], ["65534"])


def test_dangerous_system_calls_are_refused(box: Box) -> None:
    """Each is really made; a refusal comes before its arguments are looked at."""
    program = f"""
        import ctypes, errno
        libc = ctypes.CDLL(None, use_errno=True)
        result = []
        for name, number in {_numbers()!r}.items():
            ctypes.set_errno(0)
            libc.syscall(number, 0, 0, 0, 0, 0, 0)
            if ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS):
                result.append([name, ctypes.get_errno()])
        libc.syscall({_clone()}, 0x10000011, 0, 0, 0, 0)
        result.append(ctypes.get_errno() == errno.EPERM)
    """
    assert run(box, program) == [True]


def _numbers() -> dict[str, int]:
    column = 0 if os.uname().machine == "x86_64" else 1
    numbers = {name: both[column] for name, both in syscalls._REFUSED.items()}
    return {name: number for name, number in numbers.items() if number is not None}


def _clone() -> int:
    return syscalls._CLONE[0 if os.uname().machine == "x86_64" else 1]


def test_there_is_a_filter_for_both_kinds_of_processors_and_no_other() -> None:
    assert syscalls.filter_code("x86_64") != syscalls.filter_code("aarch64")
    with pytest.raises(OSError, match="riscv64"):
        syscalls.filter_code("riscv64")


def test_the_next_submission_sees_nothing_of_the_last(leisurely: Sandbox) -> None:
    traces = """
        import json, os, socket, time
        json.changed = True
        open("/tmp/trace", "w").write("x")
        open("/dev/shm/trace", "w").write("x")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind("\\0trace")
        listener.listen()
        if not os.fork():
            if not os.fork(): time.sleep(600)
            os._exit(0)
        result = {kind: os.stat(f"/proc/self/ns/{kind}").st_ino for kind in
                  ("user", "mnt", "pid", "ipc", "net")}
    """
    look = """
        import json, os, socket
        result = [hasattr(json, "changed"), os.listdir("/tmp"), os.listdir("/dev/shm")]
        result.append([name for name in os.listdir("/proc") if name.isdigit()])
        try: socket.socket(socket.AF_UNIX).connect("\\0trace")
        except ConnectionRefusedError: result.append("refused")
    """
    first = leisurely.open({})
    run(first, traces)
    # Side by side as well as one after the other.
    for box in (leisurely.open({}), _after(first, leisurely)):
        changed, files, shared, processes, refused = run(box, look)
        kept = [name for name in files if _leads_to_python(Path("/tmp") / name)]
        assert changed is False
        assert sorted(files) == sorted(["shm", "work", *kept])
        assert (shared, processes, refused) == ([], ["1"], "refused")
        box.close()


def _after(box: Box, sandbox: Sandbox) -> Box:
    box.close()
    return sandbox.open({})


def test_each_box_has_its_own_namespaces(leisurely: Sandbox) -> None:
    kinds = ("user", "mnt", "pid", "ipc", "net")
    program = f"import os; result = [os.stat(f'/proc/self/ns/{{k}}').st_ino for k in {kinds!r}]"
    boxes = [leisurely.open({}), leisurely.open({})]
    ours = [os.stat(f"/proc/self/ns/{kind}").st_ino for kind in kinds]
    for numbers in zip(ours, *(run(box, program) for box in boxes), strict=True):
        assert len(set(numbers)) == 3
    for box in boxes:
        box.close()
