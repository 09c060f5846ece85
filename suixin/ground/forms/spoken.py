"""A form in English, as far as its declaration says; the rest stays Chinese, and so does everything that is kept of it.

Kept     names, values of choices and the digest are those of the form, so that a draft goes on in either language; the title, too:
         it stands with the draft and the submission, which the department reads
"""

from dataclasses import replace

from suixin.ground.forms.declaration import Field, Form, Group


def english(form: Form) -> Form:
    """The form with its pages, questions, hints and choices in English."""
    told = form.english
    if not told:
        return form
    pages = tuple(
        replace(page, title=_said(form, page.title), hint=_said(form, page.hint), groups=tuple(_group(form, one) for one in page.groups))
        for page in form.pages
    )
    return replace(form, pages=pages, hint=_said(form, form.hint), button=_said(form, form.button))


def _group(form: Form, group: Group) -> Group:
    fields = tuple(_field(form, one) for one in group.fields)
    repeat = replace(group.repeat, row=_said(form, group.repeat.row)) if group.repeat else None
    return replace(group, title=_said(form, group.title), hint=_said(form, group.hint), fields=fields, repeat=repeat)


def _field(form: Form, field: Field) -> Field:
    options = {value: _said(form, label) for value, label in field.options.items()} if field.options else field.options
    hint = "；".join(_said(form, part) for part in field.hint.split("；"))
    return replace(
        field, label=_said(form, field.label), hint=_said(form, field.hint) if field.hint in form.english else hint, options=options,
        pattern_hint=_said(form, field.pattern_hint),
    )


def _said(form: Form, text: str) -> str:
    return form.english.get(text, text)
