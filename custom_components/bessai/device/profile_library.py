"""Finds and loads device profiles: the ones BESSAI brings along and the owner's.

Everything here reads files and so is called in an executor.
"""

from dataclasses import dataclass, replace
import json
from pathlib import Path
import reprlib

from .profile import DeviceProfile, LinkTiming, ProfileError
from .profile_parser import parse_profile

_LARGEST_FILE = 1024 * 1024
"""Bytes; ten times the largest profile of ours, so that a stray file is not parsed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileProblem:
    """A file that should hold a profile and does not."""

    file: str
    reason: str
    """Begins with the place of the mistake, like ``registers[17].type``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileShelf:
    """All profiles that could be loaded."""

    profiles: tuple[DeviceProfile, ...]
    """The owner's first, each group by file name; no id twice."""
    problems: tuple[ProfileProblem, ...] = ()

    @property
    def timing(self) -> LinkTiming:
        """The manners that suit every device: before it is known which one answers."""
        links = [profile.link for profile in self.profiles]
        most = max(links, key=lambda link: link.timeout_s)
        return replace(
            most,
            connect_pause_s=max(link.connect_pause_s for link in links),
            request_pause_s=max(link.request_pause_s for link in links),
        )

    @property
    def unit_ids(self) -> tuple[int, ...]:
        """The unit ids of all profiles, most likely first, none twice."""
        ids = (unit_id for profile in self.profiles for unit_id in profile.unit_ids)
        return tuple(dict.fromkeys(ids))


def load_profiles(bundled: Path, own: Path | None) -> ProfileShelf:
    """Read the profiles of both folders; blocking.

    Args:
        bundled: Folder of the profiles that come with BESSAI; they are writable.
        own: The owner's folder, which need not exist; its profiles are read-only, and
            one with the id of a bundled profile takes its place.
    """
    owned, problems = _load_folder(own, writable=False) if own else ([], [])
    brought, more_problems = _load_folder(bundled, writable=True)
    ids = {profile.id for profile in owned}
    return ProfileShelf(
        profiles=(*owned, *(one for one in brought if one.id not in ids)),
        problems=(*problems, *more_problems),
    )


def _load_folder(
    folder: Path, *, writable: bool
) -> tuple[list[DeviceProfile], list[ProfileProblem]]:
    profiles: dict[str, DeviceProfile] = {}
    problems: list[ProfileProblem] = []
    for file in _profile_files(folder):
        try:
            profile = parse_profile(_load_json(file), writable=writable)
        except ProfileError as err:
            problems.append(ProfileProblem(file=file.name, reason=str(err)))
            continue
        if profile.id in profiles:
            reason = f"id: {profile.id} is the id of another file already"
            problems.append(ProfileProblem(file=file.name, reason=reason))
        profiles.setdefault(profile.id, profile)
    return list(profiles.values()), problems


def _profile_files(folder: Path) -> list[Path]:
    """Return the JSON files of a folder by name; none if it cannot be listed.

    Folders, hidden files, links that could lead anywhere, and the schema that people
    keep beside a profile are passed over.
    """
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return []
    return [
        entry
        for entry in entries
        if entry.suffix == ".json"
        and not entry.name.startswith(".")
        and not entry.name.endswith(".schema.json")
        and entry.is_file(follow_symlinks=False)
    ]


def _load_json(file: Path) -> object:
    try:
        with file.open("rb") as stream:
            content = stream.read(_LARGEST_FILE + 1)
    except OSError as err:
        raise ProfileError("profile", f"cannot be read: {err.strerror}") from err
    if len(content) > _LARGEST_FILE:
        raise ProfileError("profile", "is larger than 1 MiB")
    try:
        return json.loads(content.decode("utf-8"), object_pairs_hook=_unique)
    except UnicodeDecodeError as err:
        raise ProfileError("profile", f"is not UTF-8: {err.reason}") from err
    except (ValueError, RecursionError) as err:
        raise ProfileError("profile", f"is not JSON: {err}") from err


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object, refusing the second of two fields of one name."""
    fields: dict[str, object] = {}
    for name, value in pairs:
        if name in fields:
            raise ProfileError(
                "profile", f"has the field {reprlib.repr(name)} twice in one object"
            )
        fields[name] = value
    return fields
