"""What the text of one cell says: its markers, the names that it sets and the ones that it needs.

In comes the text of a cell, or a cell as nbgrader marks it; out come facts about it. Nothing is
run. Everybody may ask; this package imports nothing of `autograder`.

- `markers`: where solutions and hidden tests begin and end, and what nbgrader says of a cell.
- `names`: which names code binds and loads.
"""
