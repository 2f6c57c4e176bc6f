"""Attacks on what compares and counts: patches of libraries, hooks of the shell and of Python."""

from attacks.target import family

attack = family("replace the judge")
LIE = "\ndef total(x, factor):\n    return 0.0\n"

attack(
    "numpy.testing patched",
    "assertions of NumPy that never fail",
    "import numpy.testing\n"
    "for name in dir(numpy.testing):\n"
    "    if name.startswith('assert'):\n"
    "        setattr(numpy.testing, name, lambda *a, **k: None)" + LIE,
)
attack(
    "comparisons of numpy patched",
    "allclose, isclose and array_equal that say yes",
    "import numpy as np\n"
    "np.allclose = np.array_equal = lambda *a, **k: True\n"
    "np.isclose = lambda a, b, **k: np.ones(np.shape(b), bool)" + LIE,
)
attack(
    "builtins patched",
    "abs, len, max, isinstance and bool that please the comparison",
    "import builtins\n"
    "builtins.abs = lambda value: 0.0\n"
    "builtins.all = lambda items: True\n"
    "builtins.isinstance = lambda *a: True" + LIE,
)
attack(
    "AssertionError replaced",
    "failures of a class that nobody looks for",
    "import builtins\nclass Quiet(BaseException):\n    pass\nbuiltins.AssertionError = Quiet" + LIE,
)
attack(
    "Checks patched",
    "checks that compare nothing",
    "import unrolled\n"
    "from unrolled.checks import session\n"
    "session.Checks.__call__ = session.Checks.that = lambda *a, **k: None\n"
    "session.Checks._judge = lambda *a, **k: None" + LIE,
)
attack(
    "check replaced",
    "the name check bound to something else",
    "class Yes:\n"
    "    def __call__(self, *a, **k): pass\n"
    "    def __getattr__(self, name): return self\n"
    "check = Yes()" + LIE,
)
attack(
    "comparison module replaced",
    "the comparison that checks use, replaced in its module",
    "import unrolled.checks.compare as compare, unrolled.checks.session as session\n"
    "right = compare.Comparison(True, ('ok',), '')\n"
    "compare.compare = session.compare = lambda *a, **k: right" + LIE,
)
attack(
    "modules poisoned",
    "modules that are imported later are the attacker's",
    "import sys, types\n"
    "for name in list(sys.modules):\n"
    "    if name.startswith(('unrolled', 'numpy.testing', 'unittest', 'autograder')):\n"
    "        sys.modules[name] = types.ModuleType(name)" + LIE,
)
attack(
    "path poisoned",
    "a file of the attacker's shadows a module of the grader",
    "import sys, pathlib\n"
    "for name in ('autograder', 'unrolled', 'msgpack', 'json'):\n"
    "    pathlib.Path(name + '.py').write_text('def __getattr__(name): return lambda *a, **k: True')\n"
    "sys.path.insert(0, '.')" + LIE,
)
attack(
    "unittest patched",
    "assertions of unittest that never fail",
    "import unittest\n"
    "for name in dir(unittest.TestCase):\n"
    "    if name.startswith('assert'):\n"
    "        setattr(unittest.TestCase, name, lambda *a, **k: None)" + LIE,
)
attack(
    "transformer drops assertions",
    "cells compiled without their assert statements and checks",
    "import ast\n"
    "class Drop(ast.NodeTransformer):\n"
    "    def visit_Assert(self, node): return ast.Pass()\n"
    "    def visit_Expr(self, node): return ast.Pass()\n"
    "get_ipython().ast_transformers.append(Drop())" + LIE,
)
attack(
    "input transformer empties cells",
    "the text of test cells is thrown away before it runs",
    "shell = get_ipython()\n"
    "drop = lambda lines: [] if any('check' in line for line in lines) else lines\n"
    "shell.input_transformers_post.append(drop)\n"
    "shell.input_transformer_manager.line_transforms.append(drop)" + LIE,
)
attack(
    "run_cell replaced",
    "a shell that reports success for everything",
    "shell = get_ipython()\n"
    "old = shell.run_cell\n"
    "def run_cell(source, *a, **k):\n"
    "    result = old('pass', *a, **k)\n"
    "    result.error_in_exec = result.error_before_exec = None\n"
    "    return result\n"
    "shell.run_cell = run_cell" + LIE,
)
attack(
    "exception handler swallows",
    "exceptions that are shown as nothing",
    "shell = get_ipython()\n"
    "shell.set_custom_exc((BaseException,), lambda *a, **k: None)\n"
    "shell.showtraceback = lambda *a, **k: None" + LIE,
)
attack(
    "hooks around cells",
    "code that runs before and after each cell and clears errors",
    "import sys\n"
    "shell = get_ipython()\n"
    "def clean(*a):\n"
    "    sys.last_value = None\n"
    "shell.events.register('pre_run_cell', clean)\n"
    "shell.events.register('post_run_cell', clean)\n"
    "sys.excepthook = sys.unraisablehook = lambda *a: None" + LIE,
)
attack(
    "display replaced",
    "outputs that are not what was printed",
    "import sys\n"
    "sys.displayhook = lambda value: None\n"
    "class Out:\n"
    "    def write(self, text): return len(text)\n"
    "    def flush(self): pass\n"
    "sys.stdout = sys.stderr = Out()" + LIE,
)
attack(
    "trace function edits results",
    "a tracer that changes local variables of whoever calls",
    "import sys\n"
    "def trace(frame, event, arg):\n"
    "    frame.f_locals['right'] = True\n"
    "    return trace\n"
    "sys.settrace(trace)\n"
    "sys.setprofile(trace)" + LIE,
)
attack(
    "exit handlers",
    "code that runs when the process ends or forks",
    "import atexit, os\n"
    "atexit.register(lambda: print('all points'))\n"
    "os.register_at_fork(after_in_child=lambda: print('all points'))" + LIE,
)
attack(
    "runner rewritten",
    "the code that answers for the sandbox, patched from inside",
    "import gc, sys, types\n"
    "for name, module in list(sys.modules.items()):\n"
    "    if name.startswith('autograder'):\n"
    "        for key, thing in list(vars(module).items()):\n"
    "            if isinstance(thing, types.FunctionType) and key in ('encode', 'reply', 'compare'):\n"
    "                setattr(module, key, lambda *a, **k: b'\\x00')" + LIE,
)
attack(
    "forged frames",
    "answers written to every open file before the question is asked",
    "import os\n"
    "for number in range(3, 64):\n"
    "    try:\n"
    "        os.write(number, b'\\x00\\x00\\x00\\x05\\x81\\xa2ok\\xc3' * 20)\n"
    "    except OSError:\n"
    "        pass" + LIE,
)
attack(
    "frames swapped while called",
    "an answer of the attacker's own in place of the real one, from a thread",
    "import os, threading\n"
    "def total(x, factor):\n"
    "    def write():\n"
    "        for number in range(3, 64):\n"
    "            try:\n"
    "                os.write(number, b'\\x00\\x00\\x00\\x01\\xc3')\n"
    "            except OSError:\n"
    "                pass\n"
    "    thread = threading.Thread(target=write)\n"
    "    thread.start()\n"
    "    thread.join()\n"
    "    return 0.0\n",
)
attack(
    "environment edited",
    "variables that tell the checks that nobody grades",
    "import os\n"
    "os.environ.pop('NBGRADER_EXECUTION', None)\n"
    "os.environ['PYTHONOPTIMIZE'] = '2'" + LIE,
)
attack(
    "recorded values rewritten",
    "a checks.json in which the attacker's value is the right one",
    "import pathlib\n"
    "text = pathlib.Path('checks.json').read_text()\n"
    "import re\n"
    "pathlib.Path('checks.json').write_text(re.sub(r'\"values\": \\[[^]]*\\]', '\"values\": [0.0]', text))"
    + LIE,
)
attack(
    "arguments rewritten",
    "inputs changed in place so that a wrong result fits",
    "def total(x, factor):\n    x[...] = 0.0\n    return 0.0\n",
)
