"""`python -m unrolled check NOTEBOOK`: run a notebook from top to bottom and print its score."""

import argparse
import sys
from pathlib import Path


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 0 if every check passes, 1 if one does not, 2 if it could not run."""
    parser = argparse.ArgumentParser(prog="python -m unrolled", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser(
        "check",
        help="run a notebook in a fresh kernel and print which checks pass",
        description="Runs a notebook from top to bottom in a fresh kernel, as grading does, and "
        "prints which checks pass. The file is not changed. Exit code: 0 if every check passes, "
        "1 if one does not, 2 if the notebook could not be run.",
    )
    check.add_argument("notebook", type=Path, help="the .ipynb file to check")
    options = parser.parse_args(arguments)

    from unrolled.run import NotebookError, run_notebook

    try:
        report = run_notebook(options.notebook, progress=sys.stderr)
    except NotebookError as error:
        print(f"unrolled: {error}", file=sys.stderr)
        return 2
    print(report.text())
    return 0 if report.all_passed else 1


if __name__ == "__main__":
    sys.exit(main())
