"""Which signatures a key vouches for: asked when one is given, and again from the log at every verdict."""

from collections.abc import Iterable

from releasegate.model.consent import Consent
from releasegate.model.draft import Draft, Signature
from releasegate.model.state import Role
from releasegate.policy.policy import Policy
from releasegate.store import ed25519

ACTIONS = {Role.CHECKER: "confirm", Role.APPROVER: "approve"}


def proven(draft: Draft, policy: Policy, store: str) -> frozenset[int]:
    """The signatures (by their seq) that a key signed which is this person's now: of this draft, text, round, rules and words."""
    return frozenset(each.seq for each in draft.signatures if each.proof and _holds(draft, each, policy, store))


def _holds(draft: Draft, signature: Signature, policy: Policy, store: str) -> bool:
    person = policy.people.get(signature.by)
    consent = Consent(
        store=store,
        draft=draft.id,
        round=signature.round,
        digest=signature.digest,
        action=ACTIONS[signature.role],
        rules=signature.rules,
        by=signature.by,
        said=signature.said,
        nonce=signature.proof.partition(".")[0],
    )
    return person is not None and fits(consent, signature.proof, person.keys)


def fits(consent: Consent, token: str, keys: Iterable[str]) -> bool:
    """One of these keys signed this consent."""
    nonce, _, signature = token.partition(".")
    return bool(nonce) and nonce == consent.nonce and any(ed25519.fits(key, signature, consent.statement()) for key in keys)


def asks_for_keys(policy: Policy, channel: str, role: Role) -> bool:
    """Every requirement here in which this role has a place wants it signed with a key: a yes without one would count for nothing."""
    rules = [rule for rule in policy.applying(channel) if (rule.checkers if role is Role.CHECKER else rule.approvers or rule.second_look)]
    return bool(rules) and all(rule.auth == "signed" for rule in rules)
