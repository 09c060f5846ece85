"""The national 数据直达 style as a way to a platform: letters become calls, what calls answer becomes letters of that platform.

mapping.py   what our entries, requests and objections are in its fields, what its codes mean here (pure)
calling.py   one signed call, its faults in sentences
deputy.py    letters in the platform's name, signed by a key of our own that stands for it
account.py   registering such a platform, what it issued to us, a refused report sent again
reporting.py letters to it, each thing reported once
asking.py    its catalogue, answers, results and rows, as letters
counting.py  what it lists, read back and held beside what was reported
adapter.py   the `LinkAdapter` of it all
Source       standards/data.md 6.3 (headers, signature, answer, services, states: seen in implementations); names of fields inside
             bodies and business codes are not published: ours are defaults that the account replaces
"""
