"""Recorded values: what the solution gives at every check, and what each known mistake gives."""

import hashlib
import re
import sys
from importlib.metadata import version
from pathlib import Path

import yaml

import autograder
import unrolled
from autograder.authoring.assignment import Assignment
from autograder.authoring.catalogue import Catalogue, Entry, solution_sources, with_entry
from autograder.authoring.in_process import Sighting, observe_solution, observe_variant
from autograder.course import AssignmentPaths
from autograder.errors import CourseError
from autograder.kept import kept
from unrolled.checks.compare import compare
from unrolled.checks.recorded import GradedCell, Mistake, Recorded, RecordedCheck
from unrolled.checks.values import encode, fingerprint


def record_once(assignment: Assignment, catalogue: Catalogue, anew: bool = False) -> Recorded:
    """What `record` gives, from `_build/` where nothing that it depends on has changed.

    Args:
        assignment: what to record.
        catalogue: its known mistakes.
        anew: record in any case, to see that the same comes out.

    Raises:
        CourseError: as `record`.
    """
    paths = assignment.paths
    text = kept(
        paths.kept_recording,
        _digest(paths),
        lambda: record(assignment, catalogue).to_json(),
        anew,
    )
    return Recorded.from_json(text, paths.relative(paths.kept_recording))


def _digest(paths: AssignmentPaths) -> str:
    """A hash of what recorded values depend on: the author's files, both packages, the versions."""
    digest = hashlib.sha256(f"{sys.version} {version('numpy')} {version('torch')}".encode())
    files = [paths.chapter, paths.course.root / "_config.yml"]
    for folder in (paths.folder, Path(unrolled.__file__).parent, Path(autograder.__file__).parent):
        files += sorted(path for path in folder.rglob("*") if "__pycache__" not in path.parts)
    for path in files:
        if path.is_file():
            content = path.read_bytes()
            digest.update(f"\0{path.name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def record(assignment: Assignment, catalogue: Catalogue) -> Recorded:
    """Run the solution and every misconception, and keep what their checks see.

    Raises:
        CourseError: the solution does not run, a property does not hold for it, or a tests cell
            has no visible check.
    """
    right = solution_sources(assignment)
    seen = observe_solution(assignment, right)
    _validate(assignment, seen)
    wrong = {
        entry.name: observe_variant(assignment, with_entry(assignment, right, entry))
        for entry in catalogue.misconceptions
    }
    checks = {
        name: RecordedCheck(
            cell=sighting.cell,
            expected=True if sighting.is_property else encode(sighting.value),
            hidden=sighting.hidden,
            wrong={
                entry: _trace(variant[name])
                for entry, variant in wrong.items()
                if name in variant and _differs(sighting, variant[name])
            },
        )
        for name, sighting in seen.items()
    }
    cells = {
        cell.id: GradedCell(cell.id, cell.of, cell.points)
        for cell in assignment.of_role("tests", "written")
    }
    base = _base_address(assignment)
    mistakes = {entry.name: _mistake(assignment, entry, base) for entry in catalogue.misconceptions}
    return Recorded(assignment.name, cells, checks, mistakes)


def _validate(assignment: Assignment, seen: dict[str, Sighting]) -> None:
    file = assignment.paths.relative(assignment.paths.source)
    for cell in assignment.of_role("tests"):
        if not any(s.cell == cell.id and not s.hidden for s in seen.values()):
            raise CourseError(
                f"{file}:{cell.line}: cell {cell.id!r}: no visible check, so a student who has "
                "written nothing would see it pass; add one before the hidden tests"
            )
    for name, sighting in seen.items():
        if sighting.is_property and sighting.value is not True:
            raise CourseError(
                f"{file}: cell {sighting.cell!r}: the property {name!r} does not hold for the "
                "solution; mend the property or the solution"
            )


def _differs(right: Sighting, other: Sighting) -> bool:
    if right.is_property:
        return other.value is not True
    return not compare(right.value, other.value).right


def _trace(sighting: Sighting) -> object:
    return False if sighting.is_property else fingerprint(sighting.value)


def _mistake(assignment: Assignment, entry: Entry, base: str) -> Mistake:
    heading = re.sub(r"[$`]", "", assignment.sections[entry.section])
    chapter = int(assignment.name.split("-")[0])
    page = f"book/{assignment.name}.html#{entry.section}"
    return Mistake(
        name=entry.name,
        of=entry.of,
        diagnosis=entry.diagnosis,
        hint=entry.hint,
        read=f"chapter {chapter}, “{heading}”",
        url=f"{base.rstrip('/')}/{page}" if base else "",
    )


def _base_address(assignment: Assignment) -> str:
    """The address of the published book, where `_config.yml` names one."""
    path = assignment.paths.course.root / "_config.yml"
    config = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return (config.get("html") or {}).get("baseurl") or ""
