"""From what an author writes in `solutions/` to what students get in `notebooks/`.

In comes an assignment's source with its catalogue of mistakes; out come the notebook, the recorded
values of its checks, a verdict on its tests, a class that never was. Only the author's own code
runs here, in this process. It may import everything that grades; nothing that grades imports it.

- `new.new_chapter`: a small chapter to begin with, from the templates in `template/`.
- `source.read_assignment`: parse and validate a source; `assignment.Assignment` is what it gives.
- `catalogue.read_catalogue`: the known mistakes, and right implementations written differently.
- `expected.record`: what the solution and each known mistake give at every check.
- `build.build`: the student's notebook, through nbgrader's own release.
- `selftest.selftest`: whether the tests tell right from wrong.
- `simulate.simulate`: a class to try things on.
"""
