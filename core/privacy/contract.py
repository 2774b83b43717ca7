"""What core and plugins do when a person or a community wants its data, or wants it gone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.accounts.actor import Actor
from core.places.view import PlaceView


@dataclass(frozen=True)
class Subject:
    """The person concerned, known by a mobile number in normal form (``normalise_phone``)."""

    phone: str


@dataclass(frozen=True)
class Section:
    """One kind of data that was found: a title for people, and its rows as JSON values.

    Args:
        key: ``plugin.things``; the same in exports and counts.
    """

    key: str
    title: Any
    rows: Sequence[Mapping[str, Any]]


Counts = Mapping[str, int]
"""How many rows of each kind were erased or made nameless, by the section's key."""


@dataclass(frozen=True)
class PersonalDataHandlers:
    """How a plugin hands out and erases what it holds. All run inside a transaction.

    Args:
        export_person: everything held about a subject in the whole tenant.
        erase_person: erases it, or where a ledger must stay takes away whatever tells who it was.
            Called again, it finds nothing.
        export_community: everything the plugin holds for one community.
        erase_community: erases all of that, ledgers included; runs as the batch role.
        erased: keys of the sections whose rows ``erase_person`` erases or makes nameless. The
            other sections stay, without the name. Without any, people are told only that one or
            the other happens.
    """

    export_person: Callable[[Subject], Sequence[Section]]
    erase_person: Callable[[Actor, Subject], Counts]
    export_community: Callable[[PlaceView], Sequence[Section]]
    erase_community: Callable[[Actor, PlaceView], Counts]
    erased: tuple[str, ...] = ()
