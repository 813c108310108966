"""Weights of the key model, by mode (major, minor): made by `python -m tests.bench.fit_key`, not by hand.

Columns of EVIDENCE_WEIGHTS: `key_model.views`, semitones from the tonic up: chroma 12, its square root 12, bass 12,
major triads 12, minor triads 12. Columns of WHOLE_WEIGHTS: `key_model.whole_views`.
"""

from __future__ import annotations

from typing import Final

import numpy as np

__all__ = ["CONFIDENCE_WEIGHTS", "EVIDENCE_WEIGHTS", "WHOLE_WEIGHTS"]

EVIDENCE_WEIGHTS: Final = np.array([
    [
        3.63, -1.81, 0.14, -1.57, 1.31, 0.51, -1.59, 2.59, -1.59, 0.21, -1.53, -0.29,
        3.65, -1.82, 0.19, -1.56, 1.33, 0.56, -1.60, 2.55, -1.59, 0.15, -1.59, -0.26,
        0.03, -0.00, -0.06, -0.01, -0.08, 0.07, -0.02, -0.04, -0.02, 0.11, -0.11, -0.02,
        0.15, -0.01, -0.08, -0.02, -0.06, 0.07, -0.00, 0.03, -0.02, 0.04, -0.13, -0.01,
        -0.02, -0.00, 0.00, -0.01, 0.00, -0.02, -0.00, -0.15, -0.00, -0.02, -0.03, -0.03,
    ],
    [
        3.61, -1.77, 0.14, 1.68, -1.77, 0.18, -1.79, 2.54, -0.00, -1.79, -0.24, -0.78,
        3.62, -1.78, 0.18, 1.63, -1.80, 0.18, -1.80, 2.51, 0.06, -1.81, -0.22, -0.78,
        -0.01, -0.05, 0.03, -0.08, -0.01, -0.04, 0.02, 0.12, 0.13, -0.02, 0.08, 0.01,
        -0.06, -0.07, -0.02, -0.07, 0.00, -0.10, -0.01, 0.12, 0.11, -0.01, 0.14, 0.01,
        0.22, -0.01, -0.01, 0.00, -0.01, 0.07, 0.00, 0.01, 0.03, -0.02, -0.02, 0.01,
    ],
])  # fmt: skip
WHOLE_WEIGHTS: Final = np.array([
    [
        0.10, -0.03, 0.13, -0.02, -0.00, -0.00, 0.22, 0.85, 0.29, 0.42, 0.13,
    ],
    [
        0.09, 0.07, 0.05, 0.01, 0.06, 0.07, 0.26, 0.37, 0.04, 0.65, 0.28,
    ],
])  # fmt: skip
#: Columns: `tonality.confidence_features`.
CONFIDENCE_WEIGHTS: Final = np.array([-1.33, 0.85, -0.34, 2.44, 0.0, 0.31, 0.93, 0.57, 0.81])  # fmt: skip
