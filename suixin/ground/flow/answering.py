"""Forms that steps ask for: a node with `form` is decided with what was handed in about its step, and not without.

Subject  a submission about (`flow.step`, uuid of the step); the newest counts, its answers become data of the instance
Reader   who may see the step reads it
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from suixin.ground.flow import rights
from suixin.ground.flow.declaration import Action, Declaration, Node, NodeKind
from suixin.ground.flow.errors import WrongMove
from suixin.ground.flow.models import Instance, Step
from suixin.ground.flow.queries.casebook import may_see
from suixin.ground.forms import queries as forms
from suixin.ground.forms.errors import FaultyForm, UnknownForm
from suixin.ground.forms.models import Submission
from suixin.kit.actor import Actor, ActorKind

SUBJECT = "flow.step"
_ASKING = (Action.APPROVE, Action.REJECT)
_ALIKE = (frozenset("NYIBF"), frozenset("CMG"))


def submission_of(step: Step) -> Submission | None:
    """What was handed in last about the step."""
    return Submission.objects.filter(subject_kind=SUBJECT, subject_key=str(step.uuid)).order_by("-pk").first()


def submissions_of(instance: Instance) -> list[Submission]:
    """What was handed in about the steps of the instance, oldest first."""
    keys = [str(one) for one in instance.steps.values_list("uuid", flat=True)]
    return list(Submission.objects.filter(subject_kind=SUBJECT, subject_key__in=keys).order_by("pk"))


def data_for(step: Step, node: Node, action: str, *, actor: Actor) -> Mapping[str, object]:
    """The answers that a decision carries. Raises WrongMove when the node asks for a form that nobody handed in."""
    if not node.form or action not in _ASKING:
        return {}
    made = submission_of(step)
    if made is not None:
        return forms.data_of(made)
    if actor.kind is ActorKind.SYSTEM:  # silence fills in nothing
        return {}
    raise WrongMove(f"“{step.title}”要先填表单“{title_of(node.form)}”才能办理；请在环节页点“填写”，提交后再决定。")


def title_of(slug: str) -> str:
    """What the form is called; its name when there is none of it any more."""
    try:
        return forms.form_of(slug).title
    except (UnknownForm, FaultyForm):
        return slug


def may_read(actor: Actor, key: str) -> bool:
    """Whether the actor may see the step of that uuid, and so what was handed in about it."""
    step = Step.objects.select_related("instance", "organisation").filter(uuid=UUID(key)).first()
    return step is not None and (rights.may_act(actor, step) or may_see(actor, step.instance))


def faults_of(declaration: Declaration) -> Sequence[str]:
    """What speaks against its forms: they exist, people fill them in, and what guards name has the type that is answered."""
    return [fault for node in declaration.nodes if node.form for fault in _of_node(node, declaration)]


def _of_node(node: Node, declaration: Declaration) -> list[str]:
    path = f"nodes.{node.id}.form"
    if node.kind not in (NodeKind.TASK, NodeKind.JOINT):
        return [f"{path}：这个环节由系统办理，没有人填表单；请去掉 form。"]
    try:
        form = forms.form_of(node.form)
    except UnknownForm as error:
        return [f"{path}：{error.sentence}"]
    except FaultyForm as error:
        return [f"{path}：表单“{node.form}”有错：{error.sentence}"]
    given, decided = forms.fields_of_form(node.form), {one.field for one in declaration.decisions}
    found = [f"{path}：表单里有“{name}”，而它由决策表得出，不能填写；请在表单里改名。" for name in given if name in decided]
    for field in (one for _, one in form.fields() if one.name in declaration.fields):
        declared, answered = declaration.fields[field.name], given.get(field.name)
        if answered is None:
            found.append(f"{path}：“{field.label}”（{field.name}）是附件、敏感信息或重复项，不会成为办件数据；请在 fields 里去掉或改名。")
        elif not _is_alike(declared, answered):
            found.append(f"{path}：“{field.label}”（{field.name}）答的是类型 {answered}，fields 里写的是 {declared}；请改成 {answered}。")
    return found


def _is_alike(one: str, other: str) -> bool:
    return one == other or any(one in alike and other in alike for alike in _ALIKE)
