"""examples/web_service, as a team would use it: a service of its own, a mail server, people who log in over HTTP."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from mail_server import MailServer

from tests.test_examples import copied, run

pytestmark = pytest.mark.no_cover

KEY = "a key of more than thirty-two letters"
PASSWORDS = {name: f"{name} has a long password" for name in ("akari", "ben", "chie")}
TEXT = {"channel": "newsletter", "recipients": ["mika@reader.example", "ken@reader.example"], "subject": "July", "text": "Doors open."}


@dataclass(frozen=True)
class Site:
    """The service at its address, the mail server behind it, and its folder."""

    url: str
    server: MailServer
    folder: Path

    @contextmanager
    def person(self, name: str) -> Iterator[httpx.Client]:
        """A browser in which this person has logged in."""
        with self.stranger() as client:
            assert 204 == client.post("/login", json={"name": name, "password": PASSWORDS[name]}).status_code
            yield client

    def stranger(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=30)


def _environment(**more: str) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_", "SESSION_KEY"))}
    return plain | more


@contextmanager
def _serving(folder: Path, **more: str) -> Iterator[str]:
    """The service on a port that the system chooses; its address."""
    command = [sys.executable, "-m", "uvicorn", "--factory", "service:create", "--port", "0", "--no-access-log"]
    env = _environment(SESSION_KEY=KEY, **more)
    with subprocess.Popen(command, cwd=folder, env=env, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            if found := re.search(r"running on (http://\S+)", line):
                break
        else:
            pytest.fail("".join(said))
        try:
            yield found[1]
        finally:
            process.terminate()
            process.communicate()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """What the README says: a folder, a policy, passwords, uvicorn."""
    folder = copied("web_service", tmp_path_factory.mktemp("site"))
    with MailServer() as server:
        policy = folder / "releasegate.toml"
        policy.write_text(policy.read_text(encoding="utf-8").replace("localhost:8025", server.address), encoding="utf-8")
        for name, password in PASSWORDS.items():
            said = run(folder, "-c", f"from logins import Logins; Logins().put({name!r}, {password!r})")
            assert 0 == said.returncode, said.stderr
        with _serving(folder, PLAIN_HTTP="on this machine only") as url:
            yield Site(url, server, folder)


def _digest(client: httpx.Client, draft: str) -> str:
    return str(client.get(f"/drafts/{draft}").json()["digest"])


def _post(client: httpx.Client, path: str, **body: Any) -> httpx.Response:  # noqa: ANN401 - JSON
    return client.post(f"/drafts/{path}", json=body)


def test_from_a_text_to_a_sent_mail(site: Site) -> None:
    """Stopped by a decision that says what is missing; signed by two who are logged in; sent once."""
    with site.person("akari") as akari, site.person("ben") as ben, site.person("chie") as chie:
        assert "drafting" == akari.put("/drafts/july", json=TEXT).json()["state"]
        assert "checking" == _post(akari, "july/submit", note="Only the hour is new.").json()["state"]
        assert [True, False] == ["july" in {each["draft"] for each in client.get("/queue").json()} for client in (ben, chie)]

        closed = _post(akari, "july/send")
        assert (409, False) == (closed.status_code, closed.json()["open"])
        assert [("confirmation-missing", ["ben"]), ("approval-missing", ["chie"])] == [
            (each["code"], each["who"]) for each in closed.json()["blockers"]
        ]
        assert 'Not sent: july "July": 2 things to clear.' == closed.json()["message"].splitlines()[0]
        assert "配信していません" in akari.post("/drafts/july/send", headers={"accept-language": "ja"}).json()["message"]

        shown = ben.get("/drafts/july").json()
        assert {"to": ["mika@reader.example"], "subject": "July", "text": "Doors open.\r\n"} == shown["mail"]
        assert "approving" == _post(ben, "july/confirm", digest=shown["digest"], note="Hour is right.").json()["state"]
        assert "approved" == _post(chie, "july/approve", digest=shown["digest"], note="Go.").json()["state"]
        before = len(site.server.taken)
        report = {"sent": 2, "refused": 0, "unknown": 0, "of": 2, "attempts": []}
        assert [report, report] == [_post(akari, "july/send").json() for _ in range(2)]

    assert sorted(TEXT["recipients"]) == sorted(to for to, _ in site.server.taken[before:])


def test_who_acts_is_who_is_logged_in(site: Site) -> None:
    with site.person("akari") as akari:
        akari.put("/drafts/own", json=TEXT | {"subject": "Own"})
        _post(akari, "own/submit", note="New.")
        digest = _digest(akari, "own")

        for field in ("by", "at"):
            assert 422 == _post(akari, "own/confirm", digest=digest, note="x", **{field: "ben"}).status_code
        seen = akari.post("/drafts/own/confirm", json={"digest": digest, "note": "x"}, headers={"x-user": "ben"})
        assert (409, "not-your-role", "checking") == (seen.status_code, seen.json()["refused"], seen.json()["state"])
        history = akari.get("/drafts/own/history").json()
        assert {"akari"} == {each["by"] for each in history if each["what"] in {"write", "submit", "confirm"}}


@pytest.mark.parametrize("path", ["/queue", "/drafts/july", "/drafts/july/history"])
def test_nobody_reads_without_a_login(site: Site, path: str) -> None:
    with site.stranger() as client:
        assert 401 == client.get(path).status_code


@pytest.mark.parametrize(
    "act", ["submit", "confirm", "approve", "revoke", "send-back", "waive", "withdraw", "hold", "send", "settle", "acknowledge", "decline"]
)
def test_nobody_acts_without_a_login(site: Site, act: str) -> None:
    with site.stranger() as client:
        body = {"digest": "0" * 64, "note": "x", "name": "x"}
        assert 401 == client.post(f"/drafts/july/{act}", json=body, headers={"x-user": "chie"}).status_code
        assert 401 == client.put("/drafts/new", json=TEXT).status_code


@pytest.mark.parametrize("name", ["akari", "nobody", ""])
def test_a_wrong_password_is_no_login(site: Site, name: str) -> None:
    with site.stranger() as client:
        assert 401 == client.post("/login", json={"name": name, "password": "guess"}).status_code
        assert 401 == client.get("/queue").status_code


def test_a_session_ends_when_one_leaves_or_has_another_password(site: Site) -> None:
    with site.person("chie") as chie:
        assert 204 == chie.post("/logout").status_code
        assert 401 == chie.get("/queue").status_code
    with site.person("chie") as chie:
        run(site.folder, "-c", "from logins import Logins; Logins().put('chie', 'changed after she had left it open')")
        assert 401 == chie.get("/queue").status_code
    run(site.folder, "-c", f"from logins import Logins; Logins().put('chie', {PASSWORDS['chie']!r})")


def test_a_cookie_of_ones_own_making_is_nobody(site: Site) -> None:
    with site.person("ben") as ben:
        sealed = ben.cookies["session"]
    forged = [sealed[:-4] + "AAAA", sealed.replace(sealed[:8], "eyJuYW1l", 1) + "x", "eyJuYW1lIjogImNoaWUifQ=="]
    for cookie in forged:
        with httpx.Client(base_url=site.url, cookies={"session": cookie}) as client:
            assert 401 == client.get("/queue").status_code


def test_the_digest_that_is_signed_is_the_one_that_was_shown(site: Site) -> None:
    with site.person("akari") as akari, site.person("ben") as ben:
        akari.put("/drafts/moved", json=TEXT | {"subject": "Moved"})
        seen = _digest(ben, "moved")
        akari.put("/drafts/moved", json=TEXT | {"subject": "Moved again"})
        _post(akari, "moved/submit", note="Another subject.")

        late = _post(ben, "moved/confirm", digest=seen, note="Read.")
        assert (409, "text-changed", seen) == (late.status_code, late.json()["refused"], late.json()["params"]["saw"])
        assert late.json()["digest"] == late.json()["params"]["now"] != seen


def test_a_hold_stops_it_and_says_how_certain_that_is(site: Site) -> None:
    with site.person("akari") as akari, site.person("chie") as chie:
        akari.put("/drafts/held", json=TEXT | {"subject": "Held"})
        answer = _post(akari, "held/hold")
        assert (200, True, "HELD", "held/h1") == (answer.status_code, *(answer.json()[key] for key in ("held", "state", "hold")))
        assert "hold-active" in {each["code"] for each in _post(akari, "held/send").json()["blockers"]}
        refused = akari.post("/drafts/held/holds/h9/lift", json={"note": "x"})
        assert (404, True) == (refused.status_code, "held/h9" in refused.json()["message"])
        blind = chie.post("/drafts/held/holds/h1/lift", json={"note": "It is fine."})
        assert (409, "read-back-needed") == (blind.status_code, blind.json()["refused"])
        seen = {"mark": _digest(chie, "held")[:8], "recipients": 2}
        lifted = chie.post("/drafts/held/holds/h1/lift", json={"note": "It is fine.", "read_back": seen})
        assert "hold-active" not in {each["code"] for each in lifted.json()["blockers"]}


def test_what_was_handed_on_is_taken_over_asked_about_or_declined(site: Site) -> None:
    with site.person("akari") as akari, site.person("ben") as ben, site.person("chie") as chie:
        akari.put("/drafts/handed", json=TEXT | {"subject": "Handed"})
        _post(akari, "handed/submit", note="Please read the figures.")
        assert 200 == _post(ben, "handed/question", note="Which year?").status_code
        assert 200 == _post(akari, "handed/answer", note="This one.").status_code
        assert 200 == _post(ben, "handed/acknowledge").status_code
        assert (409, "nothing-to-acknowledge") == ((no := _post(chie, "handed/decline", note="Not me.")).status_code, no.json()["refused"])
        digest = _digest(ben, "handed")
        _post(ben, "handed/confirm", digest=digest, note="Read.")
        wrong = {"mark": digest[:8], "recipients": 3}
        misread = _post(chie, "handed/approve", digest=digest, note="Go.", read_back=wrong)
        assert (409, "read-back-differs") == (misread.status_code, misread.json()["refused"])
        kinds = [each["what"] for each in akari.get("/drafts/handed/history").json()]
        assert {"question", "answer", "acknowledge", "misread"} <= set(kinds)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"subject": "July\r\nBcc: everybody@reader.example"}, 422),
        ({"recipients": ["not an address"]}, 422),
        ({"recipients": []}, 422),
        ({"channel": "press"}, 404),
        ({"send_at": "when it is ready"}, 422),
    ],
)
def test_what_cannot_be_a_mail_is_said_and_nothing_breaks(site: Site, change: dict[str, object], status: int) -> None:
    with site.person("akari") as akari:
        assert status == akari.put("/drafts/odd", json=TEXT | change).status_code


def test_a_stranger_among_the_drafts_is_not_found(site: Site) -> None:
    with site.person("ben") as ben:
        assert 404 == ben.get("/drafts/never-written").status_code
        assert 404 == _post(ben, "never-written/withdraw", note="x").status_code


def test_whoever_is_in_no_policy_may_do_nothing_with_a_password(site: Site) -> None:
    run(site.folder, "-c", "from logins import Logins; Logins().put('dai', 'a password but no place')")
    with site.stranger() as dai:
        assert 204 == dai.post("/login", json={"name": "dai", "password": "a password but no place"}).status_code
        seen = dai.get("/queue")
        assert (409, "unknown-person") == (seen.status_code, seen.json()["refused"])
        assert 409 == dai.put("/drafts/dais", json=TEXT).status_code


def test_many_at_once_send_it_once(site: Site) -> None:
    with site.person("akari") as akari, site.person("ben") as ben, site.person("chie") as chie:
        akari.put("/drafts/many", json=TEXT | {"subject": "Many"})
        _post(akari, "many/submit", note="New.")
        digest = _digest(akari, "many")
        _post(ben, "many/confirm", digest=digest, note="Read.")
        _post(chie, "many/approve", digest=digest, note="Go.")
        before = len(site.server.taken)
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: _post(chie, "many/send").status_code, range(8)))

    assert {200, 409} >= set(answers)
    assert 200 in answers
    assert 2 == len(site.server.taken) - before


def test_without_a_key_it_does_not_start(site: Site) -> None:
    for key in ("", "short"):
        command = [sys.executable, "-m", "uvicorn", "--factory", "service:create", "--port", "0"]
        env = _environment(SESSION_KEY=key)
        done = subprocess.run(command, cwd=site.folder, env=env, capture_output=True, text=True, check=False, timeout=60)
        assert (True, True) == (done.returncode != 0, "Not started: set SESSION_KEY" in done.stderr)


def test_the_cookie_asks_for_https_and_for_no_other_site(site: Site) -> None:
    with _serving(site.folder) as url, httpx.Client(base_url=url) as client:
        answer = client.post("/login", json={"name": "ben", "password": PASSWORDS["ben"]})
        assert {"secure", "httponly", "samesite=strict"} <= set(answer.headers["set-cookie"].lower().split("; "))
        assert 401 == client.get("/queue").status_code


def test_a_password_is_asked_for_and_a_short_one_is_not_kept(site: Site) -> None:
    code = "import logins, sys; logins.getpass = lambda _: {!r}; sys.exit(logins.main('eve'))"
    assert [1, 0] == [run(site.folder, "-c", code.format(said)).returncode for said in ("short", "long enough for this")]
    kept = (site.folder / "logins.json").read_text(encoding="utf-8")
    assert "long enough" not in kept
    assert 0o600 == (site.folder / "logins.json").stat().st_mode & 0o777
