"""The commands harm and trace, on the folder of a real small battle."""

from __future__ import annotations

import json
import re
import shutil
import signal
from pathlib import Path

import pandas as pd
import pytest

import sim
from sim.battle import Battle
from sim.cli import main
from sim.record.harm import COLUMNS
from sim.scenario import load

TESTS = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run; not to be changed."""
    scenario = load(TESTS / "scenarios" / "riverton.yaml", {"time.max_days": 12, "time.step_hours": 3})
    return Battle(scenario, seed=1).run().save(tmp_path_factory.mktemp("made"))


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder; the handler of SIGTERM is given back."""
    monkeypatch.chdir(tmp_path)
    handler = signal.getsignal(signal.SIGTERM)
    yield tmp_path
    signal.signal(signal.SIGTERM, handler)


def lines(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> tuple[list[str], list[str]]:
    assert main(list(words)) == code
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return out.splitlines(), err.splitlines()


@pytest.mark.parametrize("by", [*COLUMNS, "actor,cause,bank", "week,place", ""])
def test_totals_are_those_of_the_summary(capsys: pytest.CaptureFixture[str], made: Path, by: str) -> None:
    summary = json.loads((made / "summary.json").read_text())
    out, _ = lines(capsys, "harm", str(made), "--by", by, "--csv", "table.csv")
    *_, killed, wounded, share = out[-1].split()
    assert [killed, wounded, share] == [f"{summary['civilians_killed']:,}", f"{summary['civilians_wounded']:,}", "100.0%"]
    table = pd.read_csv("table.csv")
    assert table[["killed", "wounded"]].sum().tolist() == [summary["civilians_killed"], summary["civilians_wounded"]]
    assert len(out) == (len(table) if by else 0) + 5


def test_other_people_are_asked_for_by_name(capsys: pytest.CaptureFixture[str], made: Path) -> None:
    summary = json.loads((made / "summary.json").read_text())
    out, _ = lines(capsys, "harm", str(made), "--people", "defenders")
    assert f"{summary['defenders_killed']:,}" in out[-1].split()
    out, _ = lines(capsys, "harm", str(made), "--people", "all", "--by", "people")
    assert {line.split()[0] for line in out[3:-2]} >= {"civilians", "defenders", "liberators"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["harm", "RUN", "--by", "actr,cause"], '--by: no column "actr" (did you mean "actor"?); there are day, week,'),
        (["harm", "RUN", "--by", "neighborhood"], 'did you mean "neighbourhood"?'),
        (["harm", "RUN", "--people", "civilian"], '--people: "civilian" is none of'),
        (["harm", "RUN", "--csv", "nowhere/table.csv"], "there is no folder nowhere"),
        (["harm", "RUN", "--csv", "."], "is a folder, not a file"),
        (["harm", "elsewhere"], "there is no such run folder"),
        (["trace", "elsewhere"], "there is no such run folder"),
        (["trace", "RUN", "--household", "99999"], "--household 99999: there is no such household; the run has "),
        (["trace", "RUN", "--household", "-1"], "--household wants a number"),
        (["trace", "RUN", "--household", "1.5"], "--household wants a number, such as 1234, or random, not '1.5'"),
        (["trace", "RUN", "--pick", "traped"], '--pick: no kind "traped" (did you mean "trapped"?); there are random,'),
        (["trace", "RUN", "--household", "1", "--count", "3"], "--household names households"),
        (["trace", "RUN", "--count", "0"], "--count must be between 1 and 1,000, not 0"),
    ],
)
def test_mistakes_are_one_line(capsys: pytest.CaptureFixture[str], made: Path, words: list[str], told: str) -> None:
    _, err = lines(capsys, *(str(made) if word == "RUN" else word for word in words), code=2)
    assert told in err[-1]
    assert len([line for line in err if not line.startswith("made-up") and "again" not in line]) == 1
    assert not list(Path().iterdir())


def test_a_trace_says_that_it_is_fiction_and_accounts_for_every_day(capsys: pytest.CaptureFixture[str], made: Path) -> None:
    out, _ = lines(capsys, "trace", str(made), "--pick", "displaced", "--count", "3")
    text = "\n".join(out)
    assert "fictional" in out[0]
    accounts = re.split(r"\nHousehold \d+\n", text)[1:]
    assert len(accounts) == 3
    days = list(pd.date_range("2016-10-17", periods=12))
    for account in accounts:
        assert days_told(account) == days
        assert re.search("set out (on foot|for)|went to a house in|drove it from home", account)


def days_told(account: str) -> list[pd.Timestamp]:
    """Every day that an account tells of, in its order."""
    found: list[pd.Timestamp] = []
    for line in account.splitlines():
        if not (match := re.match(r"(?:(\d+)(?: (\w{3}))?(?: (\d{4}))? ?- ?)?(\d+ \w{3} \d{4}): ", line)):
            continue
        last = pd.to_datetime(match[4], format="%d %b %Y")
        first = last
        if match[1]:
            first = pd.to_datetime(f"{match[1]} {match[2] or f'{last:%b}'} {match[3] or f'{last:%Y}'}", format="%d %b %Y")
        found += list(pd.date_range(first, last))
    return found


def test_the_same_households_are_drawn_each_time(capsys: pytest.CaptureFixture[str], made: Path) -> None:
    drawn = []
    for count in ("2", "4"):
        out, _ = lines(capsys, "trace", str(made), "--household", "random", "--count", count)
        drawn.append([line for line in out if line.startswith("Household ")])
    assert drawn[0] == drawn[1][:2]
    assert len(set(drawn[1])) == 4


def test_python_tells_what_the_command_tells(capsys: pytest.CaptureFixture[str], made: Path) -> None:
    run = sim.Run.load(made)
    (killed,) = run.traces("killed")
    out, _ = lines(capsys, "trace", str(made), "--household", str(killed.household))
    assert str(killed) == "\n".join(out[2:])
    assert str(sim.trace(run, household=killed.household)) == str(killed)
    rows = run.events[(run.events["agent_set"] == "households") & (run.events["row"] == killed.household)]
    assert killed.days["dead"].iloc[-1] == rows.loc[rows["kind"] == "death", "count"].sum() > 0
    assert " killed" in str(killed)
    assert len(killed.days) == len(run.daily)
    assert killed.days[["thirst", "hunger"]].apply(lambda column: column.between(0.0, 1.0).all()).all()


def test_a_run_of_another_model_is_not_told_of(capsys: pytest.CaptureFixture[str], made: Path) -> None:
    kept = Path(shutil.copytree(made, "kept"))
    manifest = json.loads((kept / "manifest.json").read_text())
    (kept / "manifest.json").write_text(json.dumps({**manifest, "seed": 2, "source_hash": "other"}))
    out, err = lines(capsys, "trace", "kept", "--household", "1", code=1)
    assert not out
    assert "it cannot be made again" in err[-1]
    assert "the model's source changed since" in err[-1]
    (kept / "manifest.json").write_text(json.dumps({**manifest, "branched": {"run": "x", "day": 3}}))
    _, err = lines(capsys, "trace", "kept", "--household", "1", code=2)
    assert "branched off x after day 3" in err[-1]
