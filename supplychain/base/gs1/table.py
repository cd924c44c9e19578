"""Every application identifier as data: format, flags, and which go together. No code reads values here.

Facts: GS1 General Specifications, section 3, and the GS1 syntax dictionary; the notation is our own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

Group = tuple[str, ...]
"""Identifiers of which one is enough; `+` joins those that must come together, n stands for any digit."""


@dataclass(frozen=True, slots=True)
class Row:
    """One identifier, or a range that differs in its last digit only.

    `format` lists components: N digits, X CSET 82, Y CSET 39, Z base64url, then a length, a range `1-20`, or
    a length with `?` when the component may be absent; after colons the rules of `linters` that it keeps.
    """

    ais: str
    format: str
    needs: tuple[Group, ...] = ()
    """Of each group one must be there."""
    excludes: Group = ()
    key: tuple[Group, ...] | None = None
    """For a primary key of Digital Links: the sequences of qualifiers that may follow it."""
    is_attribute: bool = True
    """Whether it may stand in a Digital Link's query string."""

    def each(self) -> Iterator[str]:
        """Yield every identifier of the row."""
        first, _, last = self.ais.partition("-")
        width = len(first)
        yield from (f"{number:0{width}d}" for number in range(int(first), int(last or first) + 1))


PREDEFINED = frozenset(f"{number:02d}" for number in (*range(5), *range(11, 21), *range(31, 37), 41))
"""First two digits of identifiers whose values end without FNC1 (General Specifications 7.8.5)."""

_GOODS = ("01", "02", "8006", "8026")
_GOODS_03 = ("01", "02", "03", "8006", "8026")
_GTIN = (("01",),)
_TRADE = (("01", "02"),)
_LOGISTIC = (("00", "01"),)
_UNIT = (("00",),)
_PIECE = (("01", "8006"),)
_SERVED = (("8017", "8018"),)
_MEASURED = ("30", "31nn", "32nn", "35nn", "36nn")
_NAMED = ("7256", "7259")
_ITEM_QUALIFIERS = ("22", "10", "21")


def _measures(first: int, last: int, needs: tuple[Group, ...]) -> tuple[Row, ...]:
    """Return the measures of a run: six digits, the identifier's last digit counts the decimals."""
    return tuple(Row(f"{kind}0-{kind}5", "N6", needs, (f"{kind}n",)) for kind in range(first, last + 1))


ROWS = (
    Row("00", "N18:csum:gcp2", key=((),)),
    Row("01", "N14:csum:gcp2", excludes=("255", "37"), key=(_ITEM_QUALIFIERS, ("235",))),
    Row("02", "N14:csum:gcp2", (("37",),), ("01", "03")),
    Row("03", "N14:csum:gcp2", excludes=("01", "02", "37"), is_attribute=False),
    Row("10", "X1-20", (_GOODS_03,)),
    Row("11", "N6:yymmd0", (_GOODS_03,)),
    Row("12", "N6:yymmd0", (("8020",),)),
    Row("13", "N6:yymmd0", (_GOODS_03,)),
    Row("15-16", "N6:yymmd0", (_GOODS_03,)),
    Row("17", "N6:yymmd0", (("01", "02", "03", "255", "8006", "8026"),)),
    Row("20", "N2", (_GOODS,)),
    Row("21", "X1-20", (("01", "03", "8006"),), ("235",), is_attribute=False),
    Row("22", "X1-20", _GTIN, is_attribute=False),
    Row("235", "X1-28", _GTIN, is_attribute=False),
    Row("240-241", "X1-30", (_GOODS,)),
    Row("242", "N1-6", (_GOODS,)),
    Row("243", "X1-20", _GTIN),
    Row("250", "X1-30", (("01", "8006"), ("21",))),
    Row("251", "X1-30", _PIECE),
    Row("253", "N13:csum:gcp1 X0-17", key=((),)),
    Row("254", "X1-20", (("414",),), is_attribute=False),
    Row(
        "255",
        "N13:csum:gcp1 N0-12",
        excludes=("01", "02", "415", "8006", "8020", "8026"),
        key=((),),
    ),
    Row("30", "N1-8", _TRADE),
    *_measures(310, 316, _TRADE),
    *_measures(320, 329, _TRADE),
    *_measures(330, 336, _LOGISTIC),
    *_measures(337, 337, _GTIN),
    *_measures(340, 349, _LOGISTIC),
    *_measures(350, 352, _TRADE),
    *_measures(353, 355, _LOGISTIC),
    *_measures(356, 357, _TRADE),
    *_measures(360, 361, _TRADE),
    *_measures(362, 363, _LOGISTIC),
    *_measures(364, 366, _TRADE),
    *_measures(367, 369, _LOGISTIC),
    Row("37", "N1-8", (("00",), ("02", "8026"))),
    Row("3900-3909", "N1-15", (("255", "8020"),), ("390n", "391n", "394n", "8111")),
    Row("3910-3919", "N3:iso4217 N1-15", (("8020",),), ("391n",)),
    Row("3920-3929", "N1-15", (("01",), _MEASURED), ("392n", "393n")),
    Row("3930-3939", "N3:iso4217 N1-15", (_MEASURED,), ("393n",)),
    Row("3940-3943", "N4", (("255",),), ("394n", "8111")),
    Row("3950-3955", "N6", (_MEASURED,), ("392n", "393n", "395n", "8005")),
    Row("400", "X1-30"),
    Row("401", "X1-30:gcp1", key=((),)),
    Row("402", "N17:csum:gcp1", key=((),)),
    Row("403", "X1-30", _UNIT),
    Row("410-413", "N13:csum:gcp1"),
    Row("414", "N13:csum:gcp1", key=(("254",), ("7040",))),
    Row("415", "N13:csum:gcp1", (("8020",),), key=(("8020",),)),
    Row("416", "N13:csum:gcp1"),
    Row("417", "N13:csum:gcp1", key=(("7040",),)),
    Row("420", "X1-20", excludes=("421",)),
    Row("421", "N3:iso3166 X1-9", excludes=("4307",)),
    Row("422", "N3:iso3166", (_GOODS,), ("426",)),
    Row("423", "N3:iso3166 N3?:iso3166 N3?:iso3166 N3?:iso3166 N3?:iso3166", _TRADE, ("426",)),
    Row("424", "N3:iso3166", _TRADE, ("426",)),
    Row("425", "N3:iso3166 N3?:iso3166 N3?:iso3166 N3?:iso3166 N3?:iso3166", _TRADE, ("426",)),
    Row("426", "N3:iso3166", _TRADE),
    Row("427", "X1-3", (("01", "02"), ("422",))),
    Row("4300-4301", "X1-35:pcenc", _UNIT),
    Row("4302", "X1-70:pcenc", _UNIT),
    Row("4303", "X1-70:pcenc", (("4302",),)),
    Row("4304-4306", "X1-70:pcenc", _UNIT),
    Row("4307", "X2:iso3166alpha2", _UNIT),
    Row("4308", "X1-30", _UNIT),
    Row("4309", "N10:latitude N10:longitude", _UNIT),
    Row("4310-4311", "X1-35:pcenc", _UNIT),
    Row("4312", "X1-70:pcenc", _UNIT),
    Row("4313", "X1-70:pcenc", (("4312",),)),
    Row("4314-4316", "X1-70:pcenc", _UNIT),
    Row("4317", "X2:iso3166alpha2", _UNIT),
    Row("4318", "X1-20", _UNIT),
    Row("4319", "X1-30", _UNIT),
    Row("4320", "X1-35:pcenc", _UNIT),
    Row("4321-4323", "N1:yesno", _UNIT),
    Row("4324-4325", "N6:yymmd0 N4:hhmi", _UNIT),
    Row("4326", "N6:yymmdd", _UNIT),
    Row("4330", "N6 X1?:hyphen", _UNIT, ("4331",)),
    Row("4331", "N6 X1?:hyphen", _UNIT, ("4330",)),
    Row("4332", "N6 X1?:hyphen", _UNIT, ("4333",)),
    Row("4333", "N6 X1?:hyphen", _UNIT, ("4332",)),
    Row("7001", "N13", (_GOODS,)),
    Row("7002", "X1-30", _TRADE),
    Row("7003", "N6:yymmdd N4:hhmi", _TRADE),
    Row("7004", "N1-4", (("01+10",),)),
    Row("7005", "X1-12", _TRADE),
    Row("7006", "N6:yymmdd", _TRADE),
    Row("7007", "N6:yymmdd N6?:yymmdd", _TRADE),
    Row("7008", "X1-3", _TRADE),
    Row("7009", "X1-10", _TRADE),
    Row("7010", "X1-2", _TRADE),
    Row("7011", "N6:yymmdd N4?:hhmi", _TRADE),
    Row("7020", "X1-20", (("01", "8006"), ("416",))),
    Row("7021", "X1-20", _PIECE),
    Row("7022", "X1-20", (("7021",),)),
    Row("7023", "X1-30:gcp1"),
    Row("7030-7039", "N3:iso3166or999 X1-27", _TRADE),
    Row("7040", "N1 X1 X1 X1:importer", is_attribute=False),
    Row("7041", "X1-4:package", _UNIT, is_attribute=False),
    Row("710-717", "X1-20", _GTIN),
    Row("7230-7239", "X2 X1-28", (("01", "8004"),)),
    Row("7240", "X1-20", _PIECE),
    Row("7241", "N2:media", _SERVED),
    Row("7242", "X1-25", _SERVED),
    Row("7250", "N8:yyyymmdd", (("8018",),), ("7251",)),
    Row("7251", "N8:yyyymmdd N4:hhmi", (("8018",),), ("7250",)),
    Row("7252", "N1:iso5218", (("8018",),)),
    Row("7253-7254", "X1-40:pcenc", _SERVED, _NAMED),
    Row("7255", "X1-10", _SERVED, _NAMED),
    Row("7256", "X1-90:pcenc", _SERVED),
    Row("7257", "X1-70:pcenc", (("8018",),)),
    Row("7258", "X3:sequence", (("8018+7259",),)),
    Row("7259", "X1-40:pcenc", (("8018",),), ("7256",)),
    Row("8001", "N4:nonzero N5:nonzero N3:nonzero N1:winding N1", _GTIN),
    Row("8002", "X1-20"),
    Row("8003", "N1:zero N13:csum:gcp1 X0-16", key=((),)),
    Row("8004", "X1-30:gcp1", key=(("7040",),)),
    Row("8005", "N6", _TRADE),
    Row("8006", "N14:csum:gcp2 N4:pieces", excludes=("01", "37"), key=(_ITEM_QUALIFIERS,)),
    Row("8007", "X1-34:iban", (("415",),)),
    Row("8008", "N6:yymmdd N2:hh N2?:mi N2?:ss", _TRADE),
    Row("8009", "X1-50", _LOGISTIC),
    Row("8010", "Y1-30:gcp1", key=(("8011",),)),
    Row("8011", "N1-12:noleadingzero", (("8010",),), is_attribute=False),
    Row("8012", "X1-20", _PIECE),
    Row("8013", "X1-25:csumalpha:gcp1", key=((),)),
    Row("8014", "X1-25:csumalpha:gcp1:letter", _GTIN, is_attribute=False),
    Row("8017", "N18:csum:gcp1", excludes=("8018",), key=(("8019",),)),
    Row("8018", "N18:csum:gcp1", excludes=("8017",), key=(("8019",),)),
    Row("8019", "N1-10", _SERVED, is_attribute=False),
    Row("8020", "X1-25", (("415",),), is_attribute=False),
    Row("8026", "N14:csum:gcp2 N4:pieces", (("37",),), ("02", "8006")),
    Row(
        "8030",
        "Z1-90:padding",
        (("00", "01+21", "253", "255", "8003", "8004", "8006+21", "8010+8011", "8017", "8018"),),
    ),
    Row("8040", "N15", (("01+21",),), is_attribute=False),
    Row("8041", "N15", (("01+21+8040",),), is_attribute=False),
    Row("8042", "N32", (("01+21+8040",),), is_attribute=False),
    Row("8043", "N18 N0-2", (("01+21+8040",),), is_attribute=False),
    Row("8110", "X1-70:coupon"),
    Row("8111", "N4", (("255",),)),
    Row("8112", "X1-70:offer"),
    Row("8200", "X1-70", _GTIN, is_attribute=False),
    Row("90", "X1-30"),
    Row("91-99", "X1-90"),
)
