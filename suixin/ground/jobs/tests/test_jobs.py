"""Jobs on a real database: enqueue, run, fail with a sentence, try again, give up, rescue, schedule."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django_q.models import OrmQ
from hypothesis import given as drawn
from hypothesis import strategies as st

from suixin.ground.audit import refusals
from suixin.ground.audit.models import Record
from suixin.ground.jobs import actions, keeping, queries, registry, rules, running
from suixin.ground.jobs.errors import UnknownKind, WrongJobState
from suixin.ground.jobs.models import Clock, Job, JobState
from suixin.ground.jobs.registry import Given, Kind, Schedule
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import BadRequest, NotAllowed, SuixinError
from tests import cast


class Passing(SuixinError):
    retry = True


def _answer(given: Given) -> str:
    given.tell(50, "一半")
    given.keep({"n": 1})
    return f"好{given.text('word')}"


def _refuse(given: Given) -> str:
    raise BadRequest("第 3 行的日期不对;请改正。")


def _pass(given: Given) -> str:
    raise Passing("对方忙;稍后自动重试。")


def _break(given: Given) -> str:
    raise KeyError("secret")


def _overstep(given: Given) -> str:
    with transaction.atomic():
        policy.require(cast.outsider, "catalog.publish", None)
    return "没有被拒绝"


@pytest.fixture(autouse=True)
def kinds(db, monkeypatch):
    works = {"answer": _answer, "refuse": _refuse, "pass": _pass, "break": _break, "overstep": _overstep}
    for name, work in works.items():
        monkeypatch.setitem(registry.kinds, name, Kind(name, name, work, attempts=2))
    monkeypatch.setattr(registry, "schedules", {})


def run(name, **arguments):
    job = actions.enqueue(name, actor=SYSTEM, arguments=arguments)
    running.deliver(job.pk)
    job.refresh_from_db()
    return job


def test_job_runs_and_says_what_came_out():
    job = run("answer", word="了")
    assert (job.state, job.sentence, job.percent, job.result, job.attempts) == ("done", "好了", 100, {"n": 1}, 1)


def test_finished_job_is_not_run_again():
    assert running.deliver(run("answer").pk) == "skipped"


def test_enqueued_job_vanishes_with_the_transaction_that_made_it():
    with transaction.atomic():
        actions.enqueue("answer", actor=SYSTEM)
        transaction.set_rollback(True)
    assert (Job.objects.count(), OrmQ.objects.count()) == (0, 0)


def test_unknown_kind_is_refused():
    with pytest.raises(UnknownKind, match="没有名为"):
        actions.enqueue("nothing", actor=SYSTEM)


def test_error_that_cannot_pass_fails_at_once_with_its_sentence():
    job = run("refuse")
    assert (job.state, job.sentence, job.code, job.attempts) == ("failed", "第 3 行的日期不对;请改正。", "api-400", 1)


@pytest.mark.django_db(transaction=True)
def test_what_a_job_is_refused_is_on_record_with_its_trace():
    refusals.flush()  # what other tests left
    job = run("overstep")
    assert job.code == NotAllowed.code
    refused = Record.objects.get(action="security.refused", trace_id=job.trace_id)
    assert (refused.actor_key, refused.detail) == (cast.outsider.key, {"verb": "catalog.publish"})


def test_error_that_may_pass_is_tried_again_later_and_then_fails():
    job = run("pass")
    assert (job.state, job.due_at > clock.now(), OrmQ.objects.filter(pk=job.message).exists()) == ("waiting", True, True)
    assert running.deliver(job.pk) == "skipped"
    with clock.frozen(job.due_at + timedelta(seconds=1)):
        assert running.deliver(job.pk) == "failed"


def test_fault_is_a_sentence_with_a_trace_id_and_its_traceback_is_in_the_log(caplog):
    job = run("break")
    assert job.trace_id in job.sentence
    assert "secret" not in job.sentence
    assert "KeyError" in caplog.text


def test_operator_tries_a_failed_job_again_and_it_is_on_record():
    job = actions.retry_job(run("refuse"), actor=cast.operator)
    assert (job.state, job.attempts) == ("waiting", 0)
    assert Record.objects.filter(action="site.retried_job").count() == 1
    with pytest.raises(WrongJobState, match="请刷新页面"):
        actions.retry_job(job, actor=cast.operator)


def test_operator_discards_a_job_for_a_reason_and_clerk_may_not():
    job = run("refuse")
    with pytest.raises(NotAllowed):
        actions.discard_job(job, actor=cast.clerk, reason="x")
    actions.discard_job(job, actor=cast.operator, reason="文件作废")
    assert running.deliver(job.pk) == "skipped"
    assert Record.objects.get(action="site.discarded_job").basis == "文件作废"


def test_job_whose_process_is_silent_is_sent_again_when_its_message_is_gone():
    job = actions.enqueue("answer", actor=SYSTEM)
    Job.objects.update(state=JobState.RUNNING, beat_at=clock.now() - timedelta(hours=1), attempts=1, owner="gone:1")
    assert keeping.rescue_lost() == []
    OrmQ.objects.all().delete()
    assert keeping.rescue_lost() == [job.pk]
    assert running.deliver(job.pk) == "done"


def test_job_whose_processes_keep_dying_fails_in_the_end():
    job = actions.enqueue("answer", actor=SYSTEM)
    Job.objects.update(state=JobState.RUNNING, beat_at=clock.now() - timedelta(hours=1), attempts=2, owner="gone:1")
    assert running.deliver(job.pk) == "failed"
    job.refresh_from_db()
    assert "中断了 2 次" in job.sentence


def test_schedule_enqueues_its_kind_once_when_due_and_not_while_one_runs():
    registry.declare(Schedule("answer", every=timedelta(minutes=5)))
    assert keeping.enqueue_due() == []
    with clock.frozen(clock.now() + timedelta(minutes=6)):
        assert keeping.enqueue_due() == ["answer"]
        assert keeping.enqueue_due() == []
    with clock.frozen(clock.now() + timedelta(minutes=60)):
        assert keeping.enqueue_due() == []
    assert (Job.objects.count(), Clock.objects.count(), len(queries.planned())) == (1, 1, 1)


def test_worker_shows_signs_of_life_until_it_leaves():
    keeping.beat()
    keeping.beat()
    assert [worker.owner for worker in queries.living_workers()] == [running.owner()]
    keeping.leave()
    assert queries.living_workers() == []


@drawn(st.integers(0, 100))
def test_pauses_grow_and_end_at_a_quarter_of_an_hour(attempts):
    assert rules.pause_after(attempts) <= rules.pause_after(attempts + 1) <= timedelta(minutes=15)


@drawn(st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2099, 1, 1)), st.times())  # noqa: DTZ001 made aware below
def test_daily_moment_is_the_next_one_on_the_clock(naive, daily):
    now = naive.replace(tzinfo=clock.CHINA)
    moment = rules.next_moment(now, every=None, daily=daily)
    assert now < moment <= now + timedelta(days=1)
    assert moment.time() == daily


def test_kind_hears_of_a_job_given_up_once_and_only_then(monkeypatch):
    heard: list[str] = []
    told = lambda given, sentence: heard.append(sentence)  # noqa: E731 one line
    monkeypatch.setitem(registry.kinds, "pass", Kind("pass", "pass", _pass, attempts=2, failed=told))
    job = actions.enqueue("pass", actor=SYSTEM)
    running.deliver(job.pk)
    assert heard == []
    Job.objects.update(due_at=clock.now())
    running.deliver(job.pk)
    running.deliver(job.pk)
    assert heard == ["对方忙;稍后自动重试。"]


def test_job_is_failed_even_when_nobody_can_be_told(monkeypatch):
    def told(given: Given, sentence: str) -> None:
        raise KeyError(sentence)

    monkeypatch.setitem(registry.kinds, "refuse", Kind("refuse", "refuse", _refuse, failed=told))
    job = actions.enqueue("refuse", actor=SYSTEM)
    assert running.deliver(job.pk) == JobState.FAILED
