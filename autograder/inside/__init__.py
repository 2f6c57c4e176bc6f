"""What runs in the sandbox, beside the student; the other side believes nothing that it says.

This package is mounted into the sandbox as it is, alone: it imports nothing of `autograder` but
itself. In come frames with requests to run cells and call functions; out go frames with plain
values.

- `warm`: the fork server, which has imported what notebooks use; `confine` shuts each fork in.
- `serve`: what a box does for the examiner; `shell` runs cells as a notebook's kernel does.
- `wire`: the language in which values travel; `frames`: how its sentences are told apart.
"""
