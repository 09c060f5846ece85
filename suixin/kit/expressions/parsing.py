"""From text to a checked tree: sqlglot reads the syntax, this module admits what is of the language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from suixin.kit.clock import CHINA
from suixin.kit.expressions import nodes, patterns
from suixin.kit.expressions.nodes import ExpressionError, Function, Node
from suixin.kit.expressions.values import KIND_OF_LETTER, NUMBERS, Kind

MAX_LENGTH = 4_000
MAX_DEPTH = 60
MAX_DIGITS = 18
_COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
}
_ARITHMETIC: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/"}


@dataclass(frozen=True)
class Expression:
    """A parsed condition over named fields."""

    text: str
    root: Node
    fields: frozenset[str]
    _evaluator: nodes.Evaluator = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_evaluator", self.root.evaluator())

    def to_duckdb(self, columns: Mapping[str, str] | None = None) -> str:
        """A boolean SQL expression over the quoted fields, or over the SQL that `columns` gives for some of them."""
        return self.root.sql({} if columns is None else columns)

    def evaluate(self, record: Mapping[str, object]) -> bool | None:
        """True, False, or None when it cannot be known for want of a value. Absent fields are null."""
        result: bool | None = self._evaluator(record)
        return result


def parse(text: str, *, fields: Mapping[str, str], aliases: Mapping[str, str] | None = None) -> Expression:
    """The condition that `text` states. Raises ExpressionError.

    `fields` maps each field to the letter of its item type, `aliases` further names (Chinese ones) to fields.
    """
    return _parse(text, tuple(fields.items()), tuple((aliases or {}).items()))


@lru_cache(maxsize=2_000)
def _parse(text: str, fields: tuple[tuple[str, str], ...], aliases: tuple[tuple[str, str], ...]) -> Expression:
    if not text.strip():
        raise ExpressionError("表达式是空的;请写一个条件,例如:数量 > 0。")
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"表达式超过 {MAX_LENGTH} 个字符;请拆成几条。")
    try:
        tree = sqlglot.parse_one(text, into=exp.Condition, read="duckdb")
    except (SqlglotError, RecursionError) as error:
        raise ExpressionError(f"看不懂表达式“{text[:80]}”;请检查括号、引号和运算符。") from error
    builder = _Builder(dict(fields), dict(aliases))
    root = builder.build(tree, 0)
    if root.kind is not Kind.BOOLEAN:
        raise ExpressionError(f"“{text[:80]}”不是一个条件;请写成比较,例如:数量 > 0。")
    return Expression(text, root, frozenset(builder.used))


class _Builder:
    """Turns sqlglot's tree into nodes and remembers the fields it met."""

    def __init__(self, fields: dict[str, str], aliases: dict[str, str]) -> None:
        self.fields, self.aliases = fields, aliases
        self.used: set[str] = set()

    def build(self, tree: exp.Expr, depth: int) -> Node:
        """The node of `tree`. Raises ExpressionError for what is not of the language."""
        if depth > MAX_DEPTH:
            raise ExpressionError(f"表达式嵌套超过 {MAX_DEPTH} 层;请拆成几条。")
        if type(tree) in _COMPARISONS:
            return self._comparison(tree, _COMPARISONS[type(tree)], depth)
        if type(tree) in _ARITHMETIC:
            return self._arithmetic(tree, depth)
        build = self._builders().get(type(tree))
        if build is None:
            raise ExpressionError(f"表达式里不能用“{tree.sql(dialect='duckdb')[:60]}”这种写法;可用的写法见说明。")
        return build(tree, depth)

    def _builders(self) -> dict[type[exp.Expr], Callable[[exp.Expr, int], Node]]:
        return {
            exp.Paren: lambda tree, depth: self.build(tree.this, depth + 1),
            exp.And: self._junction, exp.Or: self._junction, exp.Not: self._not, exp.Is: self._is, exp.In: self._in,
            exp.Between: self._between, exp.Like: self._like, exp.Column: self._field, exp.Literal: self._literal,
            exp.Boolean: lambda tree, _depth: nodes.Constant(Kind.BOOLEAN, bool(tree.this)), exp.Neg: self._negative,
            exp.Cast: self._moment, exp.Length: self._text_call, exp.Upper: self._text_call, exp.Lower: self._text_call,
            exp.Substring: self._substring, exp.Coalesce: self._coalesce, exp.Anonymous: self._named,
        }

    def _boolean(self, tree: exp.Expr, depth: int) -> Node:
        node = self.build(tree, depth + 1)
        if node.kind is not Kind.BOOLEAN:
            raise ExpressionError(f"“{tree.sql()[:60]}”是{node.kind.value},此处要一个条件。")
        return node

    def _of_kind(self, tree: exp.Expr, kinds: frozenset[Kind], depth: int) -> Node:
        node = self.build(tree, depth + 1)
        if node.kind not in kinds:
            wanted = "或".join(sorted({kind.value for kind in kinds}))
            raise ExpressionError(f"“{tree.sql()[:60]}”是{node.kind.value},此处要{wanted}。")
        return node

    def _field(self, tree: exp.Expr, _depth: int) -> Node:
        name = tree.name
        if tree.args.get("table") or not isinstance(tree.this, exp.Identifier):
            raise ExpressionError(f"“{tree.sql()[:60]}”不是字段名;请直接写字段名或信息项名称。")
        name = self.aliases.get(name, name) if name not in self.fields else name
        if name not in self.fields:
            known = "、".join([*self.aliases, *self.fields][:12])
            raise ExpressionError(f"没有字段“{tree.name}”;可用的有:{known}。")
        self.used.add(name)
        return nodes.Field(KIND_OF_LETTER[str(self.fields[name])], name)

    def _literal(self, tree: exp.Expr, _depth: int) -> Node:
        text = str(tree.this)
        if tree.is_string:
            if "\0" in text:
                raise ExpressionError("文字里不能有空字符。")
            return nodes.Constant(Kind.TEXT, text)
        return _number(text)

    def _negative(self, tree: exp.Expr, depth: int) -> Node:
        if isinstance(tree.this, exp.Literal) and not tree.this.is_string:
            return _number(f"-{tree.this.this}")
        zero = nodes.Constant(Kind.EXACT, 0)
        return nodes.Arithmetic(Kind.CALCULATED, "-", zero, self._of_kind(tree.this, NUMBERS, depth))

    def _moment(self, tree: exp.Expr, _depth: int) -> Node:
        target = tree.args["to"].this
        if not isinstance(tree.this, exp.Literal) or not tree.this.is_string or target not in _MOMENTS:
            raise ExpressionError(f"“{tree.sql()[:60]}”不能用;日期请写成 DATE '2020-01-31'。")
        return _moment(str(tree.this.this), _MOMENTS[target])

    def _comparison(self, tree: exp.Expr, operator: str, depth: int) -> Node:
        left, right = self.build(tree.this, depth + 1), self.build(tree.expression, depth + 1)
        return self._compared(operator, left, right, tree)

    def _compared(self, operator: str, left: Node, right: Node, tree: exp.Expr) -> nodes.Comparison:
        left, right = _fitted(left, right.kind), _fitted(right, left.kind)
        if left.kind is not right.kind and not {left.kind, right.kind} <= NUMBERS:
            hint = ";文字要加单引号" if Kind.TEXT in (left.kind, right.kind) else ""
            raise ExpressionError(
                f"“{tree.sql(dialect='duckdb')[:80]}”拿{left.kind.value}与{right.kind.value}相比,两边要是同一类{hint}。"
            )
        return nodes.Comparison(Kind.BOOLEAN, operator, left, right)

    def _arithmetic(self, tree: exp.Expr, depth: int) -> Node:
        left, right = self._of_kind(tree.this, NUMBERS, depth), self._of_kind(tree.expression, NUMBERS, depth)
        return nodes.Arithmetic(Kind.CALCULATED, _ARITHMETIC[type(tree)], left, right)

    def _junction(self, tree: exp.Expr, depth: int) -> Node:
        kind = type(tree)
        parts = list(tree.flatten())
        return nodes.Junction(Kind.BOOLEAN, kind is exp.And, tuple(self._boolean(part, depth) for part in parts))

    def _not(self, tree: exp.Expr, depth: int) -> Node:
        return nodes.Not(Kind.BOOLEAN, self._boolean(tree.this, depth))

    def _is(self, tree: exp.Expr, depth: int) -> Node:
        if not isinstance(tree.expression, exp.Null):
            raise ExpressionError("IS 后面只能写 NULL 或 NOT NULL。")
        return nodes.IsNull(Kind.BOOLEAN, self.build(tree.this, depth + 1))

    def _in(self, tree: exp.Expr, depth: int) -> Node:
        choices = tree.expressions
        if not choices or tree.args.get("query") or tree.args.get("unnest") or tree.args.get("field"):
            raise ExpressionError("IN 后面要写一个括号,里面列出一个或几个值。")
        part = self.build(tree.this, depth + 1)
        values = [self.build(choice, depth + 1) for choice in choices]
        if not all(isinstance(value, nodes.Constant) for value in values):
            raise ExpressionError("IN 的括号里只能写值,不能写字段。")
        return nodes.Among(Kind.BOOLEAN, False, tuple(self._compared("=", part, value, tree) for value in values))

    def _between(self, tree: exp.Expr, depth: int) -> Node:
        part = self.build(tree.this, depth + 1)
        low, high = self.build(tree.args["low"], depth + 1), self.build(tree.args["high"], depth + 1)
        bounds = self._compared(">=", part, low, tree), self._compared("<=", part, high, tree)
        return nodes.Junction(Kind.BOOLEAN, True, bounds)

    def _like(self, tree: exp.Expr, depth: int) -> Node:
        part = self._of_kind(tree.this, frozenset({Kind.TEXT}), depth)
        pattern = tree.expression
        if not isinstance(pattern, exp.Literal) or not pattern.is_string:
            raise ExpressionError("LIKE 后面要写一段带单引号的文字,% 代表任意文字,_ 代表一个字符。")
        return nodes.Like(Kind.BOOLEAN, part, str(pattern.this))

    def _text_call(self, tree: exp.Expr, depth: int) -> Node:
        function = Function(type(tree).__name__.lower())
        part = self._of_kind(tree.this, frozenset({Kind.TEXT}), depth)
        return nodes.Call(Kind.EXACT if function is Function.LENGTH else Kind.TEXT, function, (part,))

    def _named(self, tree: exp.Expr, depth: int) -> Node:
        """matches(text, 'pattern'), ymd(date), whole(text)."""
        name, given = str(tree.this).lower(), tree.expressions
        if name == "matches" and len(given) == 2 and isinstance(given[1], exp.Literal) and given[1].is_string:
            part = self._of_kind(given[0], frozenset({Kind.TEXT}), depth)
            try:
                return nodes.Matches(Kind.BOOLEAN, part, patterns.compiled(str(given[1].this)))
            except patterns.PatternError as error:
                raise ExpressionError(error.sentence) from error
        if name == "ymd" and len(given) == 1:
            return nodes.Call(Kind.TEXT, Function.YMD, (self._of_kind(given[0], frozenset({Kind.DATE}), depth),))
        if name == "whole" and len(given) == 1:
            return nodes.Call(Kind.EXACT, Function.WHOLE, (self._of_kind(given[0], frozenset({Kind.TEXT}), depth),))
        raise ExpressionError(f"没有“{tree.sql(dialect='duckdb')[:60]}”这种写法;可用 matches(文字, '格式')、ymd(日期)、whole(文字)。")

    def _substring(self, tree: exp.Expr, depth: int) -> Node:
        part = self._of_kind(tree.this, frozenset({Kind.TEXT}), depth)
        start, count = _position(tree.args.get("start")), _position(tree.args.get("length"))
        if start is None or start < 1 or (tree.args.get("length") is not None and count is None):
            raise ExpressionError("substr 要写成 substr(字段, 起始位置, 个数),位置从 1 数起,都写成整数。")
        return nodes.Call(Kind.TEXT, Function.SUBSTR, (part,), start, count)

    def _coalesce(self, tree: exp.Expr, depth: int) -> Node:
        parts = [self.build(part, depth + 1) for part in (tree.this, *tree.expressions)]
        kinds = {part.kind for part in parts}
        if kinds <= NUMBERS:
            kind = kinds.pop() if len(kinds) == 1 else Kind.CALCULATED
        elif len(kinds) == 1:
            kind = kinds.pop()
        else:
            raise ExpressionError(f"“{tree.sql()[:60]}”里的值要是同一类。")
        return nodes.Call(kind, Function.COALESCE, tuple(parts))


_MOMENTS = {
    exp.DataType.Type.DATE: Kind.DATE, exp.DataType.Type.TIMESTAMP: Kind.TIME, exp.DataType.Type.TIMESTAMPTZ: Kind.TIME,
    exp.DataType.Type.TIMESTAMPNTZ: Kind.TIME,
}


def _number(text: str) -> Node:
    if "e" in text.lower():
        return nodes.Constant(Kind.DOUBLE, _finite(text))
    digits = text.replace("-", "").replace(".", "").replace("_", "")
    if not digits.isdecimal() or len(digits) > MAX_DIGITS:
        raise ExpressionError(f"数“{text[:40]}”超过 {MAX_DIGITS} 位数字。")
    return nodes.Constant(Kind.EXACT, Decimal(text) if "." in text else int(text))


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ExpressionError(f"数“{text[:40]}”太大。")
    return number


def _moment(text: str, kind: Kind) -> Node:
    try:
        if kind is Kind.DATE:
            return nodes.Constant(kind, date.fromisoformat(text))
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise ExpressionError(f"“{text[:40]}”不是日期;请写成 2020-01-31 或 2020-01-31 08:00:00。") from None
    return nodes.Constant(kind, instant if instant.tzinfo else instant.replace(tzinfo=CHINA))


def _fitted(node: Node, other: Kind) -> Node:
    """A text or date constant read as the date or time it is compared with."""
    if isinstance(node, nodes.Constant) and other in (Kind.DATE, Kind.TIME) and node.kind is not other:
        if isinstance(node.value, str):
            return _moment(node.value, other)
        if isinstance(node.value, date) and other is Kind.TIME:
            return _moment(node.value.isoformat(), other)
    return node


def _position(tree: object) -> int | None:
    if isinstance(tree, exp.Literal) and not tree.is_string and str(tree.this).isdecimal() and len(str(tree.this)) < 7:
        return int(str(tree.this))
    return None
