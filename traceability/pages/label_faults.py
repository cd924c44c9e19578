"""What is wrong with a design, told at the fields of the form that caused it."""

from __future__ import annotations

from collections.abc import Callable

from supplychain.base.labelling.design import KINDS, Design
from supplychain.kernel.errors import Invalid
from supplychain.kernel.i18n import N_, Text
from traceability.models.label import LabelDesign


def told(before: Design, own: str, act: Callable[[], LabelDesign]) -> LabelDesign:
    """Do something to a design; Invalid tells faults below the path `own` at the fields of that name.

    Faults elsewhere keep their path and say which element they are about.
    """
    try:
        return act()
    except Invalid as error:
        fields = {
            path.removeprefix(own): [
                text if path.startswith(own) else about(before, path, text) for text in texts
            ]
            for path, texts in error.fields.items()
        }
        raise Invalid(error.text.msgid, fields=fields) from None


def about(design: Design, path: str, text: Text | str) -> Text:
    """Return a message with the element that it is about, when its path names one."""
    room, _, rest = path.partition(".")
    number = rest.partition(".")[0]
    if room != "elements" or not number.isdigit() or int(number) >= len(design.elements):
        return text if isinstance(text, Text) else Text(str(text))
    kind = Text(KINDS[design.elements[int(number)].kind])
    told_of = {"number": int(number) + 1, "kind": kind, "said": text}
    return Text(N_("Element %(number)s (%(kind)s): %(said)s"), told_of)
