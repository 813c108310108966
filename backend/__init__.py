"""The thin server: serves the page and, later, takes jobs. Imports neither torch nor skia. May import `shared`."""
