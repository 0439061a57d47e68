"""What a person signs with a key of their own, when they confirm or approve."""

import hashlib
from dataclasses import dataclass

from releasegate.model.manifest import canonical

_DOMAIN = b"releasegate consent 1\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One person's yes to one text in one round of one draft of one store, under one set of rules, with these words; given once (`nonce`).

    `action` is `confirm` or `approve`; `said` the sha256 of the note's text.
    """

    store: str
    draft: str
    round: int
    digest: str
    action: str
    rules: str
    by: str
    said: str
    nonce: str

    def statement(self) -> bytes:
        """The bytes to sign: of this kind only, so that no other signature of the same key can stand for it."""
        return _DOMAIN + canonical({"v": 1, **{name: getattr(self, name) for name in self.__slots__}})

    def token(self, signature: str) -> str:
        """What goes to `confirm` or `approve` as `signature=`: the nonce, and the signature in base64."""
        return f"{self.nonce}.{signature}"


def words_digest(note: str) -> str:
    """sha256 of a note's text."""
    return hashlib.sha256(note.encode()).hexdigest()
