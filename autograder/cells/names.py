"""The names that a piece of code sets and the ones that it needs, without running it."""

import builtins
import symtable
from collections.abc import Iterator

_BUILTIN = frozenset(dir(builtins))


def bound_names(source: str) -> set[str]:
    """The names that code sets at its top level.

    Raises:
        SyntaxError: the code does not parse.
    """
    table = symtable.symtable(source, "<cell>", "exec")
    return {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}


def loaded_names(source: str) -> set[str]:
    """The global names that code reads, in its functions too; without Python's own names.

    Raises:
        SyntaxError: the code does not parse.
    """
    found = {
        symbol.get_name()
        for table in _tables(symtable.symtable(source, "<cell>", "exec"))
        for symbol in table.get_symbols()
        if symbol.is_referenced() and (table.get_type() == "module" or symbol.is_global())
    }
    return found - _BUILTIN


def _tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _tables(child)
