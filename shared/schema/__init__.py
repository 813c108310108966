"""The data that crosses a boundary: worker messages, analyses, export records.

Frozen msgspec Structs, camelCase on the wire, unknown fields refused. May import `shared.errors` and
`shared.theory`. Arrays travel beside a message, never inside it.
"""
