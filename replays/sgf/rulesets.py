"""Which of our rules does the RU of an SGF file name?

All count area. https://www.red-bean.com/sgf/properties.html#RU knows AGA, GOE, Japanese and NZ; the Chinese rules
go by that name everywhere. Which superko a name stands for is as in KataGo (https://lightvector.github.io/KataGo/
rules.html), but for the Chinese rules, whose text forbids any repetition.
"""

from __future__ import annotations

from typing import Any

_AREA: dict[
    str, tuple[str, bool]
] = {  # name -> superko, suicide; the first with those rules is the one we write
    "Chinese": ("positional", False),
    "AGA": ("situational", False),
    "Tromp-Taylor": ("positional", True),
    "NZ": ("situational", True),
    "Area, simple ko": ("simple", False),
    "Area, simple ko, suicide": ("simple", True),
    "New Zealand": ("situational", True),
    "TT": ("positional", True),
    "GOE": ("positional", True),
    "Ing": ("positional", True),
    "French": ("situational", False),
    "BGA": ("situational", False),
}
_TERRITORY = ("japanese", "korean")


def named_rules(name: str) -> tuple[dict[str, Any], str]:
    """Return settings of Goban for what stands in RU, and a note where they are not what it names."""
    short = name.casefold().removesuffix("rules").strip()
    for known, (superko, suicide) in _AREA.items():
        if short == known.casefold():
            return {"superko": superko, "suicide": suicide}, ""
    if short in _TERRITORY:
        return {"superko": "simple"}, f"{short.capitalize()} rules count territory; here area is counted"
    return {}, f"unknown rules {name[:40]!r}, played as Chinese" if short else ""


def name_of_rules(superko: str, suicide: bool) -> str:
    """Return what to write in RU."""
    return next(name for name, rules in _AREA.items() if rules == (superko, suicide))
