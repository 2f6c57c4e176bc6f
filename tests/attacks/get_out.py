"""Ways out of the sandbox, and submitted folders that point elsewhere."""

import os
from pathlib import Path

from attacks.target import NAME, family

attack = family("get out")
LIE = "\ndef total(x, factor):\n    return 0.0\n"
MARK = "unrolled-was-here"

attack(
    "network",
    "a connection to any address",
    "import socket\n"
    "for address in (('127.0.0.1', 22), ('127.0.0.1', 8888), ('1.1.1.1', 53)):\n"
    "    try:\n"
    "        socket.create_connection(address, 1)\n"
    "        print('connected to', address)\n"
    "    except OSError:\n"
    "        pass" + LIE,
)
attack(
    "names without addresses",
    "sockets of the host without a place in the file system",
    "import socket\n"
    "for line in open('/proc/net/unix', errors='replace') if __import__('os').path.exists('/proc/net/unix') else ():\n"
    "    if '@' in line:\n"
    "        try:\n"
    "            s = socket.socket(socket.AF_UNIX)\n"
    "            s.connect('\\0' + line.split('@')[1].strip())\n"
    "            print('connected to', line)\n"
    "        except OSError:\n"
    "            pass" + LIE,
)
attack(
    "files outside",
    "a file anywhere but in its own folder",
    "import os, sys\n"
    "for folder in ('/', '/usr', '/etc', '/home', '/root', '/var/tmp', '/opt', sys.prefix, sys.base_prefix,\n"
    "               os.path.dirname(np.__file__)):\n"
    "    try:\n"
    f"        open(os.path.join(folder, '{MARK}'), 'w').write('x')\n"
    "    except OSError:\n"
    "        pass" + LIE,
)
attack(
    "packages rewritten",
    "a library that the next submission imports",
    "import os\n"
    "for module in ('numpy', 'unrolled', 'IPython'):\n"
    "    path = __import__(module).__file__\n"
    "    try:\n"
    "        os.chmod(path, 0o777)\n"
    "        open(path, 'a').write('#')\n"
    "        print('wrote', path)\n"
    "    except OSError:\n"
    "        pass" + LIE,
)
attack(
    "files of the next submission",
    "something left in a folder that others use",
    "import os\n"
    "for folder in ('/tmp', '/dev/shm', '.', os.path.expanduser('~')):\n"
    "    try:\n"
    f"        open(os.path.join(folder, '{MARK}'), 'w').write('x')\n"
    "    except OSError:\n"
    "        pass" + LIE,
)
attack(
    "signals to everybody",
    "an end for every process that can be reached",
    "import os, signal\n"
    "def total(x, factor):\n"
    "    for number in (-1, os.getppid(), 1, *range(2, 5000)):\n"
    "        if number != os.getpid():\n"
    "            try:\n"
    "                os.kill(number, signal.SIGKILL)\n"
    "            except OSError:\n"
    "                pass\n"
    "    return 0.0\n",
)
attack(
    "namespaces of its own",
    "new namespaces, in which it is root",
    "import ctypes\n"
    "libc = ctypes.CDLL(None)\n"
    "for flag in (0x10000000, 0x00020000, 0x20000000, 0x40000000):\n"
    "    if libc.unshare(flag) == 0:\n"
    "        print('left the namespace', hex(flag))" + LIE,
)
attack(
    "namespaces of others",
    "the namespaces of the process that started it",
    "import ctypes, os\n"
    "libc = ctypes.CDLL(None)\n"
    "for number in (1, os.getppid()):\n"
    "    for name in ('mnt', 'pid', 'net', 'user'):\n"
    "        try:\n"
    "            file = os.open(f'/proc/{number}/ns/{name}', os.O_RDONLY)\n"
    "        except OSError:\n"
    "            continue\n"
    "        if libc.setns(file, 0) == 0:\n"
    "            print('joined', name)" + LIE,
)
attack(
    "file systems mounted",
    "the host's files, mounted again",
    "import ctypes\n"
    "libc = ctypes.CDLL(None)\n"
    "for args in ((b'proc', b'/tmp', b'proc', 0, None), (b'/', b'/tmp', None, 4096, None),\n"
    "             (None, b'/', None, 32, None)):\n"
    "    if libc.mount(*args) == 0:\n"
    "        print('mounted', args)\n"
    "if libc.umount2(b'/proc', 2) == 0 or libc.umount2(b'/tmp', 2) == 0:\n"
    "    print('unmounted')" + LIE,
)
attack(
    "another user",
    "the rights of root",
    "import os\n"
    "for call in (os.setuid, os.setgid):\n"
    "    try:\n"
    "        call(0)\n"
    "        print('became root')\n"
    "    except OSError:\n"
    "        pass\n"
    "print(os.system('su -c id') == 0 and 'became root' or '')" + LIE,
)
attack(
    "settings of the kernel",
    "files through which the kernel is steered",
    "import glob\n"
    "for path in ('/proc/sys/kernel/core_pattern', '/proc/sysrq-trigger', '/proc/self/oom_score_adj',\n"
    "             *glob.glob('/sys/fs/cgroup/*.max')):\n"
    "    try:\n"
    "        open(path, 'w').write('-1')\n"
    "        print('wrote', path)\n"
    "    except OSError:\n"
    "        pass" + LIE,
)
attack(
    "limits raised",
    "its own limits, lifted",
    "import resource\n"
    "for name in ('RLIMIT_NPROC', 'RLIMIT_DATA', 'RLIMIT_CPU', 'RLIMIT_FSIZE', 'RLIMIT_NOFILE'):\n"
    "    try:\n"
    "        resource.setrlimit(getattr(resource, name), (-1, -1))\n"
    "        print('lifted', name)\n"
    "    except (OSError, ValueError):\n"
    "        pass" + LIE,
)
attack(
    "open files inherited",
    "files and sockets that were open before it began",
    "import os\n"
    "for number in range(3, 256):\n"
    "    try:\n"
    "        target = os.readlink(f'/proc/self/fd/{number}')\n"
    "        if target.startswith('/') and '/proc/' not in target:\n"
    "            print('holds', target)\n"
    "    except OSError:\n"
    "        pass" + LIE,
)
attack(
    "commands installed",
    "a package from the network, as left over from Colab",
    "!pip install --quiet some-package\n%pip install some-package" + LIE,
)
attack(
    "script in the outputs",
    "code that runs in the browser of whoever grades",
    "from IPython.display import HTML, Javascript, display\n"
    f'display(HTML(\'<script>document.title = "{MARK}"</script><img src=x onerror="{MARK}">\'))\n'
    f"display(Javascript('document.title = \"{MARK}\"'))" + LIE,
)


def _link_to_the_gradebook(folder: Path) -> None:
    (folder / "notes.txt").symlink_to(folder.parent.parent.parent / "gradebook.db")


def _notebook_is_a_link(folder: Path) -> None:
    notebook = folder / f"{NAME}.ipynb"
    notebook.unlink()
    notebook.symlink_to(folder.parent.parent / "honest-1" / NAME / f"{NAME}.ipynb")


def _notebook_is_a_pipe(folder: Path) -> None:
    notebook = folder / f"{NAME}.ipynb"
    notebook.unlink()
    os.mkfifo(notebook)


def _checks_is_a_link(folder: Path) -> None:
    checks = folder / "checks.json"
    checks.unlink()
    checks.symlink_to("/etc/passwd")


def _odd_names(folder: Path) -> None:
    (folder / ("n" * 250)).write_text("x")
    (folder / "a\nb\t\x1b[31m").write_text("x")
    (folder / os.fsdecode(b"\xff\xfe")).write_text("x")
    (folder / "-rf *; $(touch x)").write_text("x")


def _deep_folders(folder: Path) -> None:
    deep = folder
    for _ in range(200):
        deep = deep / "d"
        deep.mkdir()


attack(
    "link to the gradebook",
    "a file beside the notebook that is another",
    LIE,
    folder=_link_to_the_gradebook,
)
attack(
    "notebook is a link",
    "the work of another student by a link",
    LIE,
    folder=_notebook_is_a_link,
    earns_nothing=True,
)
attack(
    "notebook is a pipe",
    "a file that is never read to its end",
    LIE,
    folder=_notebook_is_a_pipe,
    earns_nothing=True,
)
attack(
    "checks is a link", "a file of the system in place of the checks", LIE, folder=_checks_is_a_link
)
attack("odd names", "file names that a shell or a terminal would obey", LIE, folder=_odd_names)
attack("folders without end", "folders nested two hundred deep", LIE, folder=_deep_folders)
