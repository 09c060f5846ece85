"""Drafts and submissions: whole effect, once, by their person, sealed where sensitive."""

from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections
from hypothesis import given, settings
from hypothesis import strategies as st

from suixin.ground.audit.models import Record
from suixin.ground.files import store
from suixin.ground.files.models import Attachment
from suixin.ground.files.tests.factories import upload
from suixin.ground.forms import actions, queries, registry
from suixin.ground.forms.actions import Saving
from suixin.ground.forms.answers import check
from suixin.ground.forms.declaration import Form
from suixin.ground.forms.errors import DraftChanged, FaultyAnswers, UnknownDraft
from suixin.ground.forms.forgetting import forget_drafts
from suixin.ground.forms.models import Draft, Submission, joined
from suixin.ground.forms.shown import parts
from suixin.ground.forms.tests.factories import GOOD, form, posted
from suixin.ground.people.models import Organisation
from suixin.kit import clock
from suixin.kit.errors import BadRequest, NotAllowed
from tests import cast

pytestmark = pytest.mark.django_db
FULL = {**GOOD, "mobile": "13800138000", "count": 3}


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Organisations of the cast, and a store of files of its own."""
    city = Organisation.objects.create(uscc=cast.CITY, name="市政府", slug="city")
    for number, uscc in enumerate((cast.SOCIAL_SECURITY, cast.CIVIL_AFFAIRS)):
        Organisation.objects.create(uscc=uscc, name=f"局{number}", slug=f"o{number}", parent=city)
    monkeypatch.setattr(store, "folder", lambda: tmp_path / "files")


def saved(values: dict[str, object] | None = None, token: UUID | None = None, revision: int = 0, **more: object) -> Draft:
    saving = Saving(token or uuid4(), revision, FULL if values is None else values, **more)  # type: ignore[arg-type]
    return actions.save_draft(form(), saving, actor=cast.clerk)


def test_draft_is_kept_opened_by_its_person_only_and_what_is_sensitive_is_sealed() -> None:
    draft = saved()
    assert joined(queries.draft_of(draft.uuid, actor=cast.clerk)) == FULL
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM forms_draft")
        assert "13800138000" not in str([bytes(cell) if isinstance(cell, memoryview) else cell for cell in cursor.fetchone()])
    assert Record.objects.filter(action="forms.draft_saved", object_key=str(draft.uuid)).exists()
    with pytest.raises(UnknownDraft):
        queries.draft_of(draft.uuid, actor=cast.outsider)
    with pytest.raises(UnknownDraft):
        actions.save_draft(form(), Saving(draft.uuid, 1, {}), actor=cast.outsider)


def test_who_may_not_fill_forms_saves_nothing() -> None:
    with pytest.raises(NotAllowed):
        actions.save_draft(form(), Saving(uuid4(), 0, FULL), actor=cast.auditor)
    assert not Draft.objects.exists()


def test_older_window_is_told_and_overwrites_nothing() -> None:
    draft = saved()
    saved({**FULL, "title": "新的标题"}, draft.uuid, 1)
    with pytest.raises(DraftChanged, match="没有覆盖"):
        saved({**FULL, "title": "旧窗口写的"}, draft.uuid, 1)
    with pytest.raises(DraftChanged):
        actions.submit(form(), draft.uuid, 1, actor=cast.clerk)
    assert Draft.objects.get().values["title"] == "新的标题"
    assert saved({**FULL, "title": "新的标题"}, draft.uuid, 1).revision == 2  # the same page posted twice


def test_handing_in_twice_gives_one_submission() -> None:
    draft = saved()
    first = actions.submit(form(), draft.uuid, 1, actor=cast.clerk)
    assert actions.submit(form(), draft.uuid, 1, actor=cast.clerk) == first
    assert (Submission.objects.count(), Draft.objects.count()) == (1, 0)
    assert joined(Submission.objects.get()) == FULL
    assert Record.objects.filter(action="forms.submitted").count() == 1
    with pytest.raises(UnknownDraft, match="已经提交"):
        saved(token=draft.uuid)
    with pytest.raises(UnknownDraft):
        actions.submit(form(), draft.uuid, 1, actor=cast.outsider)


def test_draft_with_faults_is_not_handed_in() -> None:
    draft = saved({"title": "只有标题"})
    with pytest.raises(FaultyAnswers, match="类型：没有选"):
        actions.submit(form(), draft.uuid, 1, actor=cast.clerk)
    assert Draft.objects.exists()


def test_handler_that_refuses_leaves_the_draft_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> str:
        raise BadRequest("不行。")

    monkeypatch.setattr(registry, "_handlers", {"every-kind": refuse})
    draft = saved(uploads={"photos": [upload()]})
    with pytest.raises(BadRequest):
        actions.submit(form(), draft.uuid, 1, actor=cast.clerk)
    assert (Submission.objects.count(), Draft.objects.count(), Attachment.objects.get().owner_kind) == (0, 1, "forms.draft")


def test_handler_gets_the_answers_and_says_where_to_go(monkeypatch: pytest.MonkeyPatch) -> None:
    got: list[object] = []
    def handle(_made: Submission, values: object, actor: object) -> registry.Handled:
        got.append((values, actor))
        return registry.Handled("/console/x/")

    monkeypatch.setattr(registry, "_handlers", {"every-kind": handle})
    assert actions.submit(form(), saved().uuid, 1, actor=cast.clerk).href == "/console/x/"
    assert got == [(FULL, cast.clerk)]


def test_attachments_follow_draft_and_submission() -> None:
    draft = saved(uploads={"photos": [upload(), upload(name="b.png")]})
    first, second = Draft.objects.get().values["photos"]
    draft = saved({**FULL, "photos": [first, second]}, draft.uuid, 1, dropped=[first])
    assert Attachment.objects.get().owner_key == str(draft.uuid)
    made = actions.submit(form(), draft.uuid, 2, actor=cast.clerk)
    assert made.values["photos"] == [second]
    assert Attachment.objects.get().owner_key == str(made.uuid)
    assert queries.may_read_key(cast.clerk, str(made.uuid))
    assert not queries.may_read_key(cast.outsider, str(made.uuid))


def test_stranger_s_attachment_cannot_be_named_as_one_s_own() -> None:
    theirs = Attachment.objects.create(name="x", media_type="image/png", size=1, sm3="0", kept_by="staff:outsider", kept_at=clock.now())
    draft = saved({**FULL, "photos": [str(theirs.uuid)]})
    with pytest.raises(FaultyAnswers, match="附件"):
        actions.submit(form(), draft.uuid, 1, actor=cast.clerk)


def test_rewritten_draft_keeps_the_files_that_it_names_and_an_older_page_rewrites_nothing() -> None:
    draft = saved(uploads={"photos": [upload(), upload(name="另一张.png")]})
    photos = joined(draft)["photos"]
    assert isinstance(photos, list)

    def empty(_: Draft) -> tuple[Form, dict[str, object]]:
        return form(), {}

    with pytest.raises(DraftChanged):
        actions.rewrite_draft(form(), draft.uuid, empty, revision=9, actor=cast.clerk)
    with pytest.raises(UnknownDraft):
        actions.rewrite_draft(form(), draft.uuid, empty, revision=1, actor=cast.outsider)
    assert Attachment.objects.count() == 2
    made = actions.rewrite_draft(
        form(), draft.uuid, lambda held: (form(), {**joined(held), "photos": photos[:1]}), revision=1, actor=cast.clerk)
    assert (made.uuid, made.revision, joined(made)["photos"]) == (draft.uuid, 2, photos[:1])
    assert [str(one.uuid) for one in Attachment.objects.all()] == photos[:1]
    handed_in = actions.submit(form(), draft.uuid, 2, actor=cast.clerk)
    assert Attachment.objects.get().owner_key == str(handed_in.uuid)


def test_discarded_and_expired_drafts_go_with_their_files() -> None:
    actions.discard(saved(uploads={"photos": [upload()]}).uuid, actor=cast.clerk)
    assert (Draft.objects.count(), Attachment.objects.count()) == (0, 0)
    old, fresh = saved(uploads={"photos": [upload()]}), saved()
    Draft.objects.filter(pk=old.pk).update(expires_at=clock.now() - timedelta(seconds=1))
    with pytest.raises(UnknownDraft):
        queries.draft_of(old.uuid, actor=cast.clerk)
    assert (forget_drafts(), list(Draft.objects.all()), Attachment.objects.count()) == (1, [fresh], 0)


def test_draft_is_forgotten_with_its_files_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    old = saved(uploads={"photos": [upload()]})
    Draft.objects.filter(pk=old.pk).update(expires_at=clock.now() - timedelta(seconds=1))
    monkeypatch.setattr("suixin.ground.files.actions.release", lambda **_: 1 / 0)  # stands for a worker that is killed
    with pytest.raises(ZeroDivisionError):
        forget_drafts()
    assert (Draft.objects.count(), Attachment.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_scanner_looks_at_files_while_nobody_waits_for_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[bool] = []
    monkeypatch.setattr("suixin.ground.files.scanning.scan", lambda _: held.append(connection.in_atomic_block))
    saved(uploads={"photos": [upload()]})
    assert (held, Attachment.objects.count()) == ([False], 1)


def test_submission_is_read_by_its_organisation_its_person_and_the_subject_s_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_readers", {"test.thing": lambda actor, key: actor is cast.auditor and key == "7"})
    made = actions.submit(form(), saved(subject=("test.thing", "7")).uuid, 1, actor=cast.clerk)
    readers = [actor for actor in (cast.clerk, cast.department_head, cast.data_officer, cast.outsider, cast.auditor, cast.operator)
               if queries.may_read(actor, made)]
    assert readers == [cast.clerk, cast.department_head, cast.data_officer, cast.auditor]
    assert list(queries.submissions_for(cast.data_officer)) == [made]
    assert list(queries.submissions_for(cast.outsider)) == []


def test_sensitive_answers_are_masked_and_showing_them_is_on_record() -> None:
    made = actions.submit(form(), saved().uuid, 1, actor=cast.clerk)
    told = [line.text for part in parts(form(), joined(made)) for _, lines in part.blocks for line in lines]
    assert "138****8000" in told
    assert actions.reveal(made, actor=cast.department_head, reason="核实")["mobile"] == "13800138000"
    assert Record.objects.get(action="forms.revealed").basis == "核实"
    assert queries.data_of(made, form()) == {"title": "一个标题", "kind": "a", "count": 3}


@pytest.mark.parametrize("member", ["auditor", "data_officer", "outsider"])
def test_who_oversees_reads_what_is_masked_and_no_more(member: str) -> None:
    made = actions.submit(form(), saved().uuid, 1, actor=cast.clerk)
    with pytest.raises(NotAllowed):
        actions.reveal(made, actor=getattr(cast, member), reason="看看")
    assert not Record.objects.filter(action="forms.revealed").exists()


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.sampled_from(["title", "why", "plate", "count", "amount", "at", "several"]), st.text(max_size=20), max_size=7))
def test_what_the_checker_accepts_survives_saving_unchanged(post: dict[str, str]) -> None:
    values = check(form(), posted({**GOOD, **post})).values
    assert joined(Draft.objects.get(pk=saved(dict(values)).pk)) == values


@pytest.mark.django_db(transaction=True)
def test_form_handed_in_twice_at_the_same_moment_is_one_submission() -> None:
    draft, barrier, made = saved(), Barrier(2), list[Submission]()

    def hand_in() -> None:
        try:
            barrier.wait(10)
            made.append(actions.submit(form(), draft.uuid, 1, actor=cast.clerk))
        finally:
            connections.close_all()

    threads = [Thread(target=hand_in) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert ([one.pk for one in made], Draft.objects.count()) == ([Submission.objects.get().pk] * 2, 0)
    assert Record.objects.filter(action="forms.submitted").count() == 1
