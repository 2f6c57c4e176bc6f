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
# texts are taken. The student's code runs in a sandbox, and the tests outside of it.
c.Autograde.exporter_class = "autograder.nbgrader_hooks.preprocessors.SubmissionExporter"
c.Autograde.sanitize_preprocessors = [
    "autograder.nbgrader_hooks.preprocessors.Rebuild",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    "autograder.nbgrader_hooks.preprocessors.Examine",
    # With late penalties, by c.AssignLatePenalties.plugin_class.
    "autograder.nbgrader_hooks.preprocessors.Record",
    "nbgrader.preprocessors.CheckCellMetadata",
]
# What one submission may use up. These are the defaults:
# c.Limits.cpu_per_cell = 30  # seconds of processor time
# c.Limits.wall_per_cell = 60  # seconds on the clock
# c.Limits.wall_per_submission = 120
# c.Limits.memory = 2 * 2**30  # bytes
# c.Limits.processes = 64  # beyond those that PyTorch starts
# c.Limits.files = 64 * 2**20  # bytes, of all files together
# c.Limits.output_per_cell = 2**20  # bytes; the rest is cut
# c.Limits.reply = 64 * 2**20  # bytes of one value that a function returns

# Students see no hidden tests, and HTML that they wrote does not run in anybody's browser.
c.GenerateFeedback.preprocessors = [
    "autograder.nbgrader_hooks.feedback.HideTests",
    "nbgrader.preprocessors.GetGrades",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]
c.HTMLExporter.sanitize_html = True
c.HTMLExporter.filters = {
    "clean_html": "autograder.nbgrader_hooks.feedback.clean_html",
    "markdown2html": "autograder.nbgrader_hooks.feedback.markdown2html",
}
