"""Taking a mix apart: names of stems and models, the separator that needs no download. stdlib and numpy only."""
