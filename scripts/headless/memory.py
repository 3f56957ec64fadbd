"""What a second start has to know of the first."""

from dataclasses import asdict, dataclass, replace
import json
from pathlib import Path
import secrets
from typing import Self

from .errors import SceneError
from .site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """A home, how its plant is reached and who may log in."""

    site: Site
    plant_port: int
    password: str
    user: str = "demo"

    @classmethod
    def begin(cls, site: Site, plant_port: int) -> Self:
        """Remember a new home, with a password nobody else on this machine knows.

        An administrator of Home Assistant can run code as the developer, and not
        only the developer reaches the loopback of a shared machine.
        """
        password = secrets.token_urlsafe(9)
        return cls(site=site, plant_port=plant_port, password=password)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return what was written.

        Raises:
            SceneError: If that is not what we write today.
        """
        try:
            content = json.loads(path.read_bytes())
            return cls(**{**content, "site": Site(**content["site"])})
        except (OSError, ValueError, TypeError, KeyError) as err:
            raise SceneError(
                f"{path} cannot be used ({err}): begin anew with --fresh"
            ) from err

    def at_port(self, plant_port: int) -> Self:
        """Return the same with the plant on another port."""
        return replace(self, plant_port=plant_port)

    def write(self, path: Path) -> None:
        """Write everything down, for the owner of the file only."""
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(self), indent=2), encoding="utf-8")
