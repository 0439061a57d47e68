"""Who vouches for an anchor: keys that sign it, authorities that stamp it."""

from dataclasses import dataclass

from releasegate.messages.words import Words
from releasegate.model.anchor import Anchor
from releasegate.policy.keys import key_bytes
from releasegate.store import ed25519


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnesses:
    """The public keys whose signatures count, and the roots (certificates, PEM) of the authorities whose time stamps do."""

    keys: tuple[str, ...] = ()
    roots: bytes = b""

    def doubt(self, anchor: Anchor) -> str:
        """Why this anchor counts for nothing, or "": where keys or roots are known, one of them must vouch for it."""
        if not self.keys and not self.roots:
            return ""
        if self._signed(anchor):
            return ""
        if self.roots and anchor.token:
            from releasegate.store.time_stamps import stamp_fault

            return stamp_fault(anchor, self.roots)
        if anchor.signature:
            return Words("it is signed by none of the keys that count")
        return Words("it is not signed")

    def _signed(self, anchor: Anchor) -> bool:
        ours = {key_bytes(key) for key in self.keys}
        return key_bytes(anchor.key) in ours and ed25519.fits(anchor.key, anchor.signature, anchor.statement())


EVERYBODY = Witnesses()
"""No key and no authority is known: every anchor counts."""
