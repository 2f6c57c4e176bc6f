"""The entry point of `autograder`, which says in one line what is missing where it cannot start."""

import atexit
import gc
import sys


def main() -> None:
    """Run the command line, or say how to install what it needs."""
    try:
        from autograder.cli import main as run
    except ModuleNotFoundError as error:
        print(
            f"autograder: the package {error.name} is missing, which instructors need and students "
            'do not; install the course with pip install ".[grading]"',
            file=sys.stderr,
        )
        sys.exit(2)
    # At its end Python looks for garbage among all that was ever imported, to give it back to the
    # system, which takes it all a moment later.
    atexit.register(gc.freeze)
    run()


if __name__ == "__main__":
    main()
