"""A place in which what a student wrote can run and reach nothing.

In come the files of an assignment and limits; out comes a box, a process of its own, to which
frames of bytes are sent and from which frames come back. It promises that a box sees no network,
no other submission and no file of the instructor, ends at its limits, and leaves nothing behind.
It may import `inside`, which is the half of it that runs beside the student.

- `sandbox.Sandbox`: starts a fork server shut in by bubblewrap; `Sandbox.open` gives a box.
- `box.Box`: one submission's process, watched.
- `visible_files`: what can be seen of the disk in there.
- `usage`: what a box uses; `stops.Stop`: why one was stopped.
"""
