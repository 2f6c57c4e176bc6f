"""The course as nbgrader sees it; `nbgrader`, the formgrader and `autograder` read this file."""

from pathlib import Path

c = get_config()  # noqa: F821 (nbgrader provides it)

c.CourseDirectory.course_id = "unrolled"
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
# nbgrader's source notebooks are generated from solutions/ by `autograder build`. They lie in a
# folder of their own, because nbgrader releases every file that it finds beside them.
c.CourseDirectory.source_directory = "_build/source"
c.CourseDirectory.release_directory = "notebooks"

c.ClearSolutions.code_stub = {
    "python": (
        "# Write your code here, in place of the next line.\n"
        'raise NotImplementedError("not written yet: fill in this cell, run it, check again")'
    )
}
c.ClearSolutions.text_stub = "*Write your answer here, in place of this line.*"

# A submission is graded from a notebook made anew out of the source, into which only the student's
# texts are taken. This replaces nbgrader's own ClearOutput, DeduplicateIds, OverwriteKernelspec and
# OverwriteCells.
c.Autograde.exporter_class = "autograder.rebuild.SubmissionExporter"
c.Autograde.sanitize_preprocessors = [
    "autograder.rebuild.Rebuild",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# Seconds that one cell of a submission may take.
c.ExecutePreprocessor.timeout = 60
