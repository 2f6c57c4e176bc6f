"""Run the pages of the book whose outputs are not in the cache, as many at once as there are cores.

    python scripts/run_pages.py                # all of them
    python scripts/run_pages.py 06-lstm        # only this one; 1 if it fails

Jupyter Book runs one page after the other. It takes from its cache what is there, so the pages are
run here first, by the cache's own parallel executor. A page that fails is left to Jupyter Book,
which runs it again and shows where.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

from refresh_pages import ROOT, code_of, refresh

SECONDS_PER_CELL = 120


def run(root: Path = ROOT, only: Collection[str] = ()) -> list[str]:
    """Run what is not in the cache, of some pages or of all; return the pages that ran."""
    from jupyter_cache import get_cache
    from jupyter_cache.executors import load_executor

    cache = get_cache(root / "_build" / ".jupyter_cache")
    for record in cache.list_project_records():
        if not Path(record.uri).exists():  # a page that was renamed since
            cache.remove_nb_from_project(record.pk)
    reader = {"name": "myst_nb_md", "type": "plugin"}
    for page in sorted((root / "book").rglob("*.md")):
        if code_of(page):
            cache.add_nb_to_project(str(page), read_data=reader)
    waiting = [
        record.uri for record in cache.list_unexecuted() if Path(record.uri).is_relative_to(root)
    ]
    if only:
        waiting = [uri for uri in waiting if Path(uri).stem in only]
    # One page gains nothing by being run ahead of the build.
    if len(waiting) > 1 or (waiting and only):
        with _one_thread_each():
            executor = load_executor("local-parallel", cache)
            executor.run_and_cache(filter_uris=waiting, timeout=SECONDS_PER_CELL)
    return [Path(uri).relative_to(root).as_posix() for uri in waiting]


def failed(pages: Collection[str], root: Path = ROOT) -> list[str]:
    """Return those of the pages that ran into an error, which the executor has logged."""
    from jupyter_cache import get_cache

    records = get_cache(root / "_build" / ".jupyter_cache").list_project_records()
    names = (
        Path(record.uri).relative_to(root).as_posix() for record in records if record.traceback
    )
    return [name for name in names if name in pages]


@contextlib.contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let each page compute on one core; pages that share cores wait for each other's threads."""
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["OMP_NUM_THREADS"]
        else:
            os.environ["OMP_NUM_THREADS"] = before


def main() -> int:
    only = sys.argv[1:]
    if only:
        refresh()
    ran = run(only=only)
    wrong = failed(ran) if only else []
    for page in ran:
        print(f"{page}: failed, see above" if page in wrong else f"ran {page}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
