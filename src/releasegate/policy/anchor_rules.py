"""Where the log's signed heads are kept outside the store, who signs them, and how old the last one may be."""

from typing import Annotated

from pydantic import AfterValidator, model_validator

from releasegate.messages.words import Words
from releasegate.policy.duration import SomeTime
from releasegate.policy.keys import key_bytes
from releasegate.policy.naming import Line, Names, UnorderedNames
from releasegate.policy.part import Part

_KEY_LENGTH = 32  # of an Ed25519 public key


def _signers(keys: tuple[str, ...]) -> tuple[str, ...]:
    for key in keys:
        if len(key_bytes(key)) != _KEY_LENGTH:
            message = Words("{key!r} is no public key; 'releasegate key FILE' prints one like 'ed25519:…'", key=key[:40])
            raise ValueError(message)
    return keys


class AnchorRules(Part):
    """An anchor is a head of the log: with one of them, what was changed before it is found, also by whoever changed the whole store."""

    files: Names = ()
    """Where anchors are added, a line each, at every signature, hold and send: where who writes the store cannot write."""
    key: Line = ""
    """The file with the private key that signs them (`releasegate key FILE`). A process that may not read it leaves anchoring to others."""
    signers: Annotated[UnorderedNames, AfterValidator(_signers)] = ()
    """The public keys whose anchors count. Left out: every line of the files counts."""
    within: SomeTime | None = None
    """Nothing leaves when the last anchor is older than this, or there is none. Left out: its age shuts nothing."""

    @model_validator(mode="after")
    def _together(self) -> "AnchorRules":
        if self.within is not None and not self.files:
            message = Words("within: no 'files' name where the anchors are, whose age it asks for")
            raise ValueError(message)
        if self.key and not self.signers:
            message = Words("key: 'signers' does not name its public key; without it nobody can tell its anchors from others")
            raise ValueError(message)
        return self

    def deciding(self) -> dict[str, object]:
        """What of it opens and shuts: not where the files lie. Nothing where nobody wrote any of it."""
        table = self.to_table()
        return {key: table[key] for key in ("signers", "within") if key in table}


NO_ANCHORS = AnchorRules()
"""Those of a policy that does not speak of anchors."""
