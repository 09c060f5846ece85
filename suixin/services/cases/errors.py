"""What can be wrong with an application or a case."""

from suixin.kit.errors import SuixinError


class CaseError(SuixinError):
    """Root of the errors of cases."""

    code = "cases-100"
    http_status = 400


class NotOpen(CaseError):
    """The item cannot be applied for now: paused, withdrawn, not online, or its limits make no procedure."""

    code = "cases-101"
    http_status = 409


class UnfitApplicant(CaseError):
    """Who applies may not, as it stands: a minor without guardian, an agent without authority, a number that is another's."""

    code = "cases-102"
    http_status = 422


class MissingMaterial(CaseError):
    """A material that the situation asks for was not handed in; the sentence names each."""

    code = "cases-103"
    http_status = 422


class UnknownCase(CaseError):
    """No case has that number, or the reader may not see it."""

    code = "cases-104"
    http_status = 404


class WrongStateOfCase(CaseError):
    """The case's state does not allow the step."""

    code = "cases-109"
    http_status = 409


class PaymentFailed(CaseError):
    """The payment provider refused, or did not answer; nothing was booked."""

    code = "cases-110"
    http_status = 502
    retry = True


class ProviderSilent(CaseError):
    """The payment provider did not answer in time: what became of it is not known yet, and asked again later."""

    code = "cases-112"
    http_status = 503
    retry = True


class ProviderBusy(CaseError):
    """Too many questions to the payment provider are open already: this one was not sent, everything is as before."""

    code = "cases-113"
    http_status = 503
    retry = True


class NoticeRefused(CaseError):
    """A payment provider's notice whose signature, time or provider is not right."""

    code = "cases-401"
    http_status = 401


class UnknownOrder(CaseError):
    """A payment provider tells of an order that is none of ours."""

    code = "cases-111"
    http_status = 404
