"""The errors of judging many pictures.

TrueclickError
└── BatchError               the API, or the folder of the state, does not let it go on
    └── UnsureError          pictures may have been sent or not; only a person can tell
"""

from trueclick.geometry import TrueclickError


class BatchError(TrueclickError):
    """It cannot go on now; what was done is written down, and the same call goes on from there."""


class UnsureError(BatchError):
    """Whether a batch was created cannot be found out; to send it again might pay it twice."""
