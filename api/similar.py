"""Reading: which occurrences may be one."""

from __future__ import annotations

from litestar import route
from litestar.di import NamedDependency
from litestar.params import FromPath

from api.operation import GET, Operation
from api.reads import POINT
from api.requests import AnyRequest, named
from api.responses import Sent, occurrence_at, reading, redirected
from domain import query
from domain.duplicates import SimilarShown
from domain.errors import MergedInto
from store.similar import Similarity
from store.store import Store


@route(
    "/occurrences/{occurrence:str}/similar",
    http_method=GET,
    opt=Operation(
        name="similar",
        query=(*POINT, "limit"),
        answers={200: SimilarShown, 307: None},
        kept=True,
        refuses=(404, 422),
    ).opt,
)
async def similar(
    request: AnyRequest,
    chronicle: FromPath[str],
    occurrence: FromPath[str],
    store: NamedDependency[Store],
) -> Sent:
    """Read which other occurrences may be this one, the likeliest first, and why.

    Two that are not one are told apart by linking them as `distinct-from`; two that are, by
    merging them. Neither is suggested again. One that was merged redirects to what it is now.
    """
    asked = query.query(request.state.asked.once, {})
    async with store.reading(named(chronicle, "chronicle")) as reader:
        try:
            shown = await Similarity.over(reader).similar(named(occurrence, "occurrence"), asked)
        except MergedInto as moved:
            return redirected(request, f"{occurrence_at(chronicle, moved.into)}/similar")
    return reading(request, shown, settled=shown.settled)
