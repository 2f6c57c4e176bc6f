"""Submissions that use up time, memory, processes, files or patience."""

from attacks.target import family

attack = family("exhaust the machine")
LIE = "\ndef total(x, factor):\n    return 0.0\n"

attack(
    "loop in a function",
    "a test that never ends",
    "def total(x, factor):\n    while True:\n        pass\n",
)
attack("loop in a cell", "a cell that never ends", "while True:\n    pass")
attack(
    "loop that cannot be interrupted",
    "a loop that goes on after KeyboardInterrupt",
    "def total(x, factor):\n"
    "    while True:\n"
    "        try:\n"
    "            while True:\n"
    "                pass\n"
    "        except BaseException:\n"
    "            pass\n",
)
attack(
    "signals ignored",
    "a loop with every signal switched off",
    "import signal\n"
    "for number in signal.valid_signals():\n"
    "    try:\n"
    "        signal.signal(number, signal.SIG_IGN)\n"
    "    except (OSError, ValueError):\n"
    "        pass\n"
    "signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())\n"
    "def total(x, factor):\n    while True:\n        pass\n",
)
attack("sleep", "a test that waits", "import time\ndef total(x, factor):\n    time.sleep(10**6)\n")
attack(
    "stopped by itself",
    "a process that stops itself and never answers",
    "import os, signal\n"
    "def total(x, factor):\n    os.kill(os.getpid(), signal.SIGSTOP)\n    os.kill(0, signal.SIGSTOP)\n",
)
attack(
    "fork bomb",
    "processes without end",
    "import os\n"
    "def total(x, factor):\n"
    "    while True:\n"
    "        try:\n"
    "            os.fork()\n"
    "        except OSError:\n"
    "            pass\n",
)
attack(
    "threads without end",
    "threads until none can be made",
    "import threading, time\n"
    "def total(x, factor):\n"
    "    while True:\n"
    "        threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()\n",
)
attack(
    "processes left behind",
    "a process that has left its group and outlives the submission",
    "import subprocess\n"
    "subprocess.Popen(['/bin/sh', '-c', 'sleep 987654'], start_new_session=True)" + LIE,
)
attack(
    "zombies",
    "dead children that nobody collects",
    "import os\n"
    "for _ in range(200):\n"
    "    try:\n"
    "        if os.fork() == 0:\n"
    "            os._exit(0)\n"
    "    except OSError:\n"
    "        break" + LIE,
)
attack(
    "memory in one array",
    "more memory than there is, at once",
    "def total(x, factor):\n    return np.ones(10**11).sum()\n",
)
attack(
    "memory bit by bit",
    "more memory than there is, in small pieces",
    "def total(x, factor):\n"
    "    kept = []\n"
    "    while True:\n"
    "        try:\n"
    "            kept.append(bytearray(10**7))\n"
    "        except MemoryError:\n"
    "            pass\n",
)
attack(
    "memory in many processes",
    "each process stays under the limit, all together do not",
    "import os, time\n"
    "def total(x, factor):\n"
    "    for _ in range(30):\n"
    "        if os.fork() == 0:\n"
    "            kept = bytearray(10**8)\n"
    "            time.sleep(1000)\n"
    "    time.sleep(1000)\n",
)
attack(
    "memory that is shared",
    "memory that belongs to no process",
    "import mmap\n"
    "def total(x, factor):\n"
    "    kept = []\n"
    "    while True:\n"
    "        block = mmap.mmap(-1, 10**8)\n"
    "        block.write(bytes(10**8))\n"
    "        kept.append(block)\n",
)
attack(
    "memory in nameless files",
    "memory in files that no folder holds",
    "import os\n"
    "def total(x, factor):\n"
    "    for number in range(1000):\n"
    "        file = os.memfd_create(str(number))\n"
    "        for _ in range(100):\n"
    "            os.write(file, bytes(10**6))\n"
    "    return 0.0\n",
)
attack(
    "disk filled",
    "a file that grows until something gives",
    "def total(x, factor):\n"
    "    with open('/tmp/big', 'wb') as file:\n"
    "        for _ in range(10**6):\n"
    "            file.write(bytes(10**6))\n"
    "    return 0.0\n",
)
attack(
    "files without number",
    "more files than the file system has room to name",
    "def total(x, factor):\n"
    "    for number in range(10**6):\n"
    "        open(f'/tmp/file-{number}', 'w').close()\n"
    "    return 0.0\n",
)
attack(
    "files held open",
    "more open files than there may be",
    "kept = []\n"
    "def total(x, factor):\n"
    "    while True:\n"
    "        kept.append(open('/tmp/one', 'w'))\n",
)
attack(
    "output without end",
    "gigabytes on the screen",
    "while True:\n    print('x' * 10**6)",
)
attack(
    "output in a function",
    "gigabytes on the screen, from a test",
    "def total(x, factor):\n    while True:\n        print('x' * 10**6)\n",
)
attack(
    "output past Python",
    "gigabytes written to the file descriptors themselves",
    "import os\n"
    "def total(x, factor):\n"
    "    while True:\n"
    "        os.write(1, b'x' * 10**6)\n"
    "        os.write(2, b'x' * 10**6)\n",
)
attack(
    "plots by the hundred",
    "hundreds of figures",
    "import matplotlib.pyplot as plt\n"
    "from IPython.display import display, HTML\n"
    "for number in range(40):\n"
    "    plt.figure()\n"
    "for number in range(5000):\n"
    "    display(HTML('<b>' + 'x' * 10**5 + '</b>'))" + LIE,
)
attack(
    "huge reply",
    "a result that does not fit",
    "def total(x, factor):\n    return np.zeros(50 * 10**6)\n",
)
attack(
    "huge text in an exception",
    "an error message of a hundred megabytes",
    "def total(x, factor):\n    raise ValueError('x' * 10**8)\n",
)
attack(
    "recursion",
    "a function that calls itself for ever",
    "import sys\n"
    "sys.setrecursionlimit(10**9)\n"
    "def total(x, factor):\n    return total(x, factor) + 1\n",
)
attack(
    "representation without end",
    "an object that cannot be printed",
    "class Shown:\n    def __repr__(self):\n        while True:\n            pass\nShown()",
)
attack(
    "regular expression without end",
    "a computation that does not look at signals",
    "import re\ndef total(x, factor):\n    re.match(r'(a+)+$', 'a' * 64 + 'b')\n    return 0.0\n",
)
attack("end of the process", "no process, no failure", "import os\nos._exit(0)")
attack(
    "end of the process in a test",
    "no process, no failure",
    "import os\ndef total(x, factor):\n    os._exit(0)\n",
)
attack(
    "killed by itself",
    "an end that no code can see coming",
    "import os\ndef total(x, factor):\n    os.kill(os.getpid(), 9)\n    os.abort()\n",
)
attack(
    "segmentation fault",
    "a crash of the interpreter",
    "import ctypes\ndef total(x, factor):\n    return ctypes.string_at(0)\n",
)
attack(
    "connection closed",
    "every open file closed, the grader's too",
    "import os\ndef total(x, factor):\n    os.closerange(3, 1024)\n    return 0.0\n",
)
attack(
    "library without a lock",
    "a second thread that never lets go of the interpreter",
    "import threading\n"
    "def spin():\n"
    "    while True:\n"
    "        pass\n"
    "for _ in range(4):\n"
    "    threading.Thread(target=spin, daemon=True).start()" + LIE,
)
attack(
    "input awaited",
    "a question that nobody answers",
    "name = input('your name? ')",
)
