"""What the pages of the book measure, where the code for it teaches nothing.

The module carries the chapter's name without its number. What belongs to the chapter's subject (a
network, its step, its training) stays on the page; here is what holds it against PyTorch, makes a
task's data or repeats a run over seeds. A function that needs something the page defines takes it
as an argument.
"""
