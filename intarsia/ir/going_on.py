"""Workloads that go on after their last request.

A load that was drawn is drawn on: the same first requests, then more from the same stream of the same seed. None of them is longer than the longest that was there, in tokens or
images, as devices are chosen to hold that.

A trace begins anew, one mean gap after its last arrival, so that whole rounds keep its mean rate and its pattern. Sessions of a later round are other conversations: they have
names of their own, and ids of prefix blocks that no earlier round has. So nothing finds in a cache what only a repetition of the trace has put there. What all its requests share,
such as a system prompt, is computed once a round more; a round does as well as the trace by itself, never better.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from intarsia.ir.workload import Request, Workload, with_images

ROUND = "\x1f"
"""Between a session's name and its round."""


def go_on(workload: Workload, count: int) -> Workload:
    """At least `count` requests, the first ones as they are; of a trace, whole rounds. The same where there are as many. Raises ValueError where none or all come at once."""
    if count <= len(workload):
        return workload
    if not workload.rate_per_s:
        raise ValueError("a workload whose requests come at once doesn't go on")
    more = _drawn_on(workload, count) if workload.drawn else _rounds(workload, count)
    return replace(workload, requests=(*workload.requests, *more))


def _drawn_on(workload: Workload, count: int) -> Iterator[Request]:
    assert workload.drawn is not None
    tokens = workload.drawn.image_tokens
    longest = max(request.prompt_tokens + request.output_tokens for request in workload.requests)
    images = max(request.images for request in workload.requests)
    last = workload.requests[-1].arrival_s  # another rate moves times by rounding
    for request in workload.drawn.requests(count)[len(workload) :]:
        request = request if request.arrival_s >= last else replace(request, arrival_s=last)
        if request.prompt_tokens + request.output_tokens > longest or request.images > images:
            request = _cut(request, longest, images, tokens)
        yield request


def _cut(request: Request, longest: int, images: int, tokens: int) -> Request:
    """No more tokens and images than that; a token of answer is left."""
    fewer = replace(request, images=min(request.images, images))
    prompt = min(fewer.prompt_tokens, longest - 1)
    fewer = with_images(replace(fewer, prompt_tokens=prompt), tokens)
    return replace(fewer, output_tokens=max(1, min(request.output_tokens, longest - fewer.prompt_tokens)))


def _rounds(workload: Workload, count: int) -> Iterator[Request]:
    """Of all rounds after the first."""
    period = workload.duration_s + 1 / workload.rate_per_s
    ids = [each for request in workload.requests for each in request.prefix_hashes]
    span = max(ids) - min(ids) + 1 if ids else 0
    for number in range(1, -(-count // len(workload))):
        for request in workload.requests:
            yield replace(
                request, arrival_s=request.arrival_s + number * period, session=f"{request.session}{ROUND}{number}" if request.session else "",
                prefix_hashes=tuple(each + number * span for each in request.prefix_hashes),
            )  # fmt: skip
