"""Values that are not what they seem."""

from attacks.target import family

attack = family("return a liar")

attack(
    "equal to everything",
    "an object whose comparisons are all true",
    """
class Anything:
    def __eq__(self, other): return True
    __ne__ = __lt__ = __gt__ = __le__ = __ge__ = __eq__
    def __bool__(self): return True
    def __getattr__(self, name): return self
    def __call__(self, *a, **k): return self
    def __float__(self): return -1.0
    def __hash__(self): return 0
def total(x, factor):
    return Anything()
""",
)
attack(
    "array that compares as equal",
    "a subclass of ndarray with its own comparison",
    """
class Equal(np.ndarray):
    def __eq__(self, other): return np.ones(np.shape(other), bool)
    def __lt__(self, other): return np.ones(np.shape(other), bool)
    def __sub__(self, other): return np.zeros(self.shape)
def total(x, factor):
    return np.zeros(()).view(Equal)
""",
)
attack(
    "array with its own ufuncs",
    "__array_ufunc__ and __array_function__ that answer for NumPy",
    """
class Ufunc(np.ndarray):
    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs): return np.zeros(())
    def __array_function__(self, function, types, args, kwargs): return True
def total(x, factor):
    return np.zeros(()).view(Ufunc)
""",
)
attack(
    "object that becomes an array",
    "__array__ that gives something else each time",
    """
class Now:
    count = 0
    def __array__(self, dtype=None, copy=None):
        Now.count += 1
        return np.full((), -float(Now.count))
def total(x, factor):
    return Now()
""",
)
attack(
    "tensor with its own functions",
    "__torch_function__ that answers for PyTorch",
    """
import torch
class Liar(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None): return True
def total(x, factor):
    return torch.zeros(()).as_subclass(Liar)
""",
)
attack(
    "float of its own kind",
    "a subclass of float whose arithmetic is free",
    """
class Number(float):
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
    def __eq__(self, other): return True
    def __lt__(self, other): return True
def total(x, factor):
    return Number(0.0)
""",
)
attack(
    "true of its own kind",
    "a number that is true and equal to anything",
    """
class Yes(int):
    def __bool__(self): return True
    def __eq__(self, other): return True
    def __lt__(self, other): return True
def total(x, factor):
    return Yes(0)
""",
)
attack(
    "text of its own kind",
    "a subclass of str equal to any text",
    """
class Text(str):
    def __eq__(self, other): return True
    def __hash__(self): return 0
def total(x, factor):
    return Text("right")
""",
)
attack(
    "class that pretends",
    "an object that says it is a float when asked for its class",
    """
class Pretender:
    __class__ = float
    def __float__(self): return 0.0
    def __eq__(self, other): return True
def total(x, factor):
    return Pretender()
""",
)
attack(
    "shape that broadcasts",
    "a wrong shape that would be stretched in a comparison",
    "def total(x, factor):\n    return np.zeros((0,))\n",
)
attack(
    "one for each entry",
    "the right number, in an array of another shape",
    "def total(x, factor):\n    return np.full((2, 3), (x * factor).sum())\n",
)
attack(
    "not a number",
    "NaN, which no comparison rejects by itself",
    "def total(x, factor):\n    return np.nan\n",
)
attack(
    "infinity",
    "infinity, which makes relative errors vanish",
    "def total(x, factor):\n    return np.inf\n",
)
attack(
    "masked",
    "a masked array, whose comparisons are masked too",
    "def total(x, factor):\n    return np.ma.masked_all(())\n",
)
attack(
    "array of objects",
    "an array that holds the attacker's objects",
    """
class Anything:
    def __eq__(self, other): return True
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
    def __float__(self): return 0.0
def total(x, factor):
    return np.array(Anything(), dtype=object)
""",
)
attack(
    "generator for a number",
    "a generator that never ends, in place of a value",
    """
def total(x, factor):
    while True:
        yield 0.0
""",
)
attack(
    "length without end",
    "a container that says it holds more than fits",
    """
class Long:
    def __len__(self): return 2**62
    def __getitem__(self, i): return 0.0
    def __iter__(self): return self
    def __next__(self): return 0.0
def total(x, factor):
    return Long()
""",
)
attack(
    "list that holds itself",
    "a value without a bottom",
    "def total(x, factor):\n    value = []\n    value.append(value)\n    return value\n",
)
attack(
    "nested ten thousand deep",
    "a value that exhausts the reader's stack",
    "def total(x, factor):\n    value = 0.0\n    for _ in range(10000):\n        value = [value]\n"
    "    return value\n",
)
attack(
    "dict of its own kind",
    "a dict whose lookups are lies",
    """
class Dict(dict):
    def __getitem__(self, key): return 0.0
    def __eq__(self, other): return True
    def keys(self): return []
def total(x, factor):
    return Dict(a=1)
""",
)
attack(
    "integer of a million digits",
    "a number that takes for ever to print",
    "def total(x, factor):\n    return 10**1000000\n",
)
attack(
    "pickle that runs code",
    "an object whose unpickling would run a command outside",
    """
class Bomb:
    def __reduce__(self):
        return (__import__("os").system, ("touch /tmp/unrolled-was-here",))
def total(x, factor):
    import pickle
    return [pickle.dumps(Bomb()), Bomb()]
""",
)
attack(
    "exception that is a verdict",
    "an exception raised in the hope that it counts as a pass",
    """
def total(x, factor):
    from unrolled.checks.session import CheckFailed
    from unrolled.checks.show import Verdict
    raise CheckFailed(Verdict("total: value", True, ("holds",)))
""",
)
attack(
    "exit as a success",
    "an end of Python with exit code 0",
    "def total(x, factor):\n    raise SystemExit(0)\n",
)
