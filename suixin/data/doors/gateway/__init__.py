"""The gateway between departments: what an application that signs reads of one resource, described in docs/gateway.md.

lookup      the record of a key, or of each of many (`keyed.py` reads keys, `../records.py` finds them)
verify      whether values are as the record says, without showing it
rows        the rows that conditions find
aggregate   groups and totals, none of few rows
Answer      {"code", "message", "data", "trace_id"}; codes of refusals in standards/data.md 6.5
"""
