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
        3.18, -1.51, 0.43, -1.27, 1.22, 0.11, -1.23, 1.96, -1.34, 0.09, -1.35, -0.28,
        3.08, -1.56, 0.40, -1.24, 1.31, 0.23, -1.18, 1.93, -1.37, 0.13, -1.51, -0.22,
        -0.39, 0.07, -0.06, -0.09, -0.15, -0.07, -0.03, 0.01, -0.10, 0.19, -0.04, 0.03,
        0.24, -0.08, -0.01, -0.14, -0.21, 0.03, -0.08, -0.04, -0.07, -0.02, -0.16, -0.16,
        -0.16, -0.10, 0.00, -0.10, 0.07, -0.28, -0.11, -0.35, -0.13, 0.01, -0.15, -0.08,
    ],
    [
        3.34, -1.62, 0.37, 1.40, -1.62, -0.10, -1.54, 2.15, -0.02, -1.62, -0.01, -0.74,
        3.20, -1.74, 0.36, 1.45, -1.66, 0.02, -1.52, 2.11, 0.10, -1.66, 0.03, -0.68,
        -0.20, -0.11, 0.06, 0.40, -0.01, -0.03, 0.12, -0.05, -0.14, 0.11, 0.43, 0.04,
        0.10, -0.02, 0.15, -0.01, 0.04, -0.11, 0.03, 0.28, -0.06, 0.01, 0.27, 0.01,
        0.30, 0.08, 0.09, 0.15, 0.03, 0.09, 0.07, 0.06, 0.18, 0.12, 0.04, 0.16,
    ],
])  # fmt: skip
WHOLE_WEIGHTS: Final = np.array([
    [
        0.26, -0.14, 0.23, 0.00, 0.00, 0.09, 0.44, 0.82, 0.31, 1.13, -0.18,
    ],
    [
        0.11, 0.10, 0.05, -0.01, -0.01, 0.11, 0.10, 0.49, 0.15, 0.72, 0.25,
    ],
])  # fmt: skip
#: Columns: `tonality._features`.
CONFIDENCE_WEIGHTS: Final = np.array([
        4.01, 0.99, -0.53, -1.61, 1.65, -1.12, -0.03, 0.60, 0.65,
    ])  # fmt: skip
