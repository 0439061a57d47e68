"""What the cases of a policy have not tried: every rule of it is bent, and some case must notice."""

from collections.abc import Iterable, Iterator

from releasegate.model.verdict import Decision
from releasegate.policy.codes import GATE_CODES
from releasegate.policy.nearest import nearest
from releasegate.policy.policy import Policy
from releasegate.policy.requirement import Requirement
from releasegate.testing.bending import Bent, bend
from releasegate.testing.case import Case, listed
from releasegate.testing.judging import judge


def untested(policy: Policy, cases: Iterable[Case]) -> list[str]:
    """What no case has tried, each as a sentence that says which case is missing; empty: whatever the file asks for was seen.

    Each requirement is seen to say yes and to say no; each key of it is missed by some case when it is gone or asks for one less; each
    gated channel is seen to let something leave and to keep something back. A name in `blocked_by` that the policy does not have is
    told too: the rule that the case was written for is gone.
    """
    known = tuple(cases)
    decisions = [(case, judge(policy, case)) for case in known]
    return [*_requirements(policy, decisions), *_channels(policy, decisions), *_strangers(policy, known)]


_Judged = list[tuple[Case, Decision]]


def _requirements(policy: Policy, decisions: _Judged) -> Iterator[str]:
    for rule in policy.requirements:
        if not any(rule.name in decision.satisfied for _, decision in decisions):
            yield f"{rule.name}: no case sees it say yes; add one in which {_asked(rule)}"
        if not any(rule.name in decision.blocked_by for _, decision in decisions):
            yield f"{rule.name}: no case sees it say no; add one with blocked_by={{{rule.name!r}}}"
            continue
        yield from (f"{rule.name}: {each.missing}" for each in bend(policy, rule) if not _noticed(rule.name, each, decisions))


def _noticed(name: str, bent: Bent, decisions: _Judged) -> bool:
    """Some case has another answer of this requirement now."""
    return any((name in decision.blocked_by) is not (name in judge(bent.policy, case).blocked_by) for case, decision in decisions)


def _channels(policy: Policy, decisions: _Judged) -> Iterator[str]:
    for name, rules in policy.channels.items():
        answers = {decision.open for case, decision in decisions if case.channel == name}
        if rules.gated and True not in answers:
            yield f"channel {name}: no case lets anything leave there; add one with an empty blocked_by"
        if rules.gated and False not in answers:
            yield f"channel {name}: no case keeps anything back there; add one with a blocked_by"


def _strangers(policy: Policy, cases: Iterable[Case]) -> Iterator[str]:
    known = {*GATE_CODES, *(rule.name for rule in policy.requirements)}
    for case in cases:
        for name in sorted(set(listed(case.blocked_by)) - known):
            close = nearest(name, known)
            hint = close if close.startswith("did") else "the policy has no such requirement, and the gate no such rule"
            yield f"{name}: case {case.name!r} expects it; {hint}"


def _asked(rule: Requirement) -> str:
    """The people who would meet it, in words."""
    if rule.second_look is not None:
        return "it is approved after the pause"
    counts = (("confirmed", rule.checkers), ("approved", rule.approvers))
    verbs = [f"{verb} by {count}" for verb, count in counts if count]
    return f"it is {' and '.join(verbs)}{f' of group {rule.group}' if rule.group else ''}"
