"""The sun over the panels, the clouds before it, and the air around the plant."""

from dataclasses import dataclass
import math

from .noise import Channel, smooth

_DAY_S = 86_400.0
_YEAR_DAYS = 365.2425
_TILT_DEG = 30.0
_FULL_SUN_W_M2 = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where the panels are and how the weather is drawn."""

    seed: int
    peak_w: float
    latitude_deg: float
    noon_s: float
    """When the sun is highest, s after midnight UTC."""

    cloudiness: float | None


def irradiance_w_m2(site: Site, at_s: float) -> float:
    """Return what a cloudless sky sheds on the panels, W per square metre.

    Panels face the equator, 30 degrees steep. Direct light
    ``1353 * 0.7 ** (air_mass ** 0.678)`` (Meinel 1976), a tenth of it diffuse.
    """
    hour = math.cos(math.tau * (at_s - site.noon_s) / _DAY_S)
    day = at_s / _DAY_S
    declination = math.radians(23.44) * math.sin(math.tau * (day + 284) / _YEAR_DAYS)
    latitude = math.radians(abs(site.latitude_deg))
    if site.latitude_deg < 0:
        declination = -declination
    height = _incidence(declination, latitude, hour)
    if height <= 0.0:
        return 0.0
    direct = 1353.0 * 0.7 ** (height**-0.678)
    facing = _incidence(declination, latitude - math.radians(_TILT_DEG), hour)
    return float(direct * (max(facing, 0.0) + 0.1))


def _incidence(declination: float, latitude: float, hour: float) -> float:
    """Return the cosine between the sun and the vertical at a latitude.

    A panel tilted towards the equator lies like the ground at a lower latitude.
    """
    return math.sin(declination) * math.sin(latitude) + hour * (
        math.cos(declination) * math.cos(latitude)
    )


def transmission(site: Site, at_s: float) -> float:
    """Return the part of the light that the clouds let through, 0.15 to 1."""
    cover = site.cloudiness
    if cover is None:
        drawn = smooth(site.seed, Channel.DAY_OF_CLOUDS, at_s, _DAY_S)
        cover = min(max((drawn - 0.5) * 2.0 + 0.5, 0.0), 1.0)
    field = smooth(site.seed, Channel.CLOUD_FIELD, at_s, 2700.0)
    edge = smooth(site.seed, Channel.CLOUD_EDGE, at_s, 540.0)
    return 1.0 - cover * (0.35 + 0.5 * (0.6 * field + 0.4 * edge))


def available_pv_w(site: Site, at_s: float) -> float:
    """Return the DC power the panels offer, W, not negative."""
    clear = irradiance_w_m2(site, at_s)
    if clear <= 0.0:
        return 0.0
    offered = site.peak_w * clear / _FULL_SUN_W_M2 * 0.92 * transmission(site, at_s)
    return min(offered, site.peak_w)


def ambient_c(site: Site, at_s: float) -> float:
    """Return the temperature around inverter and battery, °C.

    They hang in a garage: the seasons and the day reach them damped.
    """
    season = math.cos(math.tau * (at_s / _DAY_S - 200.0) / _YEAR_DAYS)
    if site.latitude_deg < 0:
        season = -season
    day = math.cos(math.tau * (at_s - site.noon_s - 9_000.0) / _DAY_S)
    weather = smooth(site.seed, Channel.AMBIENT, at_s, 3 * _DAY_S) - 0.5
    return 16.0 + 7.0 * season + 2.5 * day + 4.0 * weather
