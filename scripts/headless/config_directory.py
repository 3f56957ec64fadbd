"""Prepares a folder for Home Assistant, so that it starts without asking anything."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
import fcntl
import json
import os
from pathlib import Path
import shutil

from .errors import SceneError
from .memory import Memory
from .program import LOOPBACK, ROOT

# Not `default_config`: it looks for devices in the network and asks the internet.
CONFIGURATION = """\
homeassistant:
  name: Home
  latitude: {latitude}
  longitude: {longitude}
  time_zone: {time_zone}
  country: {country}
  currency: {currency}
  unit_system: metric
frontend:
config:
energy:
history:
logbook:
recorder:
  commit_interval: 1
logger:
  default: warning
  logs:
    custom_components.bessai: info
"""

ONBOARDING = {
    "version": 4,
    "minor_version": 1,
    "key": "onboarding",
    # The owner is left to be made. The other steps would set up integrations that
    # call the internet.
    "data": {"done": ["core_config", "analytics", "integration"]},
}

HTTP = {
    # Home Assistant fills nothing in where a configuration is stored.
    "cors_allowed_origins": [],
    "login_attempts_threshold": -1,
    "ip_ban_enabled": False,
    "ssl_profile": "modern",
    "use_x_frame_options": True,
    "created_at": "2026-01-01T00:00:00+00:00",
    "error": None,
    "error_message": None,
}


class ConfigDirectory:
    """A config directory of Home Assistant that belongs to us."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.memory_file = self.path / "develop.json"

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever started here."""
        return not self.memory_file.exists()

    @contextmanager
    def held(self) -> Generator[None]:
        """Keep others of our kind out.

        Raises:
            SceneError: If one is there already.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        folder = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError as err:
            raise SceneError(
                f"scripts/develop runs with {self.path} already: "
                "end that one, or choose another folder with --config"
            ) from err
        finally:
            os.close(folder)

    def wipe(self) -> None:
        """Forget everything.

        Raises:
            SceneError: If the folder is not one of ours.
        """
        contents = list(self.path.iterdir())
        if self.is_new and contents:
            raise SceneError(
                f"{self.path} was not made by scripts/develop: move it away yourself"
            )
        for path in contents:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()

    def prepare(self, memory: Memory, port: int) -> None:
        """Make the folder, or bring the one there is up to date."""
        (self.path / ".storage").mkdir(parents=True, exist_ok=True)
        memory.write(self.memory_file)
        self._write_once(
            "configuration.yaml", CONFIGURATION.format(**asdict(memory.site))
        )
        self._write_once(".storage/onboarding", json.dumps(ONBOARDING))
        self._listen_on(port)
        self._link_integration()

    def _write_once(self, name: str, content: str) -> None:
        path = self.path / name
        if not path.exists():
            path.write_text(content, encoding="utf-8")

    def _listen_on(self, port: int) -> None:
        """Have Home Assistant answer on a port of the loopback and nowhere else.

        In storage, as YAML would hold only for five minutes: Home Assistant takes
        it for a trial that nobody confirmed, and returns to all interfaces.
        """
        stable = {**HTTP, "server_host": [LOOPBACK], "server_port": port}
        content = {
            "version": 2,
            "minor_version": 2,
            "key": "http",
            "data": {"stable": stable, "pending": None, "yaml_migration_done": True},
        }
        path = self.path / ".storage" / "http"
        path.write_text(json.dumps(content), encoding="utf-8")

    def _link_integration(self) -> None:
        """Let Home Assistant load the checkout itself: an edit needs no copying."""
        link = self.path / "custom_components"
        if link.is_symlink():
            link.unlink()
        elif link.exists():
            raise SceneError(
                f"{link} is in the way: it should be a link to the checkout"
            )
        link.symlink_to(ROOT / "custom_components", target_is_directory=True)
