"""Carrying: a signature moves into a new round only where the policy lets every kind of the change stand, and its owner is told."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from email.message import Message

from releasegate.checks.letters import parse_mail, read_letter
from releasegate.checks.links import links_in
from releasegate.decision.changes import LATER, Sealed, classify
from releasegate.diary import diary
from releasegate.errors import GateError
from releasegate.model.alarm import Alarm
from releasegate.model.draft import Draft, Signature
from releasegate.model.letter import Letter
from releasegate.model.parcel import MAIL, Parcel
from releasegate.model.state import Role, State
from releasegate.office import Office
from releasegate.policy.policy import Policy
from releasegate.store import reading, seals
from releasegate.store.reading import Known
from releasegate.store.stepping import Step, advance
from releasegate.store.store import Txn

_WAITING = frozenset({State.CHECKING, State.APPROVING, State.APPROVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Carry:
    """An earlier signature that may stand for this text: the requirements that it serves, and what has changed since its owner looked."""

    draft: Draft
    signature: Signature
    serves: tuple[str, ...]
    kinds: frozenset[str]

    @property
    def saw(self) -> str:
        """The text that its owner really looked at."""
        return self.signature.seen or self.signature.digest

    def alarm(self) -> Alarm:
        """The difference, for its owner."""
        params = {"kinds": ", ".join(sorted(self.kinds)), "saw": self.saw[:8], "now": self.draft.mark}
        return Alarm(code="carried", to=(self.signature.by,), draft_id=self.draft.id, params=params)


def carry(office: Office, draft: Draft, follow: Callable[[Office, Txn, Known], Known]) -> Draft:
    """Carry on each signature that stands after all that has changed since its owner looked, if its owner could be told so.

    The draft has been submitted, and that stands whatever happens here: where somebody cannot be told, or the store does not take it,
    they sign again. People are told between two transactions: an alarm may take as long as a mail server, and a hold waits for nobody.
    """
    after = draft
    try:
        for each in office.store.look(lambda txn: _standing(office, txn, reading.load(txn, draft.id, lock=False))):
            after = _carry(office, each, follow)
    except GateError as error:
        diary().error("no signature was carried on", draft=draft.id, error=str(error))
    return after


def _carry(office: Office, found: Carry, follow: Callable[[Office, Txn, Known], Known]) -> Draft:
    """Tell them, then write it: carried on, or not told. Where the draft has moved on meanwhile, neither.

    Not by the outbox of `ringing`: written with the step, it would be carried on before its owner was told. Whoever dies between the two
    has carried nothing on, and they sign again.
    """
    is_told = office.tell(found.alarm())

    def work(txn: Txn) -> Draft:
        known = reading.load(txn, found.draft.id)
        if not _stands(office, txn, known, found):
            return known.draft
        return follow(office, txn, advance(txn, known, _step(known, found) if is_told else _untold(known, found))).draft

    return office.store.act(work)


def _standing(office: Office, txn: Txn, known: Known) -> list[Carry]:
    """What may be carried on as things stand."""
    policy = office.rules(txn)
    found = []
    for signature in _free(office, txn, known):
        kinds = differences(txn, signature.seen or signature.digest, known.draft.digest)
        serves = tuple(name for name, allowed in _allowed(policy, known.draft.channel, signature.role) if kinds <= allowed)
        if serves:
            found.append(Carry(draft=known.draft, signature=signature, serves=serves, kinds=kinds))
    return found


def _stands(office: Office, txn: Txn, known: Known, found: Carry) -> bool:
    """The draft, the rules and the people are still those that it was found for."""
    same_text = (known.draft.digest, known.draft.round) == (found.draft.digest, found.draft.round)
    waits = known.draft.state in _WAITING and office.same(office.rules(txn))
    return same_text and waits and found.signature in _free(office, txn, known)


def _free(office: Office, txn: Txn, known: Known) -> list[Signature]:
    """The earlier signatures that were given under these rules, by nobody who has had a hand in the text since."""
    rules, bench = office.rules(txn).rules, office.bench(txn)
    barred = bench.barred(known.draft)
    return [each for each in _latest(known) if each.rules == rules and not bench.eyes(each) & barred]


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


def _step(known: Known, carried: Carry) -> Step:
    signature = carried.signature
    data = {
        "by": signature.by,
        "role": signature.role.value,
        "rules": signature.rules,
        "at": signature.at.isoformat(),
        "for": list(carried.serves),
        "seen": carried.saw,
        "kinds": sorted(carried.kinds),
        **({"via": signature.via} if signature.via else {}),
    }
    return Step(kind="carry", actor="gate", to=known.draft.state, data=data)


def _untold(known: Known, carried: Carry) -> Step:
    """Nobody told them, so that they are to sign again: it stands in the log for whoever wonders why."""
    return Step(kind="untold", actor="gate", to=known.draft.state, data={"code": "carried", "who": [carried.signature.by]})


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
