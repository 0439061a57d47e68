"""A channel as a guard sees it: gated, or bounded; and how it says no."""

from dataclasses import dataclass
from datetime import UTC, datetime

from releasegate.errors import Blocked
from releasegate.model.verdict import Blocker, Decision, Kind
from releasegate.office import Office


@dataclass(frozen=True, slots=True)
class Lane:
    """What may pass here without signatures: by a gated channel nothing, by another one mail to a few."""

    office: Office
    channel: str

    @property
    def is_gated(self) -> bool:
        """By the rules that this process brought."""
        return self.office.policy.channels[self.channel].gated

    def most(self) -> int:
        """How many recipients one mail may have. Raises Blocked where the channel is gated, be it only by the rules in force."""
        if self.is_gated:
            raise self.blocked("past-the-gate")
        # Else whoever can change the file could open the lane: it is as wide as those who adopted the rules made it.
        rules = self.office.store.look(self.office.rules).channels.get(self.channel)
        if rules is None or rules.most is None:
            raise self.blocked("past-the-gate")
        return rules.most

    def blocked(self, code: str, **params: str | int) -> Blocked:
        """Nothing was sent, because of this, and how it can leave."""
        blocker = Blocker(code=code, kind=Kind.MEND, params={"channel": self.channel, **params}, how=self._how())
        decision = Decision(draft_id="", digest="", at=datetime.now(UTC), blockers=(blocker,), channel=self.channel, tried=True)
        return Blocked(decision, lang=self.office.policy.lang)

    def _how(self) -> tuple[str, ...]:
        channels = [self.channel] if self.is_gated else [name for name, rules in self.office.policy.channels.items() if rules.gated]
        return tuple(f'gate.write(…, channel="{name}", …) → gate.send(…)' for name in channels)
