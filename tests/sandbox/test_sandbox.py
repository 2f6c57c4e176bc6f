"""The sandbox: how it starts and ends, what a box offers, and what is left behind: nothing.

What it keeps in is in test_limits.py and test_isolation.py.
"""

import json
import os
import signal
import subprocess
import sys
import sysconfig
import tempfile
import textwrap
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import psutil
import pytest
from support.boxes import (
    LEISURE,
    LITTLE_CPU,
    LITTLE_TIME,
    PROBE,
    ROOT,
    is_alive,
    raised,
    run,
    stopped,
    wait_until,
)

from autograder.errors import CourseError
from autograder.sandbox import usage, visible_files
from autograder.sandbox.sandbox import Box, Sandbox, SandboxLost, SandboxUnavailable, Stopped


@pytest.fixture(scope="module")
def leisurely() -> Iterator[Sandbox]:
    with Sandbox(LEISURE, server=PROBE) as sandbox:
        yield sandbox


@pytest.fixture
def box(leisurely: Sandbox) -> Iterator[Box]:
    box = leisurely.open({"notes/data.txt": b"data"})
    yield box
    box.close()


def test_files_are_in_the_working_folder_which_is_the_home(box: Box) -> None:
    program = """
        import os
        result = [open("notes/data.txt").read(), os.getcwd() == os.path.expanduser("~")]
    """
    assert run(box, program) == ["data", True]


@pytest.mark.parametrize("name", ["/etc/passwd", "../data.txt", "a/../../data.txt"])
def test_a_file_outside_of_the_box_is_refused(leisurely: Sandbox, name: str) -> None:
    with pytest.raises(ValueError, match="not a name inside"):
        leisurely.open({name: b""})


def test_names_live_on_from_one_program_to_the_next(box: Box) -> None:
    run(box, "kept = 7")
    assert run(box, "result = kept") == 7


def test_settings_are_the_limits(box: Box) -> None:
    assert run(box, "result = settings['output_per_cell']") == LEISURE.output_per_cell


def test_nothing_can_be_read_from_the_keyboard(box: Box) -> None:
    assert raised(box, "input()").startswith("EOFError")


def test_programs_that_start_programs_work(box: Box) -> None:
    program = """
        import subprocess, sys
        from concurrent.futures import ThreadPoolExecutor
        done = subprocess.run([sys.executable, "-c", "print(6 * 7)"], capture_output=True)
        result = [done.stdout.decode().strip(), *ThreadPoolExecutor(2).map(abs, [-1, -2])]
    """
    assert run(box, program) == ["42", 1, 2]


def test_processes_with_queues_and_locks_work(box: Box) -> None:
    program = """
        import multiprocessing
        with multiprocessing.get_context("fork").Pool(2) as pool:
            result = pool.map(abs, [-1, -2, -3])
    """
    assert run(box, program) == [1, 2, 3]


def test_processor_time_is_counted_with_that_of_processes_that_have_ended(box: Box) -> None:
    run(
        box,
        """
        import os, time
        if not os.fork():
            while time.process_time() < 0.3: pass
            os._exit(0)
        os.wait()
        """,
    )
    assert box.cpu >= 0.25
    box.close()
    assert 0.25 <= box.cpu < 10


def test_a_closed_box_leaves_no_process(leisurely: Sandbox) -> None:
    """Neither a daemon nor a process in another session outlives its box."""
    box = leisurely.open({})
    run(
        box,
        """
        import os, time
        ready, done = os.pipe()
        if not os.fork():
            os.setsid()
            if not os.fork():
                os.write(done, b"x")
                time.sleep(600)
            os._exit(0)
        os.read(ready, 1)
        """,
    )
    processes = psutil.Process(box.pid).children(recursive=True)
    assert processes
    box.close()
    assert [process for process in processes if is_alive(process.pid)] == []
    assert not is_alive(box.pid)


def test_a_closed_sandbox_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    me = psutil.Process()
    # Other tests, which run beside this one, have things of their own in the common folder.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    mark = f"unrolled-trace-{os.getpid()}"

    def things() -> list[object]:
        return [
            {child.pid for child in me.children(recursive=True)},
            Path("/proc/self/mounts").read_text(),
            {entry.name for entry in tmp_path.iterdir()},
            {name for name in os.listdir("/tmp") if mark in name},
            me.num_fds(),
        ]

    before = things()
    with Sandbox(LITTLE_CPU, server=PROBE) as sandbox:
        write = f"open('/tmp/{mark}', 'w').write('x')"
        for program in (write, "import os; os._exit(0)", "while True: 1"):
            box = sandbox.open({})
            with suppress(Stopped):
                run(box, program)
            box.close()
        left_open = sandbox.open({})
        assert things() != before
    assert not is_alive(left_open.pid)
    left_open.close()
    assert things() == before


def test_a_sandbox_outlives_the_thread_that_started_it() -> None:

    sandbox = Sandbox(LEISURE, server=PROBE)
    thread = threading.Thread(target=sandbox.start)
    thread.start()
    thread.join()
    with sandbox:
        assert run(sandbox.open({}), "result = 1") == 1


def test_a_killed_warm_parent_is_not_the_submissions_fault_and_is_restarted() -> None:
    with Sandbox(LEISURE, server=PROBE) as sandbox:
        box = sandbox.open({})
        psutil.Process(box.pid).parent().kill()
        wait_until(lambda: not is_alive(box.pid))
        with pytest.raises(SandboxLost):
            run(box, "result = 1")
        box = sandbox.open({})
        assert run(box, "result = 2") == 2
        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        wait_until(lambda: not is_alive(box.pid))
        assert run(sandbox.open({}), "result = 3") == 3


@pytest.fixture
def neighbours() -> Iterator[tuple[Sandbox, Sandbox]]:
    """Two sandboxes, as two workers hold them, with one fork server."""
    with closing(Sandbox(LEISURE, server=PROBE)) as owner:
        owner.launch()
        pair = Sandbox(LEISURE, server=PROBE), Sandbox(LEISURE, server=PROBE)
        for sandbox in pair:
            connection = owner.join()
            assert connection
            sandbox.adopt(connection)
        yield pair
        for sandbox in pair:
            sandbox.close()


def test_sandboxes_that_share_a_warm_parent_have_boxes_of_their_own(
    neighbours: tuple[Sandbox, Sandbox],
) -> None:
    one, other = (sandbox.open({}) for sandbox in neighbours)
    assert psutil.Process(one.pid).ppid() == psutil.Process(other.pid).ppid()
    run(one, "open('mine', 'w').write('x')")
    assert run(other, "import os; result = os.listdir()") == []
    one.close()
    assert run(other, "result = 1") == 1
    other.close()
    neighbours[0].close()
    assert run(neighbours[1].open({}), "result = 2") == 2


def test_a_signal_to_all_of_its_group_reaches_no_other_box(
    neighbours: tuple[Sandbox, Sandbox],
) -> None:
    """Groups of processes go past namespaces, and all boxes are forks of one process."""
    attacker = neighbours[0].open({})
    program = """
        import os, signal, time
        if not os.fork():
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            while True:
                os.kill(0, signal.SIGTERM)
                os.killpg(os.getpgid(0), signal.SIGCONT)
                time.sleep(0.001)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.kill(0, signal.SIGTERM)
        result = [os.getpid(), os.getpgid(0), os.getsid(0)]
    """
    assert run(attacker, program) == [1, 1, 1]
    for number in range(20):
        box = neighbours[1].open({})
        assert run(box, f"result = {number}") == number
        box.close()
    attacker.close()


def test_a_lost_warm_parent_is_replaced_by_an_own_one(neighbours: tuple[Sandbox, Sandbox]) -> None:
    one, other = (sandbox.open({}) for sandbox in neighbours)
    psutil.Process(one.pid).parent().kill()
    for sandbox, box in zip(neighbours, (one, other), strict=True):
        wait_until(lambda box=box: not is_alive(box.pid))  # type: ignore[misc]
        assert run(sandbox.open({}), "result = 3") == 3


def test_a_sandbox_that_was_launched_for_nothing_is_killed_and_not_waited_for(
    tmp_path: Path,
) -> None:
    before = psutil.Process().children(recursive=True)
    # It would never be ready.
    tmp_path.chmod(0o755)
    own = tmp_path / "own_server.py"
    own.write_text("import time\ntime.sleep(10_000)\n")
    sandbox = Sandbox(LEISURE, server="own_server", extra=own)
    sandbox.launch()
    children = set(psutil.Process().children(recursive=True)) - set(before)
    assert children
    assert sandbox._launched
    process = sandbox._launched._process
    sandbox.close()
    assert process.returncode == -signal.SIGKILL
    wait_until(lambda: not any(is_alive(child.pid) for child in children))


def test_a_killed_grader_leaves_nothing() -> None:
    program = f"""
        from autograder.limits import Limits
        from autograder.sandbox.sandbox import Sandbox
        sandbox = Sandbox(Limits(), server={PROBE!r})
        box = sandbox.open({{}})
        box.begin()
        box.send(b"import signal, os; os.fork(); signal.signal(2, signal.SIG_IGN)\\nwhile True: 1")
        print("running", flush=True)
        box.receive()
    """
    grader = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE
    )
    assert grader.stdout
    assert grader.stdout.readline() == b"running\n"
    processes = psutil.Process(grader.pid).children(recursive=True)
    assert len(processes) >= 3
    grader.send_signal(signal.SIGKILL)
    grader.wait()
    wait_until(lambda: not any(is_alive(process.pid) for process in processes))


@pytest.mark.parametrize("plan", visible_files.ways(), ids=str)
def test_each_way_to_start_isolates(monkeypatch: pytest.MonkeyPatch, plan: object) -> None:
    monkeypatch.setattr(visible_files, "ways", lambda: [plan])
    with Sandbox(LEISURE, server=PROBE) as sandbox:
        box = sandbox.open({})
        assert run(box, "import os; result = [os.getpid(), os.getuid(), os.getppid()]") == [
            1,
            1000,
            0,
        ]
        assert "Error" in raised(box, "open('/proc/sys/kernel/core_pattern', 'w')")
        box.close()


def test_without_bubblewrap_one_line_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SandboxUnavailable, match=r"apt-get install bubblewrap; or .*--no-sandbox"):
        Sandbox(LITTLE_CPU, server=PROBE).start()
    assert issubclass(SandboxUnavailable, CourseError)


@pytest.mark.slow
def test_a_server_that_cannot_be_imported_is_named() -> None:
    with pytest.raises(SandboxUnavailable, match=r"autograder\.inside\.missing"):
        Sandbox(LITTLE_CPU, server="autograder.inside.missing").start()


@pytest.mark.parametrize("link", ["{side}/../real", "{hop}/../../real", "../../side/../real"])
def test_an_interpreter_behind_links_and_dots_is_found(tmp_path: Path, link: str) -> None:
    """A virtual environment may lead to its Python in any way in which the system follows it."""
    for path in (tmp_path, *tmp_path.parents[:1]):
        path.chmod(0o755)
    for folder in ("side/deep", "own/bin", "own/lib", "away"):
        (tmp_path / folder).mkdir(parents=True)
    base = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    (tmp_path / "real").symlink_to(base)
    (tmp_path / "hop").symlink_to("side/deep")
    own = tmp_path / "own"
    names = {"side": tmp_path / "side", "hop": tmp_path / "hop"}
    (own / "bin" / "python3").symlink_to(link.format(**names))
    config = (Path(sys.prefix) / "pyvenv.cfg").read_text()
    home = f"home = {base.parents[1]}/lib/../bin"
    lines = [home if line.startswith("home") else line for line in config.splitlines()]
    (own / "pyvenv.cfg").write_text("\n".join(lines))
    (own / "lib" / base.name).mkdir()
    (own / "lib" / base.name / "site-packages").symlink_to(sysconfig.get_path("purelib"))
    program = f"""
        from autograder.limits import Limits
        from autograder.sandbox.sandbox import Sandbox
        with Sandbox(Limits(), server={PROBE!r}, imports=()) as sandbox:
            box = sandbox.open({{}})
            box.begin()
            box.send(b"import sys; result = sys.prefix")
            print(box.receive().decode())
    """
    folders = os.pathsep.join([str(ROOT), sysconfig.get_path("purelib")])
    done = subprocess.run(
        [f"{tmp_path}/away/../own/bin/python3", "-c", textwrap.dedent(program)],
        env={**os.environ, "PYTHONPATH": folders},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == json.dumps({"result": str(own)}), done.stderr[-500:]


def test_a_server_of_ones_own_can_be_given(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    own = tmp_path / "own_server.py"
    own.write_text("from autograder.inside.probe import serve\ndef prepare():\n    import this\n")
    with Sandbox(LEISURE, server="own_server", extra=own) as sandbox:
        assert run(sandbox.open({}), "import sys; result = 'this' in sys.modules") is True


def test_without_isolation_the_limits_on_time_and_memory_hold() -> None:
    with Sandbox(LEISURE, confined=False, server=PROBE) as sandbox:
        box = sandbox.open({"data.txt": b"data"})
        folder = run(box, "import os; result = os.getcwd()")
        assert run(box, "result = open('data.txt').read()") == "data"
        assert raised(box, "x = bytearray(10**9)") == "MemoryError"
        run(box, "import subprocess; child = subprocess.Popen(['sleep', '600'])")
        child = run(box, "result = child.pid")
        assert stopped(box, "import os; os._exit(4)").detail.endswith("(exit code 4)")
        box.close()
        assert not os.path.exists(folder)
        wait_until(lambda: not is_alive(child))
        folder = run(sandbox.open({}), "import os; result = os.getcwd()")
        box = sandbox.open({}, limits=LITTLE_CPU)
        assert stopped(box, "n = 0\nwhile True: n += 1").reason == "cpu"
        box.close()
        box = sandbox.open({}, limits=LITTLE_TIME)
        assert stopped(box, "import time; time.sleep(1000)").reason == "wall"
        box.close()
    assert not os.path.exists(folder)


def test_another_system_is_watched_with_psutil(monkeypatch: pytest.MonkeyPatch) -> None:
    here = usage.usage(os.getpid())
    monkeypatch.setattr(usage, "HAS_PROC", False)
    there = usage.usage(os.getpid())
    assert there.tasks == here.tasks
    assert there.cpu >= here.cpu - 0.1  # it is looked at later
    assert there.memory >= here.memory / 2
    assert usage.proportional_memory(os.getpid()) > 0
