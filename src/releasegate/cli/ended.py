"""How a command ends where no error of the library says it: a sentence, an exit code, and the facts between them."""

from releasegate.cli.exits import Exit


class Ended(Exception):
    """The command ends here, with this code. `facts` are for a script that reads JSON."""

    def __init__(self, message: str, code: Exit, **facts: object) -> None:
        super().__init__(message)
        self.message, self.code, self.facts = message, code, facts
