"""The same answers from Pyodide as from CPython, on short versions of every evaluation set.

`python -m tests.agreement` writes recordings and CPython's answers; `test_agreement.py` runs inside Pyodide, analyses
the same samples and compares. May import tests.composer, tests.bench.sets, web.py and the standard library.
"""
