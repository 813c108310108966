"""Everything that runs in the browser: `py` is Python for Pyodide, `js` what only a browser can do."""
