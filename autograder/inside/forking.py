"""Make forks of this process cheap.

A fork copies the table that says where each page of memory lies, 4 KiB a page, and the child's
end undoes it: with PyTorch imported that is more work than anything else a sandbox costs. With
pages of 2 MiB the table is short. Linux makes such pages on request (6.1 and newer at once).
"""

import ctypes
import gc
from contextlib import suppress
from pathlib import Path

_HUGE = 2 << 20
_ADVISE_HUGE, _COLLAPSE = 14, 25


def make_cheap() -> None:
    """Call once, after everything has been imported and before the first fork."""
    gc.collect()
    # The collector writes to each object it looks at, and what is written to is copied.
    gc.freeze()
    with suppress(OSError, AttributeError):
        _use_large_pages()


def _use_large_pages() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    for line in Path("/proc/self/maps").read_text().splitlines():
        words = line.split()
        # The heap, and memory with no name: what malloc and Python's own allocator hold.
        if words[1] != "rw-p" or words[5:] not in ([], ["[heap]"]):
            continue
        start, end = (int(number, 16) for number in words[0].split("-"))
        start, end = -(-start // _HUGE) * _HUGE, end // _HUGE * _HUGE
        if start < end:
            # A kernel that does not know or will not do it leaves everything as it is.
            libc.madvise(start, end - start, _ADVISE_HUGE)
            libc.madvise(start, end - start, _COLLAPSE)
