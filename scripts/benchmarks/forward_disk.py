"""What the forwarder writes to the disk and sends over the line, in a day.

Bytes of the disk are those that the kernel has counted for the process (``write_bytes``
of ``/proc/self/io``): whole pages that go to a disk, the journal of the file system not
counted. Bytes of the line are what a proxy has passed on, in both directions: gRPC and
HTTP/2, without TLS.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from custom_components.bessai.forwarding.courier_steps import Commit, Drain, Remove
from custom_components.bessai.forwarding_desk import Desk
from custom_components.bessai.forwarding_options import DEFAULT_PERIOD_S
from tests.forwarding.fake_pubsub import FakePubSub, serving
from tests.forwarding.proxy import Proxy, proxy_to
from tests.soak.gateway import SENDER, message
from tests.soak.gateway_process import running_gateway
from tests.soak.gateway_report import bytes_written
from tests.soak.orders import Orders

DAY_S = 86_400
OFTEN_S = 5.0
SAMPLE_H = 4
"""Of a healthy day, in which nothing changes."""

A_MESSAGE_S = 0.01
"""Of real time."""

BATCH = 100
MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Healthy:
    """Bytes of a day on which all goes well."""

    disk: float
    line: float


async def print_disk(folder: Path) -> None:
    """Measure and print."""
    often = await _healthy(OFTEN_S)
    usual = await _healthy(DEFAULT_PERIOD_S)
    outage, drain = _outage(folder / "outage.sqlite")
    print("| a day | to the disk, MB | over the line, MB |\n| --- | ---: | ---: |")
    for name, day in ((OFTEN_S, often), (DEFAULT_PERIOD_S, usual)):
        print(
            f"| healthy, a message every {name:g} s | {day.disk / MEGABYTE:.2f} | "
            f"{day.line / MEGABYTE:.1f} |"
        )
    print(
        f"| no cloud, a message every {OFTEN_S:g} s, each committed | "
        f"{outage / MEGABYTE:.0f} | 0 |\n"
        f"| and its end: all of them sent and removed | {drain / MEGABYTE:.0f} | "
        f"{often.line / MEGABYTE:.1f} |"
    )
    if not outage:
        print(f"\n{folder} is in memory: set TMPDIR to a folder on a disk.")


async def _healthy(period_s: float) -> Healthy:
    """Return what a real forwarder needs, from some hours at a higher pace."""
    count = round(SAMPLE_H * 3600 / period_s)
    with TemporaryDirectory() as folder:
        async with serving(FakePubSub()) as fake, proxy_to(fake.port) as proxy:
            orders = Orders(folder=folder, address=proxy.address, period_s=period_s)
            disk, line = await _hours(orders, proxy, count)
    share = SAMPLE_H * 3600 / DAY_S
    return Healthy(disk / share, line / share)


async def _hours(orders: Orders, proxy: Proxy, count: int) -> tuple[int, int]:
    """Return bytes to the disk and over the line of so many messages."""
    async with running_gateway(orders) as gateway:
        await gateway.begin()
        await gateway.put(1)
        await gateway.drain()
        disk, line = await gateway.bytes_written(), proxy.passed_on
        gateway.set_pace(orders.period_s / A_MESSAGE_S)
        await gateway.put(count)
        await gateway.drain()
        disk = await gateway.bytes_written() - disk
        line = proxy.passed_on - line
        await gateway.stop()
    return disk, line


def _outage(path: Path) -> tuple[int, int]:
    """Return bytes to the disk for keeping a day's messages, and for removing them."""
    desk = Desk(path, SENDER)
    desk.open()
    count = round(DAY_S / OFTEN_S)
    kept = _written(lambda: _keep(desk, count))
    removed = _written(lambda: _remove(desk))
    desk.close()
    return kept, removed


def _written(work: Callable[[], None]) -> int:
    before = bytes_written()
    work()
    return bytes_written() - before


def _keep(desk: Desk, count: int) -> None:
    for number in range(count):
        parcels = desk.pack([message(number, OFTEN_S)])
        desk.write(Commit(tuple(parcels), 0))


def _remove(desk: Desk) -> None:
    while parcels := desk.read(Drain(BATCH, MEGABYTE, 0)):
        desk.write(Remove(tuple(parcel.seq for parcel in parcels)))
