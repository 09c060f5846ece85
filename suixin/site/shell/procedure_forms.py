"""Forms of the procedure pages: the shape of what was typed; what a declaration must be is decided by ground.flow."""

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from suixin.site.shell.days import DayInput
from suixin.site.shell.forms import refuse_personal_values

MAX_BYTES = 1_000_000


class ProcedureForm(forms.Form):
    """A declaration as text or file; when it is to begin, and why."""

    text = forms.CharField(
        label=_("流程声明（YAML）"), required=False, strip=False, max_length=250_000,
        widget=forms.Textarea(attrs={"class": "flow-text", "spellcheck": "false", "autocomplete": "off", "rows": 24}),
    )
    file = forms.FileField(
        label=_("或上传文件"), required=False, allow_empty_file=True, widget=forms.FileInput(attrs={"accept": ".yaml,.yml,.json"}),
        help_text=_("YAML 或 JSON，UTF-8，最大 1 MB；选了文件就以文件为准。"),
    )
    effective_from = forms.DateField(
        label=_("生效日期"), required=False, widget=DayInput(), help_text=_("不填为今天；已经在办的件仍按原来的版本。"),
    )
    note = forms.CharField(
        label=_("说明"), required=False, max_length=500, validators=[refuse_personal_values], help_text=_("为什么改，写明依据的文号。"),
    )

    def clean_file(self) -> str | None:
        """The text of the file, if one was chosen."""
        file = self.cleaned_data.get("file")
        if not isinstance(file, UploadedFile):
            return None
        if (file.size or 0) > MAX_BYTES:
            raise forms.ValidationError(_("文件超过 1 MB；请确认选对了文件。"))
        try:
            return str(file.read().decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise forms.ValidationError(_("文件不是 UTF-8 编码的文本；请另存为 UTF-8 后再传。")) from error

    def clean(self) -> dict[str, object]:
        """One text, from the file or the box."""
        cleaned: dict[str, object] = super().clean() or {}
        text = cleaned.get("file") or str(cleaned.get("text") or "")
        if not self.errors and not str(text).strip():
            self.add_error("text", _("请粘贴流程声明，或选一个文件。"))
        cleaned["text"] = text
        return cleaned
