"""Signal measurements in numpy: loudness, spectra, bands, onsets, resampling.

May import `shared.errors` and `shared.units`. Arrays are float32 or float64, never changed in place.
"""
