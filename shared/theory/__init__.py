"""Music theory as tables and small pure functions: keys, their notations, how keys relate.

May import `shared.errors` and `shared.units`.
"""
