"""Words of declarations that may be written in Chinese: roles, decisions, types of fields."""

from collections.abc import Mapping

from suixin.ground.flow.declaration import ACTION_WORDS, Action
from suixin.ground.people.models import Role

_LABELS: Mapping[str, str] = {
    "approve": "同意 受理 予以受理 通过 批准 核准 准予 许可 准予许可 确认 提交 办结 完成 签收 接收 合格",
    "reject": "不同意 不予受理 不受理 不通过 不予通过 不批准 不予批准 不予核准 不予许可 不准予 不确认 驳回 拒绝 不合格",
    "supplement": "补正 要求补正 补充材料 一次告知",
    "return": "退回 退回修改 退办",
}
_ACTION_OF = {label: action for action, labels in _LABELS.items() for label in labels.split()}
LETTERS: Mapping[str, str] = {
    "文字": "C", "text": "C", "长文字": "M", "数值": "N", "number": "N", "整数": "I", "integer": "I", "日期": "D", "date": "D",
    "日期时间": "T", "datetime": "T", "是否": "L", "boolean": "L", "金额": "Y",
    **{letter: letter for letter in "CMGNYIBFDTL"},
}


def role_of(text: str) -> str:
    """The value of a role given by value or name; any other text as it is."""
    return next((role.value for role in Role if text in (role.value, role.label)), text)


def role_words(role: str) -> str:
    """What a role is called; an unknown one as it is."""
    return str(Role(role).label) if role in Role.values else role


def action_of(label: str) -> str:
    """Which decision a label means: approve, reject, supplement, return; "" when it is not known."""
    return label if label in tuple(Action) else _ACTION_OF.get(label, "")


def label_of(label: str) -> str:
    """What is shown for it: its Chinese word when the decision was named in English."""
    return ACTION_WORDS.get(label, label)
