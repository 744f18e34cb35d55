"""A strict model of the Messages API, for testing agents without a network.

It refuses what the API refuses, answers what a script says, fails where it is told to, and counts
tokens, cache hits and money:

    from trueclick.agent.testing import StrictApi, calls, overloaded, says

    api = StrictApi([calls(("screenshot", {})), says("All is well.")], faults={2: overloaded()})
    run_my_agent(api.client())       # an `anthropic.Anthropic`; its second request fails once
    assert api.violations == ()
    assert len(api.requests) == 3
    print(api.usage, api.usd)

A script may be a function instead, which is handed each request as a `Request` and gives a `Turn`:
runs of any length, answers that depend on what was sent. `served(api)` puts the API on a port of
this machine, for agents in a process of their own. Nothing here needs a test framework.

Batches and files it takes as well: `batch_seconds` says how long a batch goes on, the script is
asked for each of its requests once that is over, and `api.batches`, `api.batched` and `api.files`
tell of them.

What it knows, and where the documentation is silent, is said in the modules of
`trueclick.agent.testing.rules` and in `batches`, `binding`, `cache`, `clearing`, `files`, `threads`
and `tokens`.
"""

if __name__ != "trueclick.agent.testing":
    raise ImportError(f"import trueclick.agent.testing, not {__name__}")

from .api import StrictApi
from .batches import Batch
from .faults import Expiry, Fault, HttpError, NetworkError, StreamFault, overloaded, rate_limited
from .ledger import Entry
from .malformed import MALFORMED
from .port import served
from .problem import Problem
from .request import Picture, Request
from .turns import Turn, calls, says, uses

__all__ = [
    "MALFORMED",
    "Batch",
    "Entry",
    "Expiry",
    "Fault",
    "HttpError",
    "NetworkError",
    "Picture",
    "Problem",
    "Request",
    "StreamFault",
    "StrictApi",
    "Turn",
    "calls",
    "overloaded",
    "rate_limited",
    "says",
    "served",
    "uses",
]
