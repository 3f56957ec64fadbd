"""The command line for people who check us."""

import io
import json
from pathlib import Path
import re
from typing import Any

import pytest

from custom_components.bessai.planning.__main__ import BAD_INPUT, main
from custom_components.bessai.planning.case_file import CaseError, parse_cases

from .cases import OWN, own_cases

CASE = own_cases()[0]


def written(folder: Path, content: Any) -> str:
    path = folder / "case.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


def printed(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_one_case_gives_one_plan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([written(tmp_path, CASE)]) == 0
    plan = printed(capsys)
    assert plan["id"] == CASE["id"]
    assert plan["objective"] == pytest.approx(CASE["reference"]["optimum"], abs=1e-5)
    assert plan["idle"] == pytest.approx(CASE["reference"]["idle"], abs=1e-5)
    assert len(plan["battery_power_kw"]) == CASE["n"]
    assert plan["gap_bound"] < 1e-6
    assert plan["solve_ms"] > 0


def test_a_file_of_cases_gives_a_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(OWN)]) == 0
    assert [plan["id"] for plan in printed(capsys)] == [c["id"] for c in own_cases()]


def test_one_case_of_a_file_can_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(OWN), "--case", "syn_low_spread_wear"]) == 0
    assert printed(capsys)["id"] == "syn_low_spread_wear"


def test_a_dash_reads_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(CASE)))
    assert main(["-"]) == 0
    assert printed(capsys)["id"] == CASE["id"]


def test_discharging_is_positive(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanting = {**CASE, "pv_kw": [0.0] * CASE["n"], "load_kw": [1.0] * CASE["n"]}
    wanting |= {"buy": [1.0] * CASE["n"], "sell": [0.0] * CASE["n"], "terminal": {}}
    assert main([written(tmp_path, wanting)]) == 0
    assert sum(printed(capsys)["battery_power_kw"]) > 0


BATTERY = CASE["battery"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([], "the file does not hold an object"),
        ({"cases": []}, "cases is not a list"),
        ({"cases": [3]}, r"cases\[0\] is not an object"),
        ({**CASE, "id": 3}, "id is not a text: 3"),
        ({**CASE, "buy": []}, "buy is not a list of numbers"),
        ({**CASE, "buy": ["a"]}, r"buy\[0\] is not a number: 'a'"),
        ({**CASE, "buy": [True]}, r"buy\[0\] is not a number: True"),
        ({**CASE, "buy": [float("nan")]}, r"buy\[0\] is not finite: nan"),
        ({**CASE, "buy": [1.0]}, "buy, sell, pv_kw and load_kw have 1, 96, 96, 96"),
        ({**CASE, "dt_h": 0}, "dt_h 0.0 is not above 0"),
        ({**CASE, "dt_h": None}, "dt_h is not a number: None"),
        ({**CASE, "grid": {"curtailment": 1}}, "curtailment is not true or false: 1"),
        ({**CASE, "grid": 3}, "grid is not an object"),
        ({**CASE, "battery": {}}, "battery.e_min_kwh is not a number: None"),
        ({**CASE, "battery": {**BATTERY, "eta_c": 2}}, "battery: charge_efficiency 2"),
        ({**CASE, "load_kw": [-1.0] * 96}, r"step 2026-01-01 00:00 UTC .* load -1\.0"),
    ],
)
def test_a_bad_file_is_named_with_what_is_bad(
    content: Any, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, content)
    assert main([file]) == BAD_INPUT
    message = capsys.readouterr().err
    assert message.startswith(f"planning: {file}: ")
    assert re.search(said, message)


def test_a_missing_file_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nowhere.json"]) == BAD_INPUT
    assert "nowhere.json" in capsys.readouterr().err


def test_a_file_that_is_no_json_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "case.json"
    path.write_text("{", encoding="utf-8")
    assert main([str(path)]) == BAD_INPUT
    assert str(path) in capsys.readouterr().err


def test_an_unknown_case_is_answered_with_those_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([str(OWN), "--case", "none"]) == BAD_INPUT
    assert "there is no case none; there is syn_flat_fit, " in capsys.readouterr().err


def test_a_case_without_a_grid_has_no_caps() -> None:
    bare = {name: value for name, value in CASE.items() if name != "grid"}
    grid = parse_cases(bare)[0].problem.grid
    assert (grid.import_cap_kw, grid.export_cap_kw, grid.can_curtail) == (None, None, 1)


def test_errors_are_ours() -> None:
    with pytest.raises(CaseError, match="the file does not hold an object"):
        parse_cases(3)
