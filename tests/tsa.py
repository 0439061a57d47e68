"""A time stamp authority on this machine: openssl stamps, with certificates made for the test."""

import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_CONFIG = """
[ tsa ]
default_tsa = here
[ here ]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.13762.3
digests = sha256
"""

STAMPING = ExtendedKeyUsageOID.TIME_STAMPING


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _span(begins: datetime, lasts: timedelta) -> tuple[datetime, datetime]:
    return begins, begins + lasts


@dataclass
class Authority:
    """Stamps requests, as `openssl ts` does; `uses` are what its certificate is for, `valid` from when to when."""

    folder: Path
    uses: Iterable[x509.ObjectIdentifier] = (STAMPING,)
    valid: tuple[datetime, datetime] = field(default_factory=lambda: _span(datetime.now(UTC) - timedelta(days=1), timedelta(days=2)))
    asked: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        root, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        always = _span(datetime(2020, 1, 1, tzinfo=UTC), timedelta(days=36500))
        top = self._certificate("Root", root.public_key(), always).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        leaf = self._certificate("Time", own.public_key(), self.valid).add_extension(x509.ExtendedKeyUsage(list(self.uses)), critical=True)
        self.roots = top.sign(root, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        files = {"root.pem": self.roots, "tsa.pem": leaf.sign(root, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)}
        key = own.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        config = _CONFIG.format(folder=self.folder).encode()
        for name, data in {**files, "tsa.key": key, "serial": b"01\n", "tsa.cnf": config}.items():
            (self.folder / name).write_bytes(data)

    @staticmethod
    def _certificate(subject: str, public: ec.EllipticCurvePublicKey, span: tuple[datetime, datetime]) -> x509.CertificateBuilder:
        builder = x509.CertificateBuilder().subject_name(_name(subject)).issuer_name(_name("Root")).public_key(public)
        return builder.serial_number(x509.random_serial_number()).not_valid_before(span[0]).not_valid_after(span[1])

    def __call__(self, request: bytes) -> bytes:
        """The answer to this request."""
        self.asked.append(request)
        query, reply = self.folder / "query", self.folder / "reply"
        query.write_bytes(request)
        command = ["openssl", "ts", "-reply", "-config", str(self.folder / "tsa.cnf"), "-queryfile", str(query), "-out", str(reply)]
        subprocess.run(command, check=True, capture_output=True)
        return reply.read_bytes()
