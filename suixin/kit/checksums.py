"""Check digits of the numbers that Chinese registers use, in Python and, equal to it, in DuckDB SQL.

Numbers   resident ID (GB 11643), unified social credit code (GB 32100), organisation code (GB 11714),
          Luhn (ISO/IEC 7812), mobile number
SQL       `*_sql(expr)` gives a boolean expression over a VARCHAR expression; null stays null
Source    standards/data.md 5.1 - 5.3. Address codes may be historical: only the province is checked.
"""

import re
from datetime import date

from suixin.kit import clock

RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
RESIDENT_CHECK = "10X98765432"
PROVINCES = (
    *("11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44"),
    *("45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83", "91"),
)
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
LUHN_DIGITS = 20  # longest number the SQL twin looks at

_RESIDENT = re.compile(r"[0-9]{17}[0-9Xx]")
_USCC = re.compile(r"[0-9A-HJ-NP-RTUWXY]{2}[0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}")
_ORGANISATION = re.compile(r"[0-9A-Z]{8}-?[0-9X]")
_LUHN = re.compile(r"[0-9]{12,20}")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")


def resident_id_check_char(s17: str) -> str:
    """The eighteenth character of a resident ID (ISO 7064 MOD 11-2)."""
    return RESIDENT_CHECK[sum(int(c) * w for c, w in zip(s17, RESIDENT_WEIGHTS, strict=True)) % 11]


def has_resident_check_char(s: str) -> bool:
    """Whether `s` has the shape and check character of a resident ID, whoever it may belong to."""
    return bool(_RESIDENT.fullmatch(s)) and resident_id_check_char(s[:17]) == s[17].upper()


def is_resident_id(s: str, today: date | None = None) -> bool:
    """Whether `s` is a well-formed resident ID of somebody born from 1900 until `today`."""
    if not has_resident_check_char(s) or s[:2] not in PROVINCES:
        return False
    try:
        born = date(int(s[6:10]), int(s[10:12]), int(s[12:14]))
    except ValueError:
        return False
    return date(1900, 1, 1) <= born <= (today or clock.today())


def uscc_check_char(s17: str) -> str:
    """The eighteenth character of a unified social credit code."""
    total = sum(USCC_ALPHABET.index(c) * w for c, w in zip(s17, USCC_WEIGHTS, strict=True))
    return USCC_ALPHABET[(31 - total % 31) % 31]


def is_uscc(s: str) -> bool:
    """Whether `s` is a well-formed unified social credit code (upper case)."""
    return bool(_USCC.fullmatch(s)) and uscc_check_char(s[:17]) == s[17]


def organisation_check_char(s8: str) -> str:
    """The ninth character of an organisation code; letters count from A = 10."""
    total = sum(int(c, 36) * w for c, w in zip(s8, ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X0"[11 - total % 11]


def is_organisation_code(s: str) -> bool:
    """Whether `s` is a well-formed organisation code, its hyphen optional."""
    return bool(_ORGANISATION.fullmatch(s)) and organisation_check_char(s[:8]) == s[-1]


def is_luhn(s: str) -> bool:
    """Whether `s` is 12 to 20 digits that pass the Luhn test."""
    if not _LUHN.fullmatch(s):
        return False
    digits = [int(c) for c in reversed(s)]
    doubled = sum(2 * d - 9 if d > 4 else 2 * d for d in digits[1::2])
    return (sum(digits[0::2]) + doubled) % 10 == 0


def is_mobile(s: str) -> bool:
    """Whether `s` is a mobile number of mainland China, without country code."""
    return bool(_MOBILE.fullmatch(s))


def resident_id_sql(expr: str, *, today: date | None = None) -> str:
    """DuckDB boolean expression equal to `is_resident_id` over the VARCHAR expression `expr`."""
    number = f"TRY_CAST(substr({expr}, 1, 17) AS BIGINT)"
    total = " + ".join(f"{number} // {10 ** (16 - i)} % 10 * {w}" for i, w in enumerate(RESIDENT_WEIGHTS))
    provinces = ", ".join(f"'{p}'" for p in PROVINCES)
    born = f"CAST(try_strptime(substr({expr}, 7, 8), '%Y%m%d') AS DATE)"
    last = (today or clock.today()).isoformat()
    return _all(
        f"regexp_full_match({expr}, '{_RESIDENT.pattern}')", f"substr({expr}, 1, 2) IN ({provinces})",
        f"{born} BETWEEN DATE '1900-01-01' AND DATE '{last}'",
        f"substr('{RESIDENT_CHECK}', ({total}) % 11 + 1, 1) = upper(substr({expr}, 18, 1))",
    )


def uscc_sql(expr: str) -> str:
    """DuckDB boolean expression equal to `is_uscc` over the VARCHAR expression `expr`.

    Characters are read as bytes of an integer, several times faster than one substr each; the sum with the
    check character itself must be a multiple of 31.
    """
    front = f"TRY_CAST('0x' || hex(substr({expr}, 1, 2) || substr({expr}, 9, 5)) AS BIGINT)"
    back = f"TRY_CAST('0x' || hex(substr({expr}, 14, 5)) AS BIGINT)"
    digits = f"TRY_CAST(substr({expr}, 3, 6) AS INTEGER)"
    places = [(0, front, 6), (1, front, 5), *((8 + i, front, 4 - i) for i in range(5))]
    places += [(13 + i, back, 4 - i) for i in range(4)]
    values = ", ".join(str(USCC_ALPHABET.find(chr(code))) for code in range(ord("0"), ord("Z")))
    terms = [f"list_extract([{values}], ({n} >> {8 * byte} & 255) - 47) * {USCC_WEIGHTS[i]}" for i, n, byte in places]
    terms += [f"{digits} // {10 ** (5 - i)} % 10 * {USCC_WEIGHTS[2 + i]}" for i in range(6)]
    check = f"list_extract([{values}], ({back} & 255) - 47)"
    return _all(f"regexp_full_match({expr}, '{_USCC.pattern}')", f"({' + '.join(terms)} + {check}) % 31 = 0")


def mobile_sql(expr: str) -> str:
    """DuckDB boolean expression equal to `is_mobile` over the VARCHAR expression `expr`."""
    return f"regexp_full_match({expr}, '{_MOBILE.pattern}')"


def _all(shape: str, *conditions: str) -> str:
    """SQL for "all hold", null only where `shape` is.

    A product, not AND: under AND, which may stop early, DuckDB computes a part that occurs ten times ten times.
    """
    factors = " * ".join(f"greatest(CAST({condition} AS INTEGER), 0)" for condition in conditions)
    return f"(CAST({shape} AS INTEGER) * {factors} = 1)"
