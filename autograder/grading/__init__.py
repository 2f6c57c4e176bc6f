"""From one submission to a graded class, on this machine or many.

In come the names of students and a placement; out comes a report, and the gradebook is filled.
Work is a function of bytes (submission, bundle) to bytes (graded notebook) and verdicts, so
workers need no database and no shared disk. It promises that a run that is killed goes on where it
was. It may import everything but `authoring` and `nbgrader_hooks`.

- `placement.head_start`: launches a sandbox before the rest is imported, and so imports little.
- `bundle.Bundle`: all that is needed to grade one assignment.
- `one.grade_submission`: one submission.
- `class_run.begun`: a class, recorded by one writer; `class_report` is how it came out.
- `pool.pool`: what grades many at once: a `crew`, `local` or of a `dask` cluster.
"""
