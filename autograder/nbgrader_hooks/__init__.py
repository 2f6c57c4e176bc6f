"""What `nbgrader_config.py` names, so that nbgrader and the formgrader grade and show as we do.

In come nbgrader's notebooks and resources, out come the same, graded or made safe to show. It may
import everything but `authoring`; nothing imports it.

- `preprocessors`: the steps of `nbgrader autograde`.
- `feedback`: what students see of a graded notebook.
"""
