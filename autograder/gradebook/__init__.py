"""Where grades are kept: nbgrader's gradebook, the graded notebooks, the audit log.

In comes a graded notebook; out come rows, files and a line. It promises that a submission is
recorded whole or not at all, at whatever point it is killed. It may import nothing that grades.

- `writer.Writer.record`: one graded notebook into the gradebook, in one transaction.
- `overview.Overview`: what the gradebook holds of a whole class.
- `points`: the points of one cell, by nbgrader's rules.
- `graded_files.GradedFiles`: what lies in `autograded/`, and in which order it is written.
- `audit.append`: what was graded, with what, and the result.
"""
