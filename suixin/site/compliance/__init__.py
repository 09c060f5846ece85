"""The ten checks of `standards/data.md` section 9: each part computed with its evidence, or open by name with its reason.

values.py      what a part of a check says
catalogue.py   1   entries complete, bases lawful
deadlines.py   2 4    reviews and corrections within their working days
records.py     6   records of use, retention of logs, the chain
openness.py    7 9 what is open: nothing sensitive, good, licensed, machine-readable
algorithms.py  10  SM algorithms at work
unbuilt.py         what needs modules that are not there yet
report.py      all of them in order
"""
