"""What doors keep themselves: tokens of recipients, table exchanges and their runs, subscriptions."""

from suixin.data.doors.models.shares import ShareToken as ShareToken
from suixin.data.doors.models.subscriptions import DeadLetter as DeadLetter
from suixin.data.doors.models.subscriptions import Subscription as Subscription
from suixin.data.doors.models.tables import ExchangeRun as ExchangeRun
from suixin.data.doors.models.tables import ExchangeState as ExchangeState
from suixin.data.doors.models.tables import RunState as RunState
from suixin.data.doors.models.tables import TableExchange as TableExchange
from suixin.data.doors.models.tables import Target as Target
