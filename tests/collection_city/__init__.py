"""A small city for three days: systems of every kind change, break and come back, and every row is counted at both ends.

ledger.py   what each system holds and what the lake must hold of it, kept by the test alone
shops.py    the systems: tables of database servers, paths of an API, files of folders
world.py    thirty feeds over them and two entries that are filled in; a server that is absent takes its feeds with it
days.py     what changes, what breaks, and when the worker comes round; the clock is moved, nobody waits
office.py   the product, in processes of its own with a home of its own, some of which are killed
test_city.py  the reconciliation
"""
