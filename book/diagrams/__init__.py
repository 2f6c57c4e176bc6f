"""The figures of the book: a module for each chapter, a function for each figure.

The module carries the chapter's name without its number, the function the figure's label without
``fig-``: ``lstm.lstm_cell`` draws ``fig-lstm-cell`` of ``06-lstm.md``. A schematic drawing takes
nothing; a plot takes what the page has measured. Each makes its own figure and returns nothing,
so that the page shows it as the output of its cell.
"""
