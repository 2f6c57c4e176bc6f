"""How messages write what is not theirs: names of files, sizes."""

from autograder.limits import GIB, MIB


def printable(name: str) -> str:
    """A file name as it can be printed: names may hold line ends and bytes of no encoding."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)


def size(count: int) -> str:
    """A number of bytes, in the largest unit of which there is one."""
    return f"{count / GIB:g} GiB" if count >= GIB else f"{count / MIB:g} MiB"
