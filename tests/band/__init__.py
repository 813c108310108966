"""A band with a singer whose stems are known: composed pieces in stereo, for measuring separation. Seeded."""
