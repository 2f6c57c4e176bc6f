"""Unrolled, instructor side: from an assignment's source to a graded class."""
