"""Any other client, locked at the methods that its owner names; and single functions."""

import asyncio
import inspect
import types
from collections.abc import Awaitable, Callable
from functools import update_wrapper
from typing import Any, TypeVar

from releasegate.errors import GuardError
from releasegate.guards.toll import Toll
from releasegate.messages.words import Words
from releasegate.policy.nearest import nearest

C = TypeVar("C")
_MARK = "_releasegate_toll"


def hold(original: Callable[..., Any], toll: Toll, *, skip: int = 0) -> Callable[..., Any]:
    """A function to be called as this one is, which pays the toll first; the first `skip` arguments are not the caller's."""

    def call(*args: object, **kwargs: object) -> object:
        toll.pay(args[skip:], kwargs)
        return original(*args, **kwargs)

    async def call_async(*args: object, **kwargs: object) -> object:
        # In a thread: the toll may have to read the store, and an event loop must not wait for that.
        await asyncio.to_thread(toll.pay, args[skip:], kwargs)
        waited: Awaitable[object] = original(*args, **kwargs)
        return await waited

    made = update_wrapper(call_async if inspect.iscoroutinefunction(original) else call, original)
    setattr(made, _MARK, toll)
    return made


class Held:
    """Stands in a subclass in front of a method, also of one that an instance brings along or makes up when asked."""

    def __init__(self, toll: Toll) -> None:
        self._toll = toll

    def __set_name__(self, owner: type, name: str) -> None:
        self._owner, self._name = owner, name

    def __get__(self, instance: object, owner: type) -> Callable[..., Any]:
        if instance is None:
            raw = inspect.getattr_static(self._owner.__mro__[1], self._name)
            skip = 0 if isinstance(raw, staticmethod | classmethod) else 1
            return hold(getattr(super(self._owner, owner), self._name), self._toll, skip=skip)
        return hold(self._original(instance), self._toll)

    def __set__(self, instance: object, value: object) -> None:
        """A client may set it when it is made, or later; it is held all the same."""
        vars(instance)[self._name] = value

    def _original(self, instance: object) -> Callable[..., Any]:
        own = getattr(instance, "__dict__", {})
        if self._name in own:
            found: Callable[..., Any] = own[self._name]
            return found
        behind: Any = super(self._owner, instance)
        try:
            found = getattr(behind, self._name)
        except AttributeError:
            found = behind.__getattr__(self._name)
        return found


def lock_methods(client: C, names: tuple[str, ...], toll: Toll) -> C:
    """A subclass of this class, or this object made one of such a class: the methods of these names pay the toll."""
    _check(client, names)
    kind = client if isinstance(client, type) else type(client)
    inside = {"__slots__": (), "__module__": kind.__module__, "__qualname__": kind.__qualname__, "__doc__": kind.__doc__}
    held = {name: Held(toll) for name in names}
    try:
        made: Any = types.new_class(kind.__name__, (kind,), {}, lambda space: space.update({**inside, **held}))
        if not isinstance(client, type):
            # Not `client.__class__ = …`: a frozen class would not let us.
            object.__setattr__(client, "__class__", made)
            made = client
    except (TypeError, AttributeError) as error:
        raise _unholdable(kind, error) from error
    if not all(getattr(getattr(made, name), _MARK, None) is toll for name in names):
        if not isinstance(client, type):
            object.__setattr__(client, "__class__", kind)
        raise _unholdable(kind, Words("it looks its methods up in a way of its own"))
    locked: C = made
    return locked


def _check(client: object, names: tuple[str, ...]) -> None:
    """Every name is that of something that can be called, and there is one."""
    if isinstance(client, types.ModuleType):
        raise GuardError(
            Words("a module belongs to the whole process."), mend=Words("Guard its function, and call what guard returns, or its client.")
        )
    if not names:
        raise GuardError(
            Words("the guard does not know which methods of {kind} send.", kind=_called(client)),
            mend=Words('Name them: methods=["send"].'),
        )
    for name in names:
        if not callable(getattr(client, name, None)):
            known = [each for each in dir(client) if not each.startswith("_") and callable(getattr(client, each, None))]
            raise GuardError(
                Words("{kind} has no method {name!r}; {near}.", kind=_called(client), name=name, near=nearest(name, known)),
                mend=Words("Name those that send, on the object that has them."),
            )


def _unholdable(kind: type, why: object) -> GuardError:
    return GuardError(
        Words("an object of {kind} cannot be held: {why}.", kind=kind.__qualname__, why=why),
        mend=Words("Guard its class before it is made, or each function that sends."),
    )


def _called(client: object) -> str:
    return (client if isinstance(client, type) else type(client)).__qualname__
