"""The simulator from the command line."""

import asyncio
from datetime import UTC, datetime
import re
from zoneinfo import ZoneInfo

import pytest

from custom_components.bessai.simulator import __main__ as command_line
from custom_components.bessai.simulator.__main__ import (
    _build_parser,
    build_parameters,
    main,
    parse_hour,
    serve,
)

from .raw_client import connected, read_pdu

ARGUMENTS = [
    *("--port", "0", "--time-factor", "60", "--start", "2026-06-01T12:00"),
    *("--time-zone", "Europe/Rome", "--solar-noon", "13:30", "--seed", "4"),
    *("--latency-ms", "0", "--scenario", "busy", "--soc", "70", "--strings", "3"),
]


async def until(capsys: pytest.CaptureFixture[str], pattern: str) -> re.Match[str]:
    """Return the first match in what is printed."""
    printed = ""
    async with asyncio.timeout(5):
        while not (found := re.search(pattern, printed)):
            await asyncio.sleep(0.01)
            printed += capsys.readouterr().out
    return found


async def test_it_serves_and_tells_until_it_is_stopped(
    capsys: pytest.CaptureFixture[str],
) -> None:
    task = asyncio.create_task(serve(_build_parser().parse_args(ARGUMENTS)))
    found = await until(capsys, r"127\.0\.0\.1:(\d+)[^%]* 70\.0 %.*busy")
    port = int(found[1])
    assert "2026-06-01 12:0" in found[0]
    async with connected(port) as client:
        assert await client.is_left_alone(read_pdu())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(OSError, match="Connect call failed"):
        await asyncio.open_connection("127.0.0.1", port)


@pytest.mark.parametrize("start", [[], ["--start", "2026-06-01T12:00+00:00"]])
async def test_it_starts_now_or_when_it_is_told(
    capsys: pytest.CaptureFixture[str], start: list[str]
) -> None:
    task = asyncio.create_task(serve(_build_parser().parse_args(["--port=0", *start])))
    found = await until(capsys, r"\r(\d{4}-\d\d-\d\d)")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    now = datetime.now(UTC)
    expected = {"2026-06-01"} if start else {f"{now:%Y-%m-%d}"}
    assert found[1] in expected


@pytest.mark.parametrize(
    ("options", "password"), [([], None), (["--installer-password=00000a"], "00000a")]
)
def test_it_wants_a_login_when_it_is_told(
    options: list[str], password: str | None
) -> None:
    parameters = build_parameters(_build_parser().parse_args(options), ZoneInfo("UTC"))
    assert parameters.quirks.installer_password == password
    assert "00000a" not in repr(parameters)


def test_ctrl_c_ends_it_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    async def interrupted(options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command_line, "serve", interrupted)
    main([])


def test_help_describes_the_scenarios(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "half_frames" in capsys.readouterr().out


@pytest.mark.parametrize(("text", "hours"), [("13:30", 13.5), ("12", 12.0)])
def test_an_hour_is_a_time_of_day(text: str, hours: float) -> None:
    assert parse_hour(text) == hours
