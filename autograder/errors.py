"""The one exception whose text is shown to an instructor as it is."""


class CourseError(Exception):
    """Something in the course is not as it must be.

    The text is one line: what is wrong, in which file and cell, and what to do.
    """
