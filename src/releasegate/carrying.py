"""Carrying: a signature moves into a new round only where the policy lets every kind of the change stand, and its owner is told."""

import re
from collections.abc import Iterable
from email.message import Message

from releasegate.checks.letters import parse_mail, read_letter
from releasegate.checks.links import links_in
from releasegate.decision.changes import LATER, Sealed, classify
from releasegate.model.alarm import Alarm
from releasegate.model.draft import Signature
from releasegate.model.letter import Letter
from releasegate.model.parcel import MAIL, Parcel
from releasegate.model.state import Role
from releasegate.office import Office
from releasegate.policy.policy import Policy
from releasegate.store import seals
from releasegate.store.reading import Known
from releasegate.store.stepping import Step, advance
from releasegate.store.store import Txn


def carry(office: Office, txn: Txn, known: Known) -> Known:
    """Write a carry event for each earlier signature that stands after all that has changed since its owner last saw the text."""
    policy = office.rules(txn)
    bench = office.bench(txn)
    barred = bench.barred(known.draft)
    for signature in _latest(known):
        if bench.eyes(signature) & barred or signature.rules != policy.rules:
            continue
        kinds = differences(txn, signature.seen or signature.digest, known.draft.digest)
        serves = tuple(name for name, allowed in _allowed(policy, known.draft.channel, signature.role) if kinds <= allowed)
        if not serves:
            continue
        known = advance(txn, known, _step(known, signature, serves, kinds))
        params = {"kinds": ", ".join(sorted(kinds)), "saw": (signature.seen or signature.digest)[:8], "now": known.draft.mark}
        office.alarm(Alarm(code="carried", to=(signature.by,), draft_id=known.draft.id, params=params))
    return known


def differences(txn: Txn, before: str, after: str) -> frozenset[str]:
    """The kinds of change between two sealed texts."""
    if before == after:
        return frozenset({"unchanged"})
    return classify(_sealed(txn, before), _sealed(txn, after))


def _latest(known: Known) -> list[Signature]:
    """Each person's last signature in each role, where it is not of this round; what was sent back, settled or revoked is gone."""
    ended = (event.round for event in known.events if event.kind == "send_back" or event.data.get("outcome") == "not_sent")
    sent_back = max(ended, default=0)
    revoked = {event.actor: event.seq for event in known.events if event.kind == "revoke"}
    newest: dict[tuple[str, Role], Signature] = {}
    for signature in sorted(known.draft.signatures, key=lambda each: each.seq):
        newest[signature.by, signature.role] = signature
    earlier = [each for each in newest.values() if sent_back < each.round + 1 <= known.draft.round]
    return [each for each in earlier if each.seq > revoked.get(each.by, 0)]


def _allowed(policy: Policy, channel: str, role: Role) -> list[tuple[str, frozenset[str]]]:
    """For each requirement that asks for this role: the changes under which a signature stands. A later hour never voids a confirmation.

    A text that was changed and changed back stands only where the file says `unchanged`: without it, old votes never come back.
    """
    always = frozenset({LATER}) if role is Role.CHECKER else frozenset[str]()
    asked = [rule for rule in policy.applying(channel) if (rule.checkers if role is Role.CHECKER else rule.approvers)]
    return [(rule.name, rule.keep_on | always) for rule in asked]


def _step(known: Known, signature: Signature, serves: tuple[str, ...], kinds: frozenset[str]) -> Step:
    data = {
        "by": signature.by,
        "role": signature.role.value,
        "rules": signature.rules,
        "at": signature.at.isoformat(),
        "for": list(serves),
        "seen": signature.seen or signature.digest,
        "kinds": sorted(kinds),
        **({"via": signature.via} if signature.via else {}),
    }
    return Step(kind="carry", actor="gate", to=known.draft.state, data=data)


def _sealed(txn: Txn, digest: str) -> Sealed:
    """A sealed text as changes are judged by it."""
    made, reader = seals.manifest(txn, digest), seals.Reader(digest)
    parcels = [reader.parcel(txn, no) for no in range(1, made.count + 1)]
    letters = [read_letter(parcel, no) for no, parcel in enumerate(parcels, start=1)]
    return Sealed(
        manifest=made,
        envelopes=tuple(parcel.to for parcel in parcels),
        senders=tuple(letter.sender for letter in letters),
        subjects=tuple(letter.subject for letter in letters),
        texts=tuple(f"{letter.text}\0{letter.html}" for letter in letters),
        links=frozenset(link.url for letter in letters for link in links_in(letter)),
        attachments=tuple(each.sha256 for letter in letters for each in letter.attachments) + _labels(parcels),
        heads=tuple(tuple(value for name, value in letter.headers if name.lower() in {"to", "cc"}) for letter in letters),
        rest=tuple(_rest(*each) for each in zip(parcels, letters, strict=True)),
    )


def _rest(parcel: Parcel, letter: Letter) -> str:
    """What no kind of change has a name for: of a mail its other headers and its defects, of anything else all of it."""
    if parcel.media != MAIL:
        return parcel.content
    others = [(name, value) for name, value in letter.headers if name.lower() not in _NAMED]
    return repr([*others, *letter.defects, *_frame(parcel)])


def _frame(parcel: Parcel) -> list[object]:
    """How the parts of a mail are put together, those aside that are attachments: types, headers of parts, what stands between them."""
    frame: list[object] = []
    for part in parse_mail(parcel.body, []).walk():
        if not _is_file(part):
            kept = [(name.lower(), _BOUNDARY.sub("", str(value))) for name, value in part.items() if _framing(name, inner=bool(frame))]
            frame.append((kept, part.preamble, part.epilogue))
    return frame


def _labels(parcels: Iterable[Parcel]) -> tuple[str, ...]:
    """The headers of the parts that are files: under which name a page shows one, and where."""
    return tuple(
        repr([(name.lower(), str(value)) for name, value in part.items() if _framing(name, inner=True)])
        for parcel in parcels
        if parcel.media == MAIL
        for part in parse_mail(parcel.body, []).walk()
        if _is_file(part)
    )


def _is_file(part: Message) -> bool:
    return part.get_filename() is not None or part.get_content_disposition() == "attachment"


def _framing(name: str, *, inner: bool) -> bool:
    low = name.lower()
    return low != "content-transfer-encoding" and (inner or low.startswith("content-"))


_BOUNDARY = re.compile(r""";\s*boundary=("[^"]*"|[^;\s]*)""", re.IGNORECASE)


# The first four have kinds of their own; the others say how the text is written down, and the boundary is made anew each time.
_NAMED = frozenset({"from", "to", "cc", "subject", "content-type", "content-transfer-encoding", "mime-version"})
