"""Whether the gate can tell people what `[gate]` says it should: names that are people, ways out that are not gated, and no secrets."""

from collections.abc import Iterator, Mapping

from releasegate.messages.words import Words
from releasegate.policy.channel_rules import SECRET, ChannelRules
from releasegate.policy.gate_table import GateTable
from releasegate.policy.nearest import nearest
from releasegate.policy.people import People


def alarm_faults(gate: GateTable, people: People, channels: Mapping[str, ChannelRules]) -> Iterator[str]:
    """What is wrong with `alarm`, `mail` and `mail_from`. What an entry holds is not shown: it may be a secret."""
    for number, entry in enumerate(gate.alarm, start=1):
        if "://" in entry:
            yield Words(
                "[gate].alarm: no. {number} is a URL, which may hold a secret; put it into the environment and write env:NAME, or into "
                "a file and write file:PATH",
                number=number,
            )
        elif not SECRET.fullmatch(entry) and entry not in (humans := [person.id for person in people.humans]):
            yield Words("[gate].alarm: {name!r} is no human of [people]; {near}", name=entry[:40], near=nearest(entry, humans))
    rules = channels.get(gate.mail)
    if gate.mail and (rules is None or rules.gated or not rules.via):
        lanes = [name for name, each in channels.items() if not each.gated and each.via]
        yield Words(
            "[gate].mail: {name!r} is no channel with gated = false and a `via`; {near}", name=gate.mail, near=nearest(gate.mail, lanes)
        )
    if bool(gate.mail) is not bool(gate.mail_from):
        yield Words("[gate].mail and mail_from belong together: by which channel, and from which address; give both")
    elif gate.mail_from and gate.mail_from.count("@") != 1:
        yield Words("[gate].mail_from: {address!r} is no address; write it like 'gate@example.com'", address=gate.mail_from)
