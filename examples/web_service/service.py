"""The gate's verbs behind a login. Who acts is whoever is logged in; a request cannot name somebody else, nor another time.

    python logins.py akari                                        a password for each of the people in releasegate.toml
    SESSION_KEY=… python -m uvicorn --factory service:create      behind something that speaks HTTPS: the cookie asks for it

A closed gate is a 409 whose body is the decision: what is missing, who can clear it, how. Whoever signs names the digest that they saw.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from logins import Logins
from pydantic import BaseModel, ConfigDict, EmailStr, Field
from starlette.middleware.sessions import SessionMiddleware

from releasegate import Blocked, Decision, Draft, Gate, GateError, HoldAnswer, Refused
from releasegate.errors import Conflict, ContentError, HoldNotPlaced, NotFound
from releasegate.model import ReadBack

SENDER = "Museum <news@museum.example>"
HOURS = 8
SHORTEST_KEY = 32
STATUS: dict[type[Exception], int] = {NotFound: 404, Conflict: 409, ContentError: 422, HoldNotPlaced: 503}

Line = Annotated[str, Field(pattern=r"^[^\r\n]*$", max_length=200)]


class Form(BaseModel):
    """What a request may say: these fields and no others. There is no `by` and no `at` in any of them."""

    model_config = ConfigDict(extra="forbid")


class Login(Form):
    """Who one is."""

    name: str
    password: str


class Text(Form):
    """One mail to each of these people."""

    channel: str
    recipients: list[EmailStr] = Field(min_length=1, max_length=10_000)
    subject: Line
    text: str
    send_at: Line = ""


class Noted(Form):
    """For the next person."""

    note: str


class Held(Form):
    """A hold needs no words."""

    note: str = ""


class Seen(Form):
    """What a person reads back: typed by them, never filled in by the page. Without `send_at`: as soon as it may."""

    mark: str
    recipients: int
    send_at: Line | None = None


class Signed(Noted):
    """For exactly the text of this digest: what the page showed, not what the server has now."""

    digest: str


class Approved(Signed):
    """Where it reaches many, with a read-back."""

    read_back: Seen | None = None


class Lifted(Noted):
    """A hold is lifted with a read-back of what will then leave."""

    read_back: Seen | None = None


class Taken(Form):
    """What was handed to me is mine from now on; where it is critical, with a read-back."""

    read_back: Seen | None = None


class Waived(Signed):
    """The finding or requirement that may stand."""

    name: str


class Settled(Noted):
    """What the provider's record says of an attempt."""

    attempt: str
    outcome: Literal["sent", "not_sent"]


def the_gate(request: Request) -> Gate:
    """One gate for all threads of this process."""
    found: Gate = request.app.state.gate
    return found


def me(request: Request) -> str:
    """Who is logged in; 401 for nobody, and for a session from before the password was changed."""
    name, seal = request.session.get("name", ""), request.session.get("seal", "")
    logins: Logins = request.app.state.logins
    if not name or seal != logins.seal(name):
        raise HTTPException(401, "Log in first.")
    return str(name)


Me = Annotated[str, Depends(me)]
TheGate = Annotated[Gate, Depends(the_gate)]
door = APIRouter()
desk = APIRouter(prefix="/drafts", dependencies=[Depends(me)])


@door.post("/login", status_code=204)
def login(request: Request, form: Login) -> None:
    """A session for this person."""
    logins: Logins = request.app.state.logins
    seal = logins.check(form.name, form.password)
    request.session.clear()
    if not seal:
        raise HTTPException(401, "No such name, or another password.")
    request.session.update(name=form.name, seal=seal)


@door.post("/logout", status_code=204)
def logout(request: Request) -> None:
    """No session any more."""
    request.session.clear()


@door.get("/queue")
def queue(gate: TheGate, by: Me) -> list[dict[str, Any]]:
    """What waits for me."""
    return [gate.decide(draft.id).to_dict() for draft in gate.queue(by)]


@desk.get("/{draft_id}")
def show(draft_id: str, gate: TheGate) -> dict[str, Any]:
    """The decision, and the first mail of the text whose digest it names. Asking is never refused because the gate is closed."""
    decision = gate.decide(draft_id)
    letter = gate.letter(draft_id, digest=decision.digest)
    return decision.to_dict() | {"mail": {"to": letter.to, "subject": letter.subject, "text": letter.text}}


@desk.get("/{draft_id}/history")
def history(draft_id: str, gate: TheGate) -> list[dict[str, Any]]:
    """Who did what to which text, when, with which note."""
    return [
        {"at": each.at, "by": each.actor, "what": each.kind, "digest": each.digest, "note": each.note} for each in gate.history(draft_id)
    ]


@desk.put("/{draft_id}")
def write(draft_id: str, form: Text, gate: TheGate, by: Me) -> dict[str, Any]:
    """A new draft, or a new text for this one."""
    mails = [_mail(form, recipient) for recipient in form.recipients]
    return _stands(gate, gate.write(draft_id, channel=form.channel, content=mails, by=by, send_at=form.send_at or None))


@desk.post("/{draft_id}/submit")
def submit(draft_id: str, form: Noted, gate: TheGate, by: Me) -> dict[str, Any]:
    """Hand it on."""
    return _stands(gate, gate.submit(draft_id, by=by, note=form.note))


@desk.post("/{draft_id}/confirm")
def confirm(draft_id: str, form: Signed, gate: TheGate, by: Me) -> dict[str, Any]:
    """As a checker."""
    return _stands(gate, gate.confirm(draft_id, digest=form.digest, by=by, note=form.note))


@desk.post("/{draft_id}/approve")
def approve(draft_id: str, form: Approved, gate: TheGate, by: Me) -> dict[str, Any]:
    """As an approver."""
    return _stands(gate, gate.approve(draft_id, digest=form.digest, by=by, note=form.note, read_back=_read(form.read_back)))


@desk.post("/{draft_id}/acknowledge")
def acknowledge(draft_id: str, form: Taken, gate: TheGate, by: Me) -> dict[str, Any]:
    """Take over what was handed to me."""
    return _stands(gate, gate.acknowledge(draft_id, by=by, read_back=_read(form.read_back)))


@desk.post("/{draft_id}/question")
def question(draft_id: str, form: Noted, gate: TheGate, by: Me) -> dict[str, Any]:
    """Ask before I take it over."""
    return _stands(gate, gate.question(draft_id, by=by, note=form.note))


@desk.post("/{draft_id}/answer")
def answer(draft_id: str, form: Noted, gate: TheGate, by: Me) -> dict[str, Any]:
    """Answer what I was asked, or say why my hold stands."""
    return _stands(gate, gate.answer(draft_id, by=by, note=form.note))


@desk.post("/{draft_id}/decline")
def decline(draft_id: str, form: Noted, gate: TheGate, by: Me) -> dict[str, Any]:
    """Do not take it over, and say why."""
    return _stands(gate, gate.decline(draft_id, by=by, note=form.note))


@desk.post("/{draft_id}/revoke")
def revoke(draft_id: str, form: Signed, gate: TheGate, by: Me) -> dict[str, Any]:
    """Take one's own signature back."""
    return _stands(gate, gate.revoke(draft_id, digest=form.digest, by=by, note=form.note))


@desk.post("/{draft_id}/send-back")
def send_back(draft_id: str, form: Noted, gate: TheGate, by: Me) -> dict[str, Any]:
    """To the author, with what must change."""
    return _stands(gate, gate.send_back(draft_id, by=by, note=form.note))


@desk.post("/{draft_id}/waive")
def waive(draft_id: str, form: Waived, gate: TheGate, by: Me) -> dict[str, Any]:
    """One vote to let a finding stand."""
    return _stands(gate, gate.waive(draft_id, form.name, digest=form.digest, by=by, note=form.note))


@desk.post("/{draft_id}/withdraw")
def withdraw(draft_id: str, form: Noted, gate: TheGate, by: Me) -> dict[str, Any]:
    """It will never leave."""
    return _stands(gate, gate.withdraw(draft_id, by=by, note=form.note))


@desk.post("/{draft_id}/hold")
def hold(draft_id: str, form: Held, response: Response, gate: TheGate, by: Me) -> dict[str, Any]:
    """Stop it: 200 only where nothing leaves from now on, else 202 with what is not certain."""
    answer: HoldAnswer = gate.hold(draft_id, by=by, note=form.note)
    response.status_code = 200 if answer else 202
    return answer.to_dict() | {"message": str(answer)}


@desk.post("/{draft_id}/holds/{hold_id}/lift")
def lift(draft_id: str, hold_id: str, form: Lifted, gate: TheGate, by: Me) -> dict[str, Any]:
    """Lift this one hold."""
    return _stands(gate, gate.lift(f"{draft_id}/{hold_id}", by=by, note=form.note, read_back=_read(form.read_back)))


@desk.post("/{draft_id}/send")
def send(draft_id: str, gate: TheGate, by: Me) -> dict[str, Any]:
    """What was approved, each mail at most once; again after the end: the same report."""
    report = gate.send(draft_id, by=by)
    return {"sent": report.sent, "refused": report.refused, "unknown": report.unknown, "of": report.of, "attempts": report.attempts}


@desk.post("/{draft_id}/settle")
def settle(draft_id: str, form: Settled, gate: TheGate, by: Me) -> dict[str, Any]:
    """What became of an attempt whose outcome is not known."""
    return _stands(gate, gate.settle(draft_id, attempt=form.attempt, outcome=form.outcome, by=by, note=form.note))


def _read(seen: Seen | None) -> ReadBack | None:
    return ReadBack(mark=seen.mark, recipients=seen.recipients, send_at=seen.send_at or None) if seen else None


def _mail(form: Text, recipient: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = SENDER, recipient, form.subject
    mail.set_content(form.text)
    return mail


def _stands(gate: Gate, draft: Draft) -> dict[str, Any]:
    """Where the draft stands now, and what it waits for."""
    return gate.decide(draft.id).to_dict()


def no(request: Request, error: Exception) -> JSONResponse:
    """409 and the decision where the gate is closed or somebody may not; else the error's own status, or 503: the store, the rules."""
    if isinstance(error, Blocked) and isinstance(decision := error.decision, Decision):
        lang = request.headers.get("accept-language", "")
        return JSONResponse(decision.to_dict() | {"message": decision.explain(lang)}, status_code=409)
    if isinstance(error, Refused):
        said = {"refused": error.code, "params": error.params, "message": str(error)}
        return JSONResponse(_now(request) | said, status_code=409)
    return JSONResponse({"message": str(error)}, status_code=STATUS.get(type(error), 503))


def _now(request: Request) -> dict[str, Any]:
    """How the draft stands that the request is about, if there is one."""
    gate: Gate = request.app.state.gate
    try:
        return gate.decide(request.path_params.get("draft_id", "")).to_dict()
    except NotFound:
        return {}


@asynccontextmanager
async def life(app: FastAPI) -> AsyncIterator[None]:
    """The gate is opened with the service, and closed with it."""
    app.state.gate, app.state.logins = Gate.load(), Logins()
    yield
    app.state.gate.close()


def create() -> FastAPI:
    """The service. Refuses to start with a key that could be guessed."""
    key = os.environ.get("SESSION_KEY", "")
    if len(key) < SHORTEST_KEY:
        raise SystemExit(
            'Not started: set SESSION_KEY, for example to the output of  python -c "import secrets; print(secrets.token_hex())"'
        )
    app = FastAPI(title="releasegate", lifespan=life)
    # Strict: no other site can make a browser send the cookie along.
    plain = os.environ.get("PLAIN_HTTP") == "on this machine only"
    app.add_middleware(SessionMiddleware, secret_key=key, max_age=HOURS * 3600, same_site="strict", https_only=not plain)
    app.include_router(door)
    app.include_router(desk)
    app.add_exception_handler(GateError, no)
    return app
