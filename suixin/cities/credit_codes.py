"""Example codes (示例代码) for organisations and firms of the demo, with correct check characters.

Shape    kind (2) + division (6) + organisation code (8 + check) + check, GB 32100 and GB 11714
Promise  no code made here belongs to anybody: the organisation code starts with XX, which no register gives out
Use      python -m suixin.cities.credit_codes 11 510900 5    prints five codes of departments of the city
Source   standards/data.md 5.2
"""

import sys

from suixin.kit.checksums import organisation_check_char, uscc_check_char

EXAMPLE_MARK = "XX"


def example_code(kind: str, division: str, number: int) -> str:
    """A well-formed unified social credit code that cannot be real; one per (kind, division, number)."""
    body = f"{EXAMPLE_MARK}{number:06d}"
    first = f"{kind}{division}{body}{organisation_check_char(body)}"
    return first + uscc_check_char(first)


def main(arguments: list[str]) -> int:
    """Print example codes numbered from 1 and return the exit status."""
    if len(arguments) != 3:
        sys.stderr.write("用法:python -m suixin.cities.credit_codes 类别(2 位) 区划代码(6 位) 个数\n")
        return 2
    kind, division, count = arguments
    for number in range(1, int(count) + 1):
        sys.stdout.write(example_code(kind, division, number) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
