"""Checks that other packages publish through the entry point `releasegate.checks`: found by name, and only where a policy names them."""

from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from releasegate.messages.words import Words
from releasegate.protocols import Check

GROUP = "releasegate.checks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A check that a package publishes; it runs where a policy names it, and is imported no sooner."""

    id: str
    package: str
    version: str


def installed() -> tuple[Installed, ...]:
    """What the packages here publish, by id and package."""
    found = {(each.name, *_origin(each)) for each in entry_points(group=GROUP)}
    return tuple(Installed(id=name, package=package, version=version) for name, package, version in sorted(found))


def load_installed(name: str) -> Check | str | None:
    """The check of this id that a package publishes (a class: with its defaults), what is wrong with it, or None where nobody does."""
    points = {(each.value, *_origin(each)): each for each in entry_points(group=GROUP, name=name)}
    if not points:
        return None
    packages = ", ".join(sorted(" ".join(origin).strip() for _, *origin in points))
    if len(points) > 1:
        return Words("[checks] {name!r} is published more than once ({packages}); keep one of them.", name=name, packages=packages)
    return _load(name, packages, *points.values())


def _load(name: str, package: str, point: EntryPoint) -> Check | str:
    try:
        found = point.load()
        made = found() if isinstance(found, type) else found
    except Exception as error:  # noqa: BLE001 - whatever somebody else's module does when it is imported
        said = f"{type(error).__name__}: {error}"
        return Words("[checks] {name!r} of {package} cannot be loaded: {error}", name=name, package=package, error=said)
    if not isinstance(made, Check) or made.id != name:
        return Words("[checks] what {package} publishes as {name!r} is no check of that id.", package=package, name=name)
    return made


def _origin(point: EntryPoint) -> tuple[str, str]:
    return (point.dist.name, point.dist.version) if point.dist is not None else ("", "")
