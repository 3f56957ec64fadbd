"""Who gives tokens to those who ask, as Google does: it answers what it is told to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web
from aiohttp.test_utils import TestServer


@dataclass
class Reply:
    """What is answered from now on."""

    status: int
    content: dict[str, object]


@asynccontextmanager
async def token_service(reply: Reply) -> AsyncIterator[str]:
    """Answer all who ask for a token with what the reply then is; yields where."""

    async def respond(request: web.Request) -> web.Response:
        return web.json_response(reply.content, status=reply.status)

    app = web.Application()
    app.router.add_post("/token", respond)
    async with TestServer(app) as server:
        yield str(server.make_url("/token"))
