"""The limits of a box: what each kind of excess comes to, and that the grader goes on."""

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest
from support.boxes import (
    LEISURE,
    LITTLE_CPU,
    LITTLE_TIME,
    PROBE,
    answer_of,
    attempt,
    raised,
    run,
    stopped,
)

from autograder.limits import GIB, MIB, Limits
from autograder.sandbox import usage
from autograder.sandbox.sandbox import Box, Sandbox, Stopped


@pytest.fixture(scope="module")
def leisurely() -> Iterator[Sandbox]:
    with Sandbox(LEISURE, server=PROBE) as sandbox:
        yield sandbox


@pytest.fixture
def box(leisurely: Sandbox) -> Iterator[Box]:
    box = leisurely.open({"notes/data.txt": b"data"})
    yield box
    box.close()


@pytest.fixture
def hurried(leisurely: Sandbox) -> Iterator[Box]:
    """A box with little processor time."""
    yield from _box(leisurely, LITTLE_CPU)


@pytest.fixture
def short(leisurely: Sandbox) -> Iterator[Box]:
    """A box with little time."""
    yield from _box(leisurely, LITTLE_TIME)


def _box(sandbox: Sandbox, limits: Limits) -> Iterator[Box]:
    box = sandbox.open({}, limits=limits)
    yield box
    box.close()


def test_an_endless_loop_is_interrupted_and_tells_where_it_was(hurried: Box) -> None:
    end = stopped(hurried, "n = 0\nwhile True:\n    n += 1")
    assert (end.reason, end.alive) == ("cpu", True)
    answer = answer_of(end.frame)
    assert answer["raised"] == "KeyboardInterrupt"
    assert 'File "<probe>", line' in answer["text"]
    assert run(hurried, "result = n > 0") is True


def test_a_loop_that_catches_the_interrupt_is_killed(hurried: Box) -> None:
    program = """
        n = 0
        while True:
            try:
                while True:
                    n += 1
            except KeyboardInterrupt:
                pass
    """
    end = stopped(hurried, program)
    assert (end.reason, end.alive, end.frame) == ("cpu", False, None)


@pytest.mark.parametrize(
    "setting",
    [
        "signal.signal(signal.SIGINT, signal.SIG_IGN)",
        "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))",
    ],
)
def test_a_loop_that_ignores_signals_is_killed(hurried: Box, setting: str) -> None:
    end = stopped(hurried, f"import signal\n{setting}\nwhile True: signal")
    assert (end.reason, end.alive) == ("cpu", False)


def test_processor_time_of_other_processes_counts(hurried: Box) -> None:
    program = """
        import os, time
        if not os.fork():
            while True: os
        time.sleep(60)
    """
    assert stopped(hurried, program).reason == "cpu"


def test_sleep_is_interrupted(short: Box) -> None:
    end = stopped(short, "import time; time.sleep(1000)")
    assert (end.reason, end.alive) == ("wall", True)


def test_the_time_of_a_submission_spans_its_boxes(leisurely: Sandbox) -> None:
    limits = replace(LEISURE, wall_per_submission=20.0)
    box = leisurely.open({}, spent=19.8, limits=limits)
    assert stopped(box, "import time; time.sleep(1000)").reason == "submission"
    assert box.spent > 20
    box.close()


def test_each_cell_has_its_own_time(leisurely: Sandbox) -> None:
    """Together they use more than one may, and each much less."""
    box = leisurely.open({}, limits=replace(LEISURE, cpu_per_cell=0.8))
    for _ in range(6):
        run(
            box,
            """
            import time
            end = time.process_time() + 0.2
            while time.process_time() < end: pass
            """,
        )
    assert box.cpu > 0.8
    box.close()


def test_a_frame_that_nobody_reads_does_not_hold_up_the_sender(short: Box) -> None:
    short.begin()
    short.send(b"import time; time.sleep(1000)")
    with pytest.raises(Stopped) as caught:
        short.send(bytes(8 * MIB))
    assert (caught.value.reason, caught.value.alive) == ("wall", False)


def test_a_reply_that_trickles_in_is_cut_off(short: Box) -> None:
    program = """
        import struct, time
        connection.sendall(struct.pack(">I", 10000))
        while True:
            connection.send(b"x")
            time.sleep(0.01)
    """
    assert stopped(short, program).reason == "wall"


def test_too_large_an_array_is_a_memory_error(box: Box) -> None:
    assert raised(box, "x = bytearray(10**9)") == "MemoryError"
    assert run(box, "result = len(bytearray(10**8))") == 10**8


@pytest.mark.parametrize(
    "program",
    [
        # memory that several processes share
        """
        import mmap, time
        shared = mmap.mmap(-1, 2**29)
        for _ in range(2**9): shared.write(bytes(2**20))
        time.sleep(600)
        """,
        # a little in each of many processes
        """
        import os, time
        for _ in range(12):
            if not os.fork():
                mine = b"x" * 30_000_000
                break
        time.sleep(600)
        """,
        # in the buffers of connections
        """
        import os, socket, time
        for _ in range(12):
            if not os.fork():
                break
        mine = [socket.socketpair() for _ in range(100)]
        time.sleep(600)
        """,
    ],
    ids=["shared", "in many processes", "in the kernel"],
)
def test_memory_of_all_kinds_is_limited(box: Box, program: str) -> None:
    end = stopped(box, program)
    assert (end.reason, end.alive) == ("memory", False)


def test_a_fork_bomb_ends(leisurely: Sandbox) -> None:
    program = """
        import os
        while True:
            try: os.fork()
            except OSError: pass
    """
    # There may be more processes where there are more processors, and each takes memory.
    box = leisurely.open({}, limits=replace(LEISURE, memory=64 * GIB))
    end = stopped(box, program)
    assert (end.reason, end.alive) == ("processes", False)
    box.close()


@pytest.mark.parametrize(
    "program",
    [
        """
        import threading, time
        threading.stack_size(65536)
        for _ in range(1000):
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        """,
        # nobody waits for these to end
        """
        import os
        for _ in range(1000):
            if not os.fork(): os._exit(0)
        """,
    ],
    ids=["threads", "zombies"],
)
def test_threads_and_zombies_count_as_processes_do(box: Box, program: str) -> None:
    """The kernel refuses the next one, or the watcher, where it is quicker, stops the box."""
    try:
        outcome = str(answer_of(attempt(box, program))["raised"])
    except Stopped as end:
        outcome = end.reason
    assert outcome in ("RuntimeError", "BlockingIOError", "processes")


@pytest.mark.parametrize(
    "program",
    [
        "open('big', 'wb').write(bytes(9 * 2**20))",
        "for i in range(9): open(f'part{i}', 'wb').write(bytes(2**20))",
        "for i in range(100_000): open(f'empty{i}', 'w').close()",
        "for i in range(9): open(f'/dev/shm/part{i}', 'wb').write(bytes(2**20))",
        "import os\nwhile True: os.open('/dev/null', 0)",
    ],
    ids=["one large", "many", "empty ones", "in shared memory", "open ones"],
)
def test_files_are_limited(box: Box, program: str) -> None:
    assert raised(box, program).startswith("OSError")


@pytest.mark.parametrize(
    ("program", "detail"),
    [
        ("import os; os._exit(3)", "exit code 3"),
        ("import ctypes; ctypes.string_at(0)", "segmentation fault"),
        ("import os; os.abort()", "outside Python"),
        ("import faulthandler; faulthandler._stack_overflow()", "outside Python"),
    ],
    ids=["exit", "crash", "abort", "recursion"],
)
def test_a_dead_process_says_how_it_died(box: Box, program: str, detail: str) -> None:
    end = stopped(box, program)
    assert (end.reason, end.alive) == ("died", False)
    assert detail in end.detail


def test_a_dead_box_stays_dead(box: Box) -> None:
    stopped(box, "import os; os._exit(0)")
    assert stopped(box, "pass").reason == "died"
    box.close()


def test_too_long_a_reply_is_refused_before_it_is_read(box: Box) -> None:
    program = "import struct; connection.sendall(struct.pack('>I', 2**30) + bytes(1000))"
    end = stopped(box, program)
    assert (end.reason, end.alive) == ("reply", False)
    assert "1024 MiB" in end.detail


def test_half_a_frame_and_a_closed_connection_are_an_error(box: Box) -> None:
    program = """
        import struct, time
        connection.sendall(struct.pack(">I", 1000) + b"garbage")
        connection.close()
        time.sleep(600)
    """
    assert stopped(box, program).reason == "protocol"


def test_time_spent_waiting_for_a_processor_is_seen() -> None:
    assert usage.usage(os.getpid()).waited >= 0
