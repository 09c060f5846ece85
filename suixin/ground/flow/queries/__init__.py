"""Reads of procedures that run: what waits for somebody, what one started, what is late, who is on time, one list of all.

Promise  nothing but indexed columns is filtered or sorted by; pages go on from a key, never by counting; a count ends at
         a cap; the number of queries does not grow with the rows
Rights   an instance is seen by who started it, by whom a step of it waits for or waited for, and where `flow.view` reaches
"""

from suixin.ground.flow.queries.casebook import CaseFilters as CaseFilters
from suixin.ground.flow.queries.casebook import CasePage as CasePage
from suixin.ground.flow.queries.casebook import instance_for as instance_for
from suixin.ground.flow.queries.casebook import instances as instances
from suixin.ground.flow.queries.casebook import may_see as may_see
from suixin.ground.flow.queries.casebook import started_by as started_by
from suixin.ground.flow.queries.casebook import step_for as step_for
from suixin.ground.flow.queries.paging import CAP as CAP
from suixin.ground.flow.queries.paging import Slice as Slice
from suixin.ground.flow.queries.paging import capped_count as capped_count
from suixin.ground.flow.queries.punctuality import Standing as Standing
from suixin.ground.flow.queries.punctuality import late_of as late_of
from suixin.ground.flow.queries.punctuality import league as league
from suixin.ground.flow.queries.waiting import Inbox as Inbox
from suixin.ground.flow.queries.waiting import InboxFilters as InboxFilters
from suixin.ground.flow.queries.waiting import account_of as account_of
from suixin.ground.flow.queries.waiting import inbox as inbox
from suixin.ground.flow.queries.waiting import stopped as stopped
from suixin.ground.flow.queries.waiting import waiting as waiting
