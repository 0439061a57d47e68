"""The words that a policy may not take for itself, and the kinds of change that it may name."""

# The gate's own rules: no requirement and no check may be called so, and so no waiver can ever name one of them.
GATE_CODES = frozenset(
    {
        "already-sent",
        "anchor-mismatch",
        "anchor-old",
        "approval-binds-content",
        "channel-identity",
        "channel-missing",
        "check-crashed",
        "check-missing",
        "checks-fresh",
        "clock-unsure",
        "handover-acknowledged",
        "history-broken",
        "approval-missing",
        "confirmation-missing",
        "second-look",
        "requirement-error",
        "not-sent",
        "not-sendable",
        "hold-active",
        "hold-unknown",
        "in-progress",
        "lane-bulk",
        "lane-by-hand",
        "lane-option",
        "lane-spent",
        "lane-too-wide",
        "lane-uncounted",
        "live-test-identity",
        "missed",
        "no-requirement",
        "not-submitted",
        "outcome-unknown",
        "past-the-gate",
        "policy-not-in-force",
        "question-open",
        "stopped",
        "twin-held",
        "twin-sent",
        "waiting-for-time",
        "withdrawn",
    }
)

# How a text can differ from the one that was signed; `keep_on` names those that leave a signature standing.
CHANGE_KINDS = frozenset(
    {
        "attachments",
        "channel",
        "links",
        "recipients.grown",
        "recipients.shrunk",
        "schedule.earlier",
        "schedule.later",
        "sender",
        "subject",
        "text",
        "unchanged",
    }
)
