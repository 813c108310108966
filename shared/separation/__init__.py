"""Taking a mix apart: the names of stems and models, and the separator that needs no download. stdlib and numpy only."""
