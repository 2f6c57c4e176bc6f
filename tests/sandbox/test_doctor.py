"""The doctor: what it finds is so, and what it says helps."""

import os
import shutil

import pytest
from support.boxes import PROBE

from autograder import doctor, machine, trials
from autograder.doctor import Finding, examine_machine
from autograder.limits import Limits
from autograder.sandbox.sandbox import Sandbox


def by_name(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.name: finding for finding in findings}


def test_a_machine_that_can_isolate_passes_every_trial() -> None:
    findings = examine_machine()
    assert [finding for finding in findings if not finding.ok] == []
    assert {"isolation", "network", "files", "processor time"} <= by_name(findings).keys()
    assert all(finding.remedy == "" for finding in findings)


def test_no_limit_but_the_one_that_is_tried_can_end_a_trial() -> None:
    for trial in trials.TRIALS:
        tried = {
            name for name, value in vars(trial.limits).items() if value < vars(trials.AMPLE)[name]
        }
        of = {"cpu": {"cpu_per_cell"}, "memory": {"memory"}, "processes": {"processes"}}
        assert tried == of.get(trial.stops, set()), trial.name


def test_without_bubblewrap_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    found = by_name(examine_machine())
    assert found["bubblewrap"].remedy == "apt-get install bubblewrap"
    assert not found["isolation"].ok
    assert "network" not in found  # nothing to try it in


def test_too_little_memory_for_all_cores_is_found() -> None:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    found = doctor._memory(Limits(memory=total))
    assert not found.ok
    assert "1 workers" in found.remedy
    assert doctor._memory(Limits(memory=total // 1000)).ok


@pytest.mark.parametrize(
    ("program", "stops", "complaint"),
    [
        ("result = ['a door']", "", "open: a door"),
        ("1 / 0", "", "ZeroDivisionError: division by zero"),
        ("result = ''", "memory", "not limited"),
        ("import os; os._exit(1)", "memory", "stopped: it ended the Python that ran it"),
    ],
)
def test_a_trial_that_goes_wrong_is_reported(program: str, stops: str, complaint: str) -> None:
    trial = trials.Trial("trial", program, stops, "fine")
    with Sandbox(trials.SMALL, server=PROBE) as sandbox:
        finding = doctor._tried(sandbox, trial)
    assert not finding.ok
    assert finding.found.startswith(complaint)
    assert "--no-sandbox" in finding.remedy


@pytest.mark.parametrize(
    ("setting", "value", "remedy"),
    [
        ("kernel/unprivileged_userns_clone", "0", "sysctl kernel.unprivileged_userns_clone=1"),
        ("user/max_user_namespaces", "0", "sysctl user.max_user_namespaces="),
        ("kernel/apparmor_restrict_unprivileged_userns", "1", "Ubuntu 24.04"),
    ],
)
def test_a_setting_that_forbids_isolation_is_named(
    monkeypatch: pytest.MonkeyPatch, setting: str, value: str, remedy: str
) -> None:
    monkeypatch.setattr(machine, "_setting", lambda name: value if name == setting else "")
    line = machine.why_not("bwrap: No permissions to create a new namespace")
    assert remedy in line
    assert "\n" not in line


@pytest.mark.parametrize(
    "message",
    [
        "bwrap: execvp /opt/x/../python/bin/python3: No such file or directory",
        "bwrap: execvp /closed/bin/python3: Permission denied",
        "bwrap: Can't find source path /closed/.venv: Permission denied",
        "ModuleNotFoundError: No module named 'numpy'",
        "the sandbox does not answer (timed out)",
    ],
)
def test_where_nothing_was_refused_no_setting_and_no_container_is_blamed(
    monkeypatch: pytest.MonkeyPatch, message: str
) -> None:
    monkeypatch.setattr(machine, "_setting", lambda name: "0")
    monkeypatch.setattr(machine, "container_name", lambda: "Docker")
    line = machine.why_not(message)
    assert line.startswith(f"Python does not start in the sandbox: {message}")


@pytest.mark.parametrize(
    "message",
    [
        "bwrap: Creating new namespace failed: Operation not permitted",
        "bwrap: No permissions to create a new namespace, likely because the kernel does not allow",
        "bwrap: setting up uid map: Permission denied",
        "bwrap: Can't mount proc on /newroot/proc: Operation not permitted",
        "CannotConfine: unshare: Operation not permitted (268435456)",
    ],
)
def test_a_refusal_is_known_as_one(message: str) -> None:
    assert machine.is_refusal(message)


@pytest.mark.parametrize(
    ("container", "flag"),
    [("Docker", "--security-opt"), ("Kubernetes", "securityContext"), ("Apptainer", "outside")],
)
def test_in_a_container_the_flag_that_is_needed_is_named(
    monkeypatch: pytest.MonkeyPatch, container: str, flag: str
) -> None:
    monkeypatch.setattr(machine, "_setting", lambda name: "")
    monkeypatch.setattr(machine, "container_name", lambda: container)
    assert flag in machine.why_not("bwrap: Operation not permitted")
