"""What the library says to the program's own logs: through structlog, in whatever way the program has set it up."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger


def diary() -> FilteringBoundLogger:
    """A structlog logger. Where the program has not configured structlog, it goes to the stdlib logger `releasegate`, never to stdout."""
    import structlog

    if structlog.is_configured():
        configured: FilteringBoundLogger = structlog.get_logger("releasegate")
        return configured
    renderer: Any = structlog.processors.KeyValueRenderer(key_order=["event"])
    plain: FilteringBoundLogger = structlog.wrap_logger(
        logging.getLogger("releasegate"),
        processors=[structlog.processors.format_exc_info, renderer],
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    return plain
