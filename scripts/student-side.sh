#!/usr/bin/env bash
# Try what a student installs, without anything that instructors need: the package's own tests, and
# every released notebook from top to bottom, in which nothing is solved yet.
set -euo pipefail
cd "$(dirname "$0")/.."

for instructors in autograder.cli nbgrader; do
    if python -c "import $instructors" 2>/dev/null; then
        echo "student-side: $instructors can be imported here; use an environment of its own" >&2
        exit 1
    fi
done
python -m pytest -q --noconftest tests/unit/test_{checks,values,data,figures}.py
for notebook in notebooks/*/*.ipynb; do
    # Exit code 1: it ran, and points are missing.
    code=0
    said=$(python -m unrolled check "$notebook") || code=$?
    if [ "$code" -ne 1 ] || [[ $said != *" 0 of "* ]]; then
        echo "student-side: $notebook: exit code $code" >&2
        echo "$said" >&2
        exit 1
    fi
done
echo "The student side works with Python $(python -c 'import platform; print(platform.python_version())')."
