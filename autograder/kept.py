"""What takes long to make, kept in a file beside the key of all that it depends on."""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any


def kept(path: Path, key: str, make: Callable[[], Any], anew: bool = False) -> Any:
    """Return what `make` gives, from a file where it was made for the same key before.

    Args:
        path: the file, which belongs to this alone.
        key: a hash of everything that the result depends on.
        make: makes it; the result is something that JSON can hold.
        anew: make it whatever the file holds, and keep that.
    """
    if not anew:
        # Not there, or not whole.
        with suppress(OSError, ValueError, KeyError, TypeError):
            found = json.loads(path.read_bytes())
            if found["key"] == key:
                return found["content"]
    content = make()
    # Where nothing can be written, it is made anew each time.
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(f".{os.getpid()}.new")
        new.write_text(json.dumps({"key": key, "content": content}), encoding="utf-8")
        new.replace(path)
    return content
