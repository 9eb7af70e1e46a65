"""The published revisions that this process works by, filled once, before any work (PRN-02)."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import pairwise

from domain.days import local_date
from domain.policy import Policy, PolicyPin, content_hash


class PolicyNotLoaded(Exception):
    """This process does not hold the revision that a request is pinned to.

    Not a failure of the request: its task is tried again until a process that holds it takes it.
    """


class NoPolicyInForce(Exception):
    """No loaded revision covers a day."""


class PoliciesOverlap(Exception):
    """Two revisions claim one day, or a day between two revisions is covered by none."""


class AlreadyInstalled(Exception):
    """The registry was filled before, with other revisions."""


class Shelf:
    """A fixed set of revisions, found by pin or by day."""

    def __init__(self, revisions: Iterable[Policy]) -> None:
        self._by_age = tuple(sorted(revisions, key=lambda policy: policy.effective_from))
        _require_seamless(self._by_age)
        self._by_pin = {_pin(policy): policy for policy in self._by_age}

    @property
    def pins(self) -> frozenset[PolicyPin]:
        """What stands on the shelf."""
        return frozenset(self._by_pin)

    def get(self, pin: PolicyPin) -> Policy:
        """Return the revision with exactly this content; raises :class:`PolicyNotLoaded`."""
        if pin not in self._by_pin:
            raise PolicyNotLoaded(
                f"Policy {pin.version} with content {pin.content_hash[:12]} is not loaded here. "
                "Start the worker with the policy folder that holds this published file."
            )
        return self._by_pin[pin]

    def pin_of(self, policy: Policy) -> PolicyPin:
        """Return the pin of a revision; of one that stands here it is not computed again."""
        here = (pin for pin, standing in self._by_pin.items() if standing is policy)
        return next(here, None) or _pin(policy)

    def in_force_on(self, day: date) -> Policy:
        """Return the revision in force on ``day``: the newest that has begun, unless it has ended.

        Raises :class:`NoPolicyInForce`.
        """
        begun = [policy for policy in self._by_age if policy.effective_from <= day]
        if not begun or day > (begun[-1].effective_to or date.max):
            raise NoPolicyInForce(
                f"No policy is in force on {day}. Publish a file whose effective_from is not later."
            )
        return begun[-1]

    def in_force_at(self, instant: datetime) -> Policy:
        """Return the revision that has begun by its own local date of ``instant`` (PRN-02)."""
        begun = [p for p in self._by_age if p.effective_from <= local_date(instant, p)]
        newest = begun[-1] if begun else self._by_age[0]
        return self.in_force_on(local_date(instant, newest))

    def nearest_to(self, day: date) -> Policy:
        """Return the revision in force on ``day``, or the oldest for a day before all of them.

        For questions about days before the first published file, which its histories answer.
        """
        first = self._by_age[0]
        return first if day < first.effective_from else self.in_force_on(day)


class _Registry:
    """Holds one shelf; the second, different one is refused."""

    def __init__(self) -> None:
        self._shelf: Shelf | None = None

    def install(self, shelf: Shelf) -> None:
        if self._shelf is not None and self._shelf.pins != shelf.pins:
            raise AlreadyInstalled(
                "This process already works by other policies. Start a new one for new policies."
            )
        self._shelf = shelf

    def shelf(self) -> Shelf:
        if self._shelf is None:
            raise PolicyNotLoaded(
                "No policies are loaded. Call domain.policies.install before any work begins."
            )
        return self._shelf

    def pin_of(self, policy: Policy) -> PolicyPin:
        return self._shelf.pin_of(policy) if self._shelf else _pin(policy)


_REGISTRY = _Registry()


def install(policies: Iterable[Policy]) -> None:
    """Fill the registry; the same content again changes nothing, other content is refused."""
    _REGISTRY.install(Shelf(policies))


def get(pin: PolicyPin) -> Policy:
    """Return the pinned revision; raises :class:`PolicyNotLoaded`, a plain exception."""
    return _REGISTRY.shelf().get(pin)


def in_force_on(day: date) -> Policy:
    """Return the revision in force on ``day`` (Pacific); raises :class:`NoPolicyInForce`."""
    return _REGISTRY.shelf().in_force_on(day)


def in_force_at(instant: datetime) -> Policy:
    """Return the revision that a request received at ``instant`` is pinned to (PRN-02)."""
    return _REGISTRY.shelf().in_force_at(instant)


def nearest_to(day: date) -> Policy:
    """Return the revision in force on ``day``, or the oldest for a day before all of them."""
    return _REGISTRY.shelf().nearest_to(day)


def pin_of(policy: Policy) -> PolicyPin:
    """Return the name and content hash by which a request keeps this revision."""
    return _REGISTRY.pin_of(policy)


def _pin(policy: Policy) -> PolicyPin:
    return PolicyPin(version=policy.version, content_hash=content_hash(policy))


def _require_seamless(by_age: tuple[Policy, ...]) -> None:
    if not by_age:
        raise NoPolicyInForce("There is no policy. Put at least one policy file into the folder.")
    for older, newer in pairwise(by_age):
        ends = older.effective_to or newer.effective_from - timedelta(days=1)
        if ends + timedelta(days=1) != newer.effective_from or ends < older.effective_from:
            raise PoliciesOverlap(
                f"Policy {older.version} is in force from {older.effective_from} until {ends}, but "
                f"{newer.version} begins on {newer.effective_from}. Let the newer begin on the day "
                "after the older ends."
            )
