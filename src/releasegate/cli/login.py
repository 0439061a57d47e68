"""Who is at the keyboard: the account of the operating system, never a variable that anybody can set."""

import os


def os_login() -> str:
    """The login name of this process's user; its number where the system has no name for it."""
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
