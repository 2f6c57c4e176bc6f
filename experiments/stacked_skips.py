"""Chapter 10's stacks of two to four layers again, with skips between the layers.

    python experiments/stacked_skips.py          about 4 minutes on one core

Everything else is as in `stacked_depth.py`. Result: experiments/stacked_skips.json, read by the
page. Seeds 0, 1, 2.
"""

from __future__ import annotations

from stacked_depth import store

if __name__ == "__main__":
    store(__file__, (2, 3, 4), skips=True)
