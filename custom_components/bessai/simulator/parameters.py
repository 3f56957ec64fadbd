"""What a simulated plant is made of: all its parameters, with plausible defaults."""

from dataclasses import dataclass, field
from datetime import UTC, tzinfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the inverter says it is. The serial numbers are made up."""

    model: str = "SUN2000-10KTL-M1"
    """Any other vendor's model string makes it *not a Huawei*."""

    serial_number: str = "BS2301000001"
    part_number: str = "01074000"
    firmware: str = "V100R001C00"
    software: str = "V100R001C00SPC173"
    battery_serial_number: str = "LB2302000001"
    """Serial number of battery unit 1; unit 2 and the packs derive theirs from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PvParameters:
    """The panels, their place and their weather."""

    peak_w: float = 8000.0
    """Power of all strings together under full sun, W."""

    string_count: int = 2
    """Strings, 0 to 24; the power is divided between them."""

    latitude_deg: float = 45.0
    """Latitude of the site, degrees, north positive."""

    solar_noon_h: float = 13.0
    """When the sun is highest: hour of the site's wall clock on the day of start."""

    cloudiness: float | None = None
    """0 cloudless to 1 overcast; ``None``: every day brings its own weather."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdParameters:
    """What the house uses on the AC side."""

    base_w: float = 280.0
    """What never switches off, W."""

    peak_w: float = 900.0
    """Height of the evening peak above the base, W."""

    appliances: bool = True
    """Whether kettle, oven, washing machine and so on switch on and off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryParameters:
    """The LUNA2000 of the plant: one or two units on one inverter."""

    capacity_kwh: float = 10.0
    """Usable capacity of all units together, kWh."""

    soc_pct: float = 50.0
    """State of charge at the start, percent of the usable capacity."""

    charge_power_w: float = 5000.0
    discharge_power_w: float = 5000.0
    charge_efficiency: float = 0.975
    """Energy stored per energy into the terminals, one way."""

    discharge_efficiency: float = 0.975
    """Energy out of the terminals per energy taken from the store, one way."""

    standby_w: float = 8.0
    """Drawn from the store while awake, W."""

    sleep_w: float = 1.0
    """Drawn from the store while asleep, W."""

    temperature_c: float = 22.0
    """Temperature of the cells at the start, °C."""

    units: int = 1
    """Battery units, 1 or 2."""

    packs_per_unit: int = 2
    """Packs in each unit, 1 to 3."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirmwareQuirks:
    """What firmware versions, or people who describe them, do not agree on."""

    rewrite_restarts_countdown: bool = True
    """Whether writing 47100 again with the same value restarts the forcible
    period. Implied by practice, documented nowhere."""

    grid_charge_switch_rules_forcible: bool = False
    """Whether 47087 = 0 keeps a forcible charge from drawing on the grid."""

    refuses_excess_power: bool = True
    """Power above 37046 or 37048 is refused (exception 3); false: clamped, as old
    firmware does."""

    bridges_holes: bool = True
    """Whether one request may span undocumented addresses, which then read 0; false:
    only the spans proven in the field may."""

    optimizers: bool = True
    """Whether 37200 to 37202 exist."""

    peak_shaving: bool = True
    """Whether 47954 to 48019 exist."""

    silent_at_night: bool = False
    """Whether the inverter stops answering while it is asleep (32089 = 0xA000)."""

    meter_exports_negative: bool = False
    """Whether the meter delivers its export counter as a negative number."""

    response_s: float = 0.0
    """How long the battery takes to obey after a write, s."""

    installer_password: str | None = field(default=None, repr=False)
    """Who logs in as ``installer`` with this password may write, nobody else; ``None``:
    everybody may, as by RS485 or with Modbus TCP *unrestricted*."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantParameters:
    """One home with a Huawei inverter, as the simulator builds it."""

    seed: int = 1
    """Chooses the weather and the habits of the house."""

    time_zone: tzinfo = UTC
    """The site's time zone; the inverter's clock and its midnight follow it."""

    identity: Identity = field(default_factory=Identity)
    rated_power_w: float = 10000.0
    """Rated AC power Pn of the inverter, W; Pmax and Smax are 1.1 times that."""

    three_phase: bool = True
    pv: PvParameters = field(default_factory=PvParameters)
    household: HouseholdParameters = field(default_factory=HouseholdParameters)
    battery: BatteryParameters | None = field(default_factory=BatteryParameters)
    """``None``: no battery is fitted."""

    has_meter: bool = True
    emma: bool = False
    """An EMMA commands the site: 48020 reads 1 and unit 0 answers as the EMMA."""

    smartlogger: bool = False
    """Unit 0 answers as a SmartLogger."""

    unit_ids: frozenset[int] = frozenset({1})
    """Unit ids under which the inverter answers; 100 among them stands for the
    SDongle itself, 0 for the inverter unless EMMA or SmartLogger is there."""

    quirks: FirmwareQuirks = field(default_factory=FirmwareQuirks)
