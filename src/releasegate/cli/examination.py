"""Real files under the checks, without a store: what `releasegate check` says of a mail and a list."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from releasegate.channels.people_csv import read_people
from releasegate.checking import Checking
from releasegate.checks import build_checks
from releasegate.cli.sealing import as_mail, beside, named, parcels_of
from releasegate.decision.folding import Surroundings, fold
from releasegate.errors import ContentError
from releasegate.messages import told
from releasegate.model.draft import Draft, Tally
from releasegate.model.event import Event
from releasegate.model.finding import CheckResult, Finding, Outcome, Severity
from releasegate.model.manifest import Manifest
from releasegate.model.parcel import Parcel
from releasegate.model.schedule import Schedule
from releasegate.policy.channel_rules import ChannelRules
from releasegate.policy.policy import Policy
from releasegate.store.seals import Seal

UNREADABLE = "content-unreadable"
_GRAVEST = (Severity.BLOCKER, Severity.UNKNOWN, Severity.WARNING, Severity.INFO)


def _any_policy() -> Policy:
    return Policy(channels={"mail": ChannelRules(name="mail")})


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is looked at: a mail, a list (None: the mail's own headers), the hour, the rules. `names` is what the two files are called.

    `encoding`: what the list is in, where somebody said so. `lang`: in which language it is said why they cannot be sealed.
    """

    mail: bytes
    people: bytes | None
    at: datetime
    schedule: Schedule = field(default_factory=Schedule)
    policy: Policy = field(default_factory=_any_policy)
    channel: str = "mail"
    identity: str = ""
    names: tuple[str, str] = ("mail.eml", "list.csv")
    encoding: str = ""
    lang: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What was found, the gravest first. `crashed`: checks that gave no answer; `asleep`: those that need the network, and so did not look.

    `digest` is what people would sign; "" where the files could not be sealed at all.
    """

    digest: str = ""
    recipients: int = 0
    findings: tuple[Finding, ...] = ()
    crashed: tuple[CheckResult, ...] = ()
    asleep: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        """Nothing that was found shuts the gate."""
        return not self.crashed and all(finding.severity is Severity.INFO for finding in self.findings)


def examine(task: Task) -> Examined:
    """Seal these files as `write` would, and run every check. Never raises for what stands in them: what cannot be sealed is a finding."""
    try:
        people = None if task.people is None else read_people(task.people, where=task.names[1], encoding=task.encoding)
        mail = as_mail(task.mail, task.names[0])
        with named(task.names[0]):
            parcels = tuple(parcels_of(mail, people, where=task.names[1]))
        unlisted = tuple(beside(mail, people))
    except ContentError as error:
        return Examined(findings=(_unreadable(*(told(part, task.lang) for part in (error.what, error.where, error.mend))),))
    except Exception as error:  # noqa: BLE001 - whatever these bytes did to a parser: they cannot be sealed
        return Examined(findings=(_unreadable(repr(error), task.names[0], ""),))
    draft = _draft(task, parcels)
    with task.policy.locating():
        checking = Checking(build_checks(task.policy.check_parameters()), task.policy)
    found = _sorted(draft, checking.on(draft, parcels, task.at), sum(len(parcel.to) for parcel in parcels))
    return replace(found, findings=(*found.findings, *unlisted))


def _unreadable(what: str, where: str, mend: str) -> Finding:
    words = {"reason": what, "mend": mend}
    return Finding(
        check=UNREADABLE, where=where, params={key: word.encode("utf-8", "backslashreplace").decode() for key, word in words.items()}
    )


def _draft(task: Task, parcels: Sequence[Parcel]) -> Draft:
    """The draft that `write` would make of these parcels, at this moment."""
    seal = Seal()
    for parcel in parcels:
        seal.take(parcel)
    made = Manifest(
        parcels=seal.parcels,
        count=seal.count,
        recipients=seal.recipients,
        reach=seal.reach,
        sender=seal.sender,
        title=seal.title,
        channel=task.channel,
        identity=task.identity,
        meant="live",
        schedule=task.schedule,
        window=int(task.policy.channels[task.channel].window.total_seconds()),
    )
    event = Event(kind="write", actor="", at=task.at, draft_id="check", digest=made.digest, round=1, data={"to": "drafting"})
    return fold([event], Surroundings(manifest=made, tally=Tally(waiting=made.reach)))


def _sorted(draft: Draft, results: Sequence[CheckResult], recipients: int) -> Examined:
    found = [finding for result in results for finding in result.findings]
    return Examined(
        digest=draft.digest,
        recipients=recipients,
        findings=tuple(sorted(found, key=lambda finding: _GRAVEST.index(finding.severity))),
        crashed=tuple(result for result in results if result.outcome is Outcome.ERROR),
        asleep=tuple(result.check for result in results if result.outcome is Outcome.NOT_LOOKED),
    )
