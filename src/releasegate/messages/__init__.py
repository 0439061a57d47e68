"""Everything that people read, in English and Japanese: codes and facts come in, sentences go out."""

from releasegate.messages.catalogue import LANGUAGES, language
from releasegate.messages.line import pad, plain, width
from releasegate.messages.outcome import hold_answer, report
from releasegate.messages.refused import refusal
from releasegate.messages.sentence import finding
from releasegate.messages.verdict import event, explain, holds
from releasegate.messages.voice import Voice, text
from releasegate.messages.words import told

__all__ = [
    "LANGUAGES",
    "Voice",
    "event",
    "explain",
    "finding",
    "hold_answer",
    "holds",
    "language",
    "pad",
    "plain",
    "refusal",
    "report",
    "text",
    "told",
    "width",
]
