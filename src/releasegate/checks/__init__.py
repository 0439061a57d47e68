"""The core checks, and what it takes to add one: a function and a line in the policy."""

from collections.abc import Iterable, Mapping
from typing import Any

from releasegate.checks import registry
from releasegate.checks.addresses import AddressInvisible, AddressSyntax
from releasegate.checks.approved_lists import ListChangedSinceApproval
from releasegate.checks.bystanders import ToCcInsteadOfBcc
from releasegate.checks.counts import CountDeclared
from releasegate.checks.days_off import HolidayWeekend
from releasegate.checks.embargoes import EmbargoEarly
from releasegate.checks.holes import merge_field_empty
from releasegate.checks.injection import recipient_header_injection
from releasegate.checks.leftovers import TestText
from releasegate.checks.letters import Letters, read_letter
from releasegate.checks.placeholders import PlaceholderUnresolved
from releasegate.checks.reach import UrlNonPublic
from releasegate.checks.recipients import DuplicateRecipients, RecipientsEmpty
from releasegate.checks.registry import check, settings_digest, settings_of
from releasegate.checks.repeats import DuplicateSend
from releasegate.checks.running import run_check, run_checks
from releasegate.checks.schedules import SchedulePast, UndoWindow, schedule_dst, schedule_zone
from releasegate.checks.sizes import ListSizeChange
from releasegate.checks.subjects import subject_missing
from releasegate.checks.suppressed import SuppressedRecipient, suppressed_by
from releasegate.checks.texts import text_missing
from releasegate.checks.unreadable import letter_unreadable
from releasegate.checks.urls import UrlPlaceholder, url_malformed
from releasegate.checks.weekdays import weekday_mismatch
from releasegate.checks.windows import SendWindow
from releasegate.protocols import Check

__all__ = [
    "Letters",
    "build_checks",
    "check",
    "core_checks",
    "read_letter",
    "run_check",
    "run_checks",
    "settings_digest",
    "settings_of",
    "suppressed_by",
]


_CORE: tuple[Check, ...] = (
    RecipientsEmpty(),
    AddressSyntax(),
    AddressInvisible(),
    recipient_header_injection,
    DuplicateRecipients(),
    SuppressedRecipient(),
    CountDeclared(),
    ListSizeChange(),
    ListChangedSinceApproval(),
    ToCcInsteadOfBcc(),
    SchedulePast(),
    schedule_zone,
    schedule_dst,
    UndoWindow(),
    EmbargoEarly(),
    HolidayWeekend(),
    SendWindow(),
    weekday_mismatch,
    url_malformed,
    UrlPlaceholder(),
    UrlNonPublic(),
    subject_missing,
    text_missing,
    PlaceholderUnresolved(),
    merge_field_empty,
    DuplicateSend(),
    TestText(),
    letter_unreadable,
)


def core_checks() -> tuple[Check, ...]:
    """Every core check, each with its own severities and parameters."""
    return _CORE


def build_checks(rules: Mapping[str, Mapping[str, Any]], extra: Iterable[Check] = ()) -> tuple[Check, ...]:
    """The core checks and `extra`, each with the parameters that `rules` has for its id.

    Raises PolicyError naming every mistake: an unknown check or parameter with what comes near, a wrong type with what is wanted.
    """
    return registry.build_checks(rules, core_checks(), extra)
