"""One boolean language for quality rules, row filters and guards: parsed once, run by DuckDB or by Python.

Language  comparison, AND OR NOT, IN, BETWEEN, IS NULL, LIKE, + - * /, length, substr, upper, lower, coalesce,
          matches(text, 'pattern') of patterns.py, ymd(date) as text 20200131, whole(text) the number of up to 15 digits,
          TRUE FALSE, 'text', numbers, DATE '2020-01-31', TIMESTAMP '2020-01-31 08:00:00' (China time)
Layout    parsing.py (sqlglot tree → nodes, types checked), nodes.py (each node: its SQL and its Python)
Promise   both back ends give the same True, False or None (unknown) for every record; no input makes either
          fail or take exponential time; nothing of the text reaches SQL but checked names and quoted values
Numbers   what is calculated is calculated in IEEE doubles, and calculated numbers count as equal when they
          differ by less than 1e-9 of the larger (so 0.1 + 0.2 = 0.3); x / 0 is null, comparing a calculated number
          that is not finite (overflow, NaN) is unknown.
          Numbers that are only compared are compared exactly. upper and lower change ASCII letters only
Errors    ExpressionError
"""

from suixin.kit.expressions.nodes import ExpressionError
from suixin.kit.expressions.parsing import Expression, parse

__all__ = ["Expression", "ExpressionError", "parse"]
