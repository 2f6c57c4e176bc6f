"""Remote names: a test runs unchanged whether the student's functions are here or in a box."""

from collections.abc import Iterator

import pytest
from support.examined import Exam, grade, sandboxes, small

from autograder.errors import CourseError


@pytest.fixture(scope="module", autouse=True)
def boxes() -> Iterator[None]:
    with sandboxes():
        yield


def passes(exam: Exam) -> None:
    """That the paper's own solution passes, with all that it is checked for."""
    seen = grade(exam)
    assert seen.verdicts["test"].passed, seen.verdicts["test"].message


@pytest.mark.parametrize(
    "value",
    [
        "None",
        "True",
        "2**70",
        "-1.5",
        "2 - 3j",
        "'text'",
        "b'bytes'",
        "[1, [2.5, 'a'], None]",
        "(1, (2, 3))",
        "{'a': 1, 2: [3]}",
        "{1, 2}",
        "frozenset([1])",
        "slice(1, None, 2)",
        "range(3)",
        "...",
        "np.float32(1.5)",
        "np.int8(3)",
        "np.bool_(True)",
        "np.str_('text')",
        "np.dtype('float32')",
        "float('inf')",
    ],
)
def test_a_plain_value_comes_back_as_it_went(value: str) -> None:
    passes(
        small(
            "def f(x):\n    return x",
            f"x = {value}\nback = f(x)\n"
            "check.that('equal', back == x)\n"
            "check.that('of the same type', type(back) is type(x))",
        )
    )


def test_arrays_and_tensors_come_back_as_they_went() -> None:
    passes(
        small(
            "def f(x):\n    return x.detach() if hasattr(x, 'detach') else x",
            "for x in (np.arange(6.0).reshape(2, 3).T[::-1], np.zeros((0, 3)), np.array(2),\n"
            "          np.array(['a', 'bc']), np.array([1 + 2j], dtype='complex64')):\n"
            "    back = f(x)\n"
            "    assert type(back) is np.ndarray and back.dtype == x.dtype\n"
            "    assert back.shape == x.shape and (back == x).all()\n"
            "import torch\n"
            "t = f(torch.tensor([1.0, 2.0], requires_grad=True))\n"
            "assert type(t) is torch.Tensor and not t.requires_grad and t.tolist() == [1.0, 2.0]\n"
            "check('done', 1)",
        )
    )


def test_arrays_arrive_with_strides_type_and_flags() -> None:
    passes(
        small(
            "def f(*arrays):\n"
            "    return [(a.strides, a.dtype.str, a.flags.writeable, a.flags.f_contiguous)\n"
            "            for a in arrays]",
            "wide = np.arange(24.0, dtype='float32').reshape(4, 6)\n"
            "fixed = np.ones(2)\nfixed.flags.writeable = False\n"
            "arrays = [wide, wide.T, wide[:, ::-2], wide[1:, 2:4], fixed,\n"
            "          np.asfortranarray(wide), np.broadcast_to(1.0, (2, 3))]\n"
            "mine = [(a.strides, a.dtype.str, a.flags.writeable, a.flags.f_contiguous)\n"
            "        for a in arrays]\n"
            "assert f(*arrays) == mine\n"
            "check('done', 1)",
        )
    )


def test_one_object_given_twice_is_one_object_there() -> None:
    passes(
        small(
            "def f(a, b, items):\n    return a is b and items[0] is a",
            "x = np.zeros(2)\ncheck.that('the same', f(x, x, [x]))",
        )
    )


def test_what_a_function_changes_in_place_is_changed_here() -> None:
    passes(
        small(
            "def f(x, view, items, params, numbers):\n"
            "    x[0] = 7.0\n"
            "    view += 1\n"
            "    items.append([1])\n"
            "    items[0].append(2)\n"
            "    params['W'] *= 2\n"
            "    params['b'] = 'new'\n"
            "    numbers.add(3)",
            "x, whole, numbers = np.zeros(2), np.zeros((2, 4)), {1}\n"
            "inner = []\n"
            "items, params = [inner], {'W': np.ones(3), 'old': 1}\n"
            "W = params['W']\n"
            "f(x, whole[:, ::2], items, params, numbers)\n"
            "check('x after a call', x)\n"
            "check('whole after a call', whole)\n"
            "check('W after a call', W)\n"
            "assert items == [[2], [1]] and inner == [2] and items[0] is inner\n"
            "assert params['b'] == 'new' and params['W'] is W and numbers == {1, 3}",
        )
    )


def test_what_is_changed_before_an_exception_is_changed_here() -> None:
    passes(
        small(
            "def f(x):\n    x[0] = 7.0\n    raise ValueError",
            "x = np.zeros(2)\n"
            "try:\n    f(x)\nexcept ValueError:\n    pass\n"
            "check('x after a call', x)",
        )
    )


def test_a_read_only_array_cannot_be_changed() -> None:
    exam = small(
        "def f(x):\n    return x.sum()",
        "x = np.ones(3)\nx.flags.writeable = False\ncheck('sum', f(x))",
    )
    message = grade(exam, "def f(x):\n    x += 1\n    return x.sum()").verdicts["test"].message
    assert message.startswith("your `f` raised ValueError: output array is read-only")


CACHE = """\
from collections import namedtuple

Cache = namedtuple("Cache", "x y")


class Tape:
    def __init__(self, x):
        self.x = x


def f(x):
    return x * 2, Cache(x, x + 1), Tape(x)


def back(cache, tape):
    return cache.y - tape.x
"""


def test_a_cache_of_any_kind_is_handed_back_as_it_is() -> None:
    passes(
        small(
            CACHE,
            "x = np.arange(3.0)\n"
            "y, cache, tape = f(x)\n"
            "check('y', y)\n"
            "check('back', back(cache, tape))\n"
            "check('an attribute', cache.x)\n"
            "check('an item', cache[1])\n"
            "first, second = cache\n"
            "check('unpacked', second)\n"
            "check('length', len(cache))\n"
            "check('the tuple itself', cache)",
        )
    )


def test_a_function_given_back_can_be_called() -> None:
    passes(
        small(
            "def f(a):\n    def g(b):\n        return a + b\n    return g",
            "g = f(2)\ncheck('called', g(3))\ncheck('again', g(np.ones(2)))",
        )
    )


COUNTER = """\
class Counter:
    step = 1

    def __init__(self, start=0):
        self.count = start

    def up(self, by=1):
        self.count += by * self.step
        return self.count

    def __call__(self, x):
        return x + self.count

    def __len__(self):
        return self.count

    def __getitem__(self, i):
        return i * self.count

    def __setitem__(self, i, value):
        self.count = i + value

    def __contains__(self, x):
        return x == self.count

    def __eq__(self, other):
        return self.count == other.count

    def __lt__(self, other):
        return self.count < other.count

    def __add__(self, other):
        return Counter(self.count + (other.count if isinstance(other, Counter) else other))

    __radd__ = __add__

    def __neg__(self):
        return Counter(-self.count)

    def __bool__(self):
        return self.count != 0
"""


def test_classes_keep_their_state_and_their_operators() -> None:
    passes(
        small(
            COUNTER,
            "one, other = Counter(), Counter(start=5)\n"
            "check('counts', [one.up(), one.up(by=3), one.count, other.count])\n"
            "check('called', other(np.ones(2)))\n"
            "check('an item', other[2])\n"
            "check('a class attribute', Counter.step)\n"
            "other[1] = 10\n"
            "check('after an item was set', other.count)\n"
            "one.count = 2\n"
            "check('after an attribute was set', [one.up(), len(one)])\n"
            "check.that('contains', 3 in one and 4 not in one)\n"
            "check('sums', [(one + other).count, (one + 1).count, (1 + one).count, (-one).count])\n"
            "check.that('compared', one < other and one == one and one + 8 == other)\n"
            "check.that('is one', isinstance(one, Counter) and not isinstance(3, Counter))\n"
            "check.that('true', bool(one) and not Counter())\n"
            "check.that('has', hasattr(one, 'up') and not hasattr(one, 'down'))",
            of="Counter",
        )
    )


def test_generators_give_one_item_after_the_other() -> None:
    passes(
        small(
            "shown = []\n\n\ndef f(n):\n    for i in range(n):\n        shown.append(i)\n"
            "        yield i * 1.5\n\n\ndef asked():\n    return list(shown)",
            "g = f(4)\n"
            "check('first', next(g))\n"
            "check('no further than asked', asked())\n"
            "check('rest', list(g))\n"
            "check('over', [next(g, None)])\n"
            "check('in a loop', [x + 1 for x in f(3)])\n"
            "check('none', list(f(0)))",
        )
    )


def test_a_function_of_the_test_can_be_called_back() -> None:
    passes(
        small(
            "def f(function, x, eps=1e-4):\n"
            "    gradient = np.zeros_like(x)\n"
            "    for i in range(x.size):\n"
            "        step = np.zeros_like(x)\n"
            "        step[i] = eps\n"
            "        gradient[i] = (function(x + step) - function(x - step)) / (2 * eps)\n"
            "    return gradient\n\n\n"
            "def loss(W, x=2.0):\n    return (W**2).sum() * x",
            "W = np.array([1.0, 2.0, 3.0])\n"
            "check('of a lambda', f(lambda v: (v**3).sum(), W))\n"
            "check('of the student own', f(loss, W))\n"
            "check('of one that calls the student own', f(lambda v: loss(v, x=3.0), W))\n"
            "check('of a library function', f(np.sum, W))",
        )
    )


def test_an_exception_in_a_function_of_the_test_goes_through_the_student_code() -> None:
    passes(
        small(
            "def f(function):\n"
            "    try:\n        return function(0)\n"
            "    except ZeroDivisionError:\n        return 'caught'",
            "def divide(x):\n    return 1 / x\n\n\n"
            "def fail(x):\n    raise KeyError(x)\n\n\n"
            "assert f(divide) == 'caught'\n"
            "try:\n    f(fail)\nexcept KeyError:\n    pass\nelse:\n    raise AssertionError\n"
            "check('done', 1)",
        )
    )


def test_a_function_of_a_setup_cell_is_the_box_own() -> None:
    passes(
        small(
            "def f(function, kind):\n    return function.__name__, kind is np.float32",
            "name, same = f(double, np.float32)\ncheck('name', name)\ncheck.that('type', same)",
            setup="def double(x):\n    return 2 * x",
        )
    )


def test_a_setup_function_is_pristine_even_if_the_student_replaces_it() -> None:
    exam = small(
        "def f(function):\n    return function(2)",
        "check('doubled', f(double))",
        setup="def double(x):\n    return 2 * x",
    )
    work = "def double(x):\n    return 0\n\n\ndef f(function):\n    return function(2)"
    assert grade(exam, work).verdicts["test"].passed


@pytest.mark.parametrize(
    ("raised", "caught"),
    [
        ("ValueError('no')", "ValueError"),
        ("KeyError('k')", "LookupError"),
        ("OSError(2, 'gone')", "OSError"),
        ("UnicodeDecodeError('utf-8', b'x', 0, 1, 'no')", "UnicodeDecodeError"),
        ("StopIteration()", "StopIteration"),
        ("type('Own', (IndexError,), {})()", "IndexError"),
        ("np.linalg.LinAlgError()", "ValueError"),
        ("np.exceptions.AxisError('x')", "ValueError"),
        ("type('Own', (Exception,), {})()", "Exception"),
        ("NotImplementedError", "RuntimeError"),
        ("AssertionError('a')", "AssertionError"),
        ("MemoryError()", "MemoryError"),
        ("SyntaxError('s')", "SyntaxError"),
        ("ImportError('i')", "ImportError"),
    ],
)
def test_a_test_can_catch_an_exception_by_its_class(raised: str, caught: str) -> None:
    passes(
        small(
            f"def f(x):\n    raise {raised}",
            f"try:\n    f(1)\nexcept {caught} as error:\n    said = str(error)\n"
            "else:\n    raise SystemError\ncheck('done', 1)",
        )
    )


def test_what_a_class_raises_says_what_it_said() -> None:
    passes(
        small(
            "def f(x):\n    raise ValueError(f'x is {x}')",
            "try:\n    f(3)\nexcept ValueError as error:\n    check('text', str(error))",
        )
    )


def test_variables_of_the_student_can_be_read() -> None:
    exam = small(
        "rate = 0.5\nnames = ['a']\n\n\ndef f(x):\n    return x * rate",
        "check('rate', rate)\ncheck('f', f(2.0))\nassert names == ['a']",
    )
    passes(exam)
    message = grade(exam, "def f(x):\n    return x").verdicts["test"].message
    assert message == "`rate` is not defined: no cell defines it"


def test_hidden_tests_go_on_from_the_visible_ones() -> None:
    passes(
        small(
            COUNTER,
            "one = Counter()\nx = np.zeros(2)\ncheck('first', one.up())\nx += 1",
            hidden="check('second', one.up())\ncheck('x', x)",
            of="Counter",
        )
    )


def test_a_plain_assert_is_a_test_too() -> None:
    exam = small(
        "def f(x):\n    return x + 1",
        "y = f(1)\nassert y == 2, f'two, not {y}'\ncheck('y', y)",
        hidden="assert f(5) == 6, 'secret'",
    )
    passes(exam)
    verdict = grade(exam, "def f(x):\n    return 3").verdicts["test"]
    assert verdict.message.startswith(
        "AssertionError: two, not 3\n  in line 2 of this cell: assert"
    )
    verdict = grade(exam, "def f(x):\n    return 2").verdicts["test"]
    assert (verdict.hidden, verdict.message) == (True, "a hidden test failed")


def test_random_numbers_are_the_same_on_both_sides() -> None:
    exam = small(
        "import random\n\n\ndef f():\n    return np.random.rand(), random.random()",
        "import random\n"
        "print('the same', f() == (np.random.rand(), random.random()))\n"
        "check.that('numbers', f()[0] < 1)",
    )
    assert "the same True" in grade(exam).text("test")


def test_draws_of_numbers_do_not_depend_on_what_ran_before() -> None:
    exam = small("def f():\n    return np.random.rand()", "f()\ncheck.that('a number', f() < 1)")
    drawn = [
        grade(
            exam,
            f"np.random.seed({seed})\nprint(1)\n\n\ndef f():\n    x = np.random.rand()\n"
            "    print(x)\n    return x",
        ).text("test")
        for seed in (1, 2)
    ]
    assert drawn[0] == drawn[1]


def test_an_author_is_told_what_cannot_be_sent() -> None:
    exam = small("def f(x):\n    return 1", "check('f', f(object()))")
    with pytest.raises(CourseError, match=r"cell 'test': a test gives `f` a value of type object"):
        grade(exam)


NUMBER, ARRAY = "2", "np.ones((2, 2), int)"


@pytest.mark.parametrize(
    ("test", "right"),
    [
        ("f(1) + 1", NUMBER),
        ("2 * f(1)", NUMBER),
        ("np.ones(2) * f(1)", NUMBER),
        ("f(1) == 2", NUMBER),
        ("f(1) < 2", NUMBER),
        ("f(1) == f(1)", NUMBER),
        ("-f(1)", NUMBER),
        ("abs(f(1))", NUMBER),
        ("float(f(1))", NUMBER),
        ("bool(f(1))", NUMBER),
        ("[1, 2, 3][f(1)]", NUMBER),
        ("range(f(1))", NUMBER),
        ("2 in f(1)", ARRAY),
        ("f(1).shape", ARRAY),
        ("f(1).sum()", ARRAY),
        ("f(1)[:, 0]", ARRAY),
        ("f(1)[np.array([0])]", ARRAY),
        ("np.sum(f(1))", ARRAY),
        ("np.asarray(f(1))", ARRAY),
        ("np.allclose(f(1), 2)", ARRAY),
        ("np.array([f(1)])", ARRAY),
    ],
)
def test_an_object_does_not_stand_in_for_a_value(test: str, right: str) -> None:
    """In one process it would say yes, whatever is asked."""
    exam = small(f"def f(x):\n    return {right}", f"check.that('it', ({test}) is not None)")
    assert grade(exam).verdicts["test"].passed
    liar = """\
class Yes:
    def __getattr__(self, name): return Yes()
    def __call__(self, *a, **k): return True
    def __eq__(self, other): return True
    __lt__ = __add__ = __radd__ = __mul__ = __rmul__ = __contains__ = __eq__
    def __getitem__(self, key): return True
    def __neg__(self): return True
    __bool__ = __abs__ = __neg__
    def __float__(self): return 2.0
    def __index__(self): return 0
    def __len__(self): return 1
    def __array__(self, *a, **k): return np.full((), 2.0)


def f(x):
    return Yes()
"""
    message = grade(exam, liar).verdicts["test"].message
    assert message.startswith("your `f` returned an object of type Yes where a value is needed")
