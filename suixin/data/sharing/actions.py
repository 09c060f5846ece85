"""Writes of sharing: grant what a department asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from suixin.data.access import actions as access
from suixin.data.access import datasets
from suixin.data.access.models import Door, Grant, SubjectKind
from suixin.data.catalog.models import Resource, ResourceGroup
from suixin.data.sharing import rules
from suixin.data.sharing.errors import MayNotShare
from suixin.data.sharing.models import Part, Share, ShareState
from suixin.ground.audit import actions as audit
from suixin.ground.people.models import Application, Organisation
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor


@dataclass(frozen=True, slots=True)
class ShareTerms:
    """What is asked for: columns by field or Chinese name, masks by field and by stated purpose, rows by an expression, quotas of calls.

    `part`: the part of a request that asks for it; `is_provided`: whether the data are there to be read at once; `dataset`: the
    resource stands for it, every table of it that is of the same provider is granted; `is_receipted`: every exchange leaves a receipt.
    """

    columns: Sequence[str]
    purpose: str
    basis: str
    until: datetime
    masks: Mapping[str, str] = field(default_factory=dict)
    row_filter: str = ""
    doors: Sequence[Door | str] = (Door.GATEWAY,)
    per_second: int | None = None
    per_day: int | None = None
    purposes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    part: Part | None = None
    is_provided: bool = True
    dataset: ResourceGroup | None = None
    is_receipted: bool = False


@transaction.atomic
def grant_request(
    resource: Resource, terms: ShareTerms, *, organisation: Organisation, application: Application | None, actor: Actor
) -> Share:
    """The share with its grant in force. Items that carry a mask keep it unless `terms.masks` names another.

    Raises NotAllowed, MayNotShare.
    """
    policy.require(actor, "sharing.grant", resource)
    contract = resource.contract
    columns = terms.columns if terms.dataset is None else rules.shared_fields(contract)
    faults = rules.faults_of(
        contract,
        share_type=resource.share_type,
        columns=columns,
        purpose=terms.purpose,
        basis=terms.basis,
        until=terms.until,
        now=clock.now(),
        is_own_application=application is None or application.organisation_id == organisation.pk,
    )
    if faults:
        raise MayNotShare(f"“{resource.title}”未能授权:" + ";".join(faults) + "。", faults=faults)
    items = [item for name in columns if (item := contract.item(name))]
    kind = SubjectKind.APPLICATION if application else SubjectKind.ORGANISATION
    key = application.app_id if application else organisation.uscc
    grant = _granted(resource, terms, [item.field for item in items], subject=(kind, key), actor=actor)
    now = clock.now()
    share = Share.objects.create(
        resource=resource,
        dataset=terms.dataset,
        organisation=organisation,
        application=application,
        grant=grant,
        part=terms.part,
        purpose=terms.purpose,
        basis=terms.basis,
        granted_at=now,
        state=ShareState.IN_USE if terms.is_provided else ShareState.PROVIDING,
        provided_at=now if terms.is_provided else None,
    )
    audit.record(actor, "sharing.granted", share, basis=terms.basis)
    return share


def _granted(resource: Resource, terms: ShareTerms, fields: Sequence[str], *, subject: tuple[SubjectKind, str], actor: Actor) -> Grant:
    """The grant on the resource: by itself, or as part of one on its whole dataset, of which every table that is
    its provider's shows all that is shared."""
    if terms.dataset is None:
        return access.give_grant(
            resource, actor=actor, subject_kind=subject[0], subject_key=subject[1], columns=fields, masks=terms.masks,
            row_filter=terms.row_filter, doors=terms.doors, valid_until=terms.until, basis=terms.basis, per_second=terms.per_second,
            per_day=terms.per_day, purposes=terms.purposes, is_receipted=terms.is_receipted,
        )
    whole = datasets.give_dataset_grant(
        terms.dataset, actor=actor, subject_kind=subject[0], subject_key=subject[1], masks=terms.masks, row_filter=terms.row_filter,
        doors=terms.doors, valid_until=terms.until, basis=terms.basis, per_second=terms.per_second, per_day=terms.per_day,
        purposes=terms.purposes, is_receipted=terms.is_receipted, provider=resource.provider,
    )
    found: Grant | None = whole.grants.filter(resource=resource).first()
    if found is None:
        raise MayNotShare(f"“{resource.title}”{resource.get_state_display()}，不能随数据集授权；请选已发布的目录。")
    return found
