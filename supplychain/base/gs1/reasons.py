"""What each reason of a Gs1Error means, in a sentence for people. The errors are raised elsewhere."""

from __future__ import annotations

from types import MappingProxyType

from supplychain.base.gs1.keys import Gs1Error
from supplychain.kernel.i18n import N_, gettext

WORDS = MappingProxyType(
    {
        "characters": N_("A web address has no such characters."),
        "check-digit": N_("The check digit is wrong."),
        "check-pair": N_("The two check characters are wrong."),
        "company-prefix": N_("It does not begin with a GS1 company prefix."),
        "compressed": N_("The compressed part of the link cannot be read."),
        "country": N_("There is no such country code (ISO 3166)."),
        "coupon": N_("The coupon code is not built as it must be."),
        "currency": N_("There is no such currency code (ISO 4217)."),
        "date": N_("There is no such day."),
        "empty": N_("There is nothing to read."),
        "excludes-another": N_("It may not stand beside another identifier that is there."),
        "fnc1": N_("A raw message begins with FNC1, written ^."),
        "format": N_("A character stands where it may not."),
        "host": N_("The link has no host, or one with characters that a host may not have."),
        "hyphen": N_("Only a hyphen may stand at the end."),
        "iban": N_("The bank account number (IBAN) is wrong."),
        "importer": N_("The importer index is no letter, digit, hyphen or underscore."),
        "in-path": N_("This belongs into the path of the link, not behind the question mark."),
        "leading-zero": N_("It may not begin with zero."),
        "length": N_("It is too long or too short."),
        "letter": N_("At least one character must not be a digit."),
        "media": N_("There is no such kind of carrier."),
        "needs-another": N_("It cannot stand without another identifier that is missing."),
        "no-key": N_("No GS1 key is in it."),
        "no-room": N_("The number has more digits than the key has room for."),
        "not-an-attribute": N_("This may not stand behind the question mark of a link."),
        "not-digits": N_("Only digits may stand here."),
        "package": N_("There is no such kind of package."),
        "padding": N_("The equals signs at the end do not fit the length."),
        "percent": N_("A percent sign is not followed by two hexadecimal digits."),
        "pieces": N_("The number of the piece is zero or above the total."),
        "position": N_("Latitude or longitude is out of range."),
        "qualifier-order": N_("What follows the key in the link is not allowed there or in the wrong order."),
        "repeated": N_("It stands there twice."),
        "scheme": N_("A link begins with http:// or https://."),
        "sequence": N_("It must say which of how many, as 1/2."),
        "serial-missing": N_("A signed key needs its serial number."),
        "sex": N_("It must be 0, 1, 2 or 9."),
        "time": N_("There is no such time of day."),
        "too-many": N_("There are more than 64 identifiers in it."),
        "unknown-ai": N_("There is no such application identifier."),
        "urn": N_("This is no EPC URN, or nothing that a URN can say."),
        "winding": N_("It must be 0, 1 or 9."),
        "yes-no": N_("It must be 0 or 1."),
        "zero": N_("Zero stands where it may not, or is missing where it must stand."),
    }
)


def sentence(error: Gs1Error) -> str:
    """Return what is wrong in the reader's language, with the identifier in front."""
    return _with_identifier(error, gettext(WORDS[error.reason]))


def in_english(error: Gs1Error) -> str:
    """Return what is wrong for programs and logs."""
    return _with_identifier(error, WORDS[error.reason])


def _with_identifier(error: Gs1Error, words: str) -> str:
    return f"({error.ai}) {words}" if error.ai else words
