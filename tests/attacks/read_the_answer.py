"""Searches for hidden tests and expected values, and ways to bring hidden inputs to the student."""

from attacks.target import family

attack = family("read the answer")
LIE = "\ndef total(x, factor):\n    return 0.0\n"
KEEP = (
    "\nkept = []\ndef total(x, factor):\n    kept.append((x, factor))\n    return (x * 3.0).sum()\n"
)

attack(
    "history of the shell",
    "the hidden test among the cells that have run",
    LIE,
    later="print(In, Out, get_ipython().history_manager.input_hist_raw)",
)
attack(
    "frames of the caller",
    "the expected value among the caller's local variables",
    """
def total(x, factor):
    import sys
    frame, seen = sys._getframe(), []
    while frame:
        for name, value in {**frame.f_globals, **frame.f_locals}.items():
            if any(word in name.lower() for word in ("expect", "wrong", "record", "hidden", "secret")):
                seen.append((name, repr(value)[:500]))
        frame = frame.f_back
    print(seen)
    return 0.0
""",
)
attack(
    "every object in memory",
    "recorded values among the objects that the collector knows",
    LIE,
    later="import gc\n"
    "for thing in gc.get_objects():\n"
    "    if type(thing).__name__ in ('Recorded', 'RecordedCheck', 'NotebookNode', 'CodeType'):\n"
    "        print(repr(thing)[:2000])",
)
attack(
    "lines that tracebacks use",
    "the text of test cells in linecache",
    LIE,
    later="import linecache\nprint([(k, v[2][:50]) for k, v in linecache.cache.items() if 'ipython' in k])",
)
attack(
    "notebooks on the disk",
    "the source notebook or its solutions somewhere in the file system",
    LIE,
    later="import os, sys\n"
    "for folder, below, files in os.walk('/'):\n"
    "    below[:] = sorted(set(below) - {'proc', 'usr', 'site-packages', 'lib'})\n"
    "    for name in sorted(files):\n"
    "        if name.endswith(('.ipynb', '.db', '.py')) and '__' not in name:\n"
    "            text = open(os.path.join(folder, name), errors='replace').read()\n"
    "            if 'tiny' in text:\n"
    "                print(name, text[:3000])",
)
attack(
    "course folder by its path",
    "solutions/, submitted/ and the gradebook by name",
    "import os, pathlib, sys\n"
    "found = []\n"
    "for start in {os.getcwd(), '/', '/home', '/root', '/tmp', '/mnt', '/srv', '/work', *sys.path}:\n"
    "    for name in ('solutions', 'submitted', 'gradebook.db', '_build', 'autograded'):\n"
    "        place = pathlib.Path(start or '.') / name\n"
    "        if place.exists():\n"
    "            found.append(str(place))\n"
    "print('found', found)" + LIE,
)
attack(
    "values of visible checks",
    "the visible expected values, written into the function",
    "def total(x, factor):\n"
    "    import json\n"
    "    checks = json.load(open('checks.json'))['checks']\n"
    "    return checks['total: value']['expected']['values'][0]\n",
)
attack(
    "environment variables",
    "tokens and paths of the instructor",
    "import os, pathlib\nprint(dict(os.environ))\n"
    "for path in pathlib.Path('/proc').glob('*/environ'):\n"
    "    try:\n"
    "        print(path.read_bytes()[:2000])\n"
    "    except OSError:\n"
    "        pass" + LIE,
)
attack(
    "memory of other processes",
    "what other processes hold, through /proc and ptrace",
    "import pathlib, ctypes\n"
    "for path in pathlib.Path('/proc').glob('[0-9]*/mem'):\n"
    "    try:\n"
    "        with open(path, 'rb') as memory:\n"
    "            memory.seek(0x400000)\n"
    "            print(path, memory.read(64))\n"
    "    except (OSError, ValueError):\n"
    "        pass\n"
    "libc = ctypes.CDLL(None)\n"
    "print([libc.ptrace(16, number, 0, 0) for number in range(1, 20)])" + LIE,
)
attack(
    "hidden input printed",
    "the arguments of hidden tests on the screen",
    "def total(x, factor):\n    print(x, factor)\n    return (x * 3.0).sum()\n",
)
attack(
    "hidden input in an exception",
    "the arguments of hidden tests in an error message",
    "def total(x, factor):\n"
    "    if factor != 3.0:\n"
    "        raise ValueError(f'{x} {factor!r} {float(factor).hex()}')\n"
    "    return (x * factor).sum()\n",
)
attack(
    "hidden input in a warning",
    "the arguments of hidden tests in a warning",
    "import warnings\n"
    "def total(x, factor):\n    warnings.warn(f'{x} {factor}')\n    return (x * 3.0).sum()\n",
)
attack(
    "hidden input in a class name",
    "the arguments of hidden tests as the type of an exception",
    "def total(x, factor):\n"
    "    if factor != 3.0:\n"
    "        raise type(f'Found_{factor}', (ValueError,), {})()\n"
    "    return (x * factor).sum()\n",
)
attack(
    "hidden input in the type of a value",
    "the arguments of hidden tests as the name of a returned object's type",
    "def total(x, factor):\n"
    "    if factor != 3.0:\n"
    "        return type(f'Found_{factor}', (), {})()\n"
    "    return (x * factor).sum()\n",
)
attack(
    "hidden input in the shape of a value",
    "the arguments of hidden tests as the shape of a wrong result",
    "def total(x, factor):\n"
    "    if factor != 3.0:\n"
    "        return np.zeros(int(factor))\n"
    "    return (x * factor).sum()\n",
)
attack(
    "hidden input as text",
    "the arguments of hidden tests as a wrong result that is quoted",
    "def total(x, factor):\n"
    "    if factor != 3.0:\n"
    "        return f'{factor}'\n"
    "    return (x * factor).sum()\n",
)
attack(
    "hidden input as keys",
    "the arguments of hidden tests as the keys of a wrong result that are quoted",
    "def total(x, factor):\n"
    "    if factor != 3.0:\n"
    "        return {f'{factor}': 1.0}\n"
    "    return (x * factor).sum()\n",
)
attack(
    "hidden input in a line number",
    "the arguments of hidden tests as the line of an exception",
    "def total(x, factor):\n"
    "    if factor != 3.0:\n"
    "        exec(compile('\\n' * int(factor) + 'raise ValueError', 'cell', 'exec'))\n"
    "    return (x * factor).sum()\n",
)
attack(
    "hidden input kept in a variable",
    "the arguments of hidden tests, shown by a later cell",
    KEEP,
    later="print('kept', kept)",
)
attack(
    "hidden input kept in a file",
    "the arguments of hidden tests, read back by a later cell",
    "def total(x, factor):\n"
    "    with open('/tmp/kept', 'a') as file:\n"
    "        print(x, factor, file=file)\n"
    "    return (x * 3.0).sum()\n",
    later="import os\nprint(open('/tmp/kept').read() if os.path.exists('/tmp/kept') else 'nothing')",
)
attack(
    "hidden input kept in a module",
    "the arguments of hidden tests in a module that other submissions share",
    "def total(x, factor):\n"
    "    np.kept = getattr(np, 'kept', []) + [factor]\n"
    "    return (x * 3.0).sum()\n",
    later="print(getattr(np, 'kept', 'nothing'))",
)
attack(
    "hidden input told by a thread",
    "the arguments of hidden tests, printed by a thread that lives on",
    "import threading, time\n"
    "def total(x, factor):\n"
    "    def tell():\n"
    # Not before the call has been answered, however slowly that goes.
    "        time.sleep(0.5)\n"
    "        for _ in range(20):\n"
    "            time.sleep(0.05)\n"
    "            print('told', factor, flush=True)\n"
    "    threading.Thread(target=tell, daemon=True).start()\n"
    "    return (x * 3.0).sum()\n",
    later="import time\ntime.sleep(0.8)",
)
attack(
    "hidden input carried by a visible call",
    "the arguments of hidden tests, printed when a visible test calls next",
    "kept = []\n"
    "def total(x, factor):\n    kept.append(factor)\n    print(kept)\n    return (x * 3.0).sum()\n"
    "def scale(x, factor):\n    print(kept)\n    return x * factor\n",
)
attack(
    "caller asked for its namespace",
    "names of the tests among the globals of the functions",
    LIE,
    later="print({k: repr(v)[:200] for k, v in total.__globals__.items() if not k.startswith('_')})",
)
attack(
    "packed values in the package",
    "hidden recorded values in an installed package",
    LIE,
    later="import importlib.metadata as m\n"
    "print([str(f) for d in m.distributions() for f in (d.files or []) if 'solutions' in str(f)])",
)
