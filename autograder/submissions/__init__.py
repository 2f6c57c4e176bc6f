"""From a file that a student handed in to a notebook that can be trusted.

In come bytes under `submitted/` and the assignment as it was handed out; out comes the
instructor's own notebook with the student's texts in it, and a list of what was put right on the
way. Nothing is run, and of what is read only types, texts and plain settings are believed. It may
import `cells`.

- `files.read_submission`: what lies in the student's folder, read without leaving it.
- `parse.read_cells`: a notebook out of any bytes, in spite of honest damage.
- `handout.Handout`: the assignment as students got it.
- `matching_by_id.Matching`: which submitted cell counts as which.
- `rebuild.rebuild_file`: the notebook to grade.
- `repair_report.Repair`: what was put right, and how the student is told.
"""
