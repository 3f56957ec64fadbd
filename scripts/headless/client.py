"""Talks to Home Assistant as a browser does: REST, WebSocket and a login."""

from http import HTTPStatus
from typing import Any

import aiohttp

from .errors import SceneError

TIMEOUT_S = 30


class HomeAssistantClient:
    """One user of one Home Assistant; closed by whoever made it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.tokens: dict[str, Any] = {}
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_S)
        )

    @property
    def client_id(self) -> str:
        """How a browser on this address introduces itself."""
        return f"{self.url}/"

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    async def request(
        self, method: str, path: str, body: object = None
    ) -> tuple[int, Any]:
        """Return the status of an answer and what it says, parsed where it is JSON."""
        headers = {}
        if self.tokens:
            headers["Authorization"] = f"Bearer {self.tokens['access_token']}"
        async with self._session.request(
            method, self.url + path, json=body, headers=headers
        ) as answer:
            is_json = answer.content_type == "application/json"
            content = await answer.json() if is_json else await answer.text()
            return answer.status, content

    async def get(self, path: str) -> Any:
        """Return what an address answers."""
        return self._expect_ok(path, *await self.request("GET", path))

    async def post(self, path: str, body: object = None) -> Any:
        """Return what is answered to JSON."""
        return self._expect_ok(path, *await self.request("POST", path, body))

    @staticmethod
    def _expect_ok(path: str, status: int, content: Any) -> Any:
        if status >= HTTPStatus.BAD_REQUEST:
            raise SceneError(f"Home Assistant answers {status} to {path}: {content}")
        return content

    async def command(self, kind: str, **fields: object) -> Any:
        """Return the result of a WebSocket command.

        Each has a connection of its own: they are few, and so none has to be kept.
        """
        address = f"{self.url}/api/websocket"
        async with self._session.ws_connect(address, max_msg_size=0) as socket:
            await socket.receive_json()
            token = self.tokens["access_token"]
            await socket.send_json({"type": "auth", "access_token": token})
            await socket.receive_json()
            await socket.send_json({"id": 1, "type": kind, **fields})
            answer = await socket.receive_json()
        if not answer.get("success"):
            raise SceneError(f"Home Assistant refuses {kind}: {answer.get('error')}")
        return answer["result"]

    async def needs_owner(self) -> bool:
        """Return whether nobody has been made the owner yet."""
        status, steps = await self.request("GET", "/api/onboarding")
        return status == HTTPStatus.OK and any(not step["done"] for step in steps)

    async def create_owner(self, user: str, password: str) -> None:
        """Make the first user, who may do everything, and log in."""
        answer = await self.post(
            "/api/onboarding/users",
            {
                "client_id": self.client_id,
                "name": user.capitalize(),
                "username": user,
                "password": password,
                "language": "en",
            },
        )
        await self._fetch_tokens(answer["auth_code"])

    async def log_in(self, user: str, password: str) -> None:
        """Log in as the login page does.

        Raises:
            SceneError: If the password was changed since it was written down.
        """
        flow = await self.post(
            "/auth/login_flow",
            {
                "client_id": self.client_id,
                "handler": ["homeassistant", None],
                "redirect_uri": self.client_id,
            },
        )
        answer = await self.post(
            f"/auth/login_flow/{flow['flow_id']}",
            {"client_id": self.client_id, "username": user, "password": password},
        )
        if answer["type"] != "create_entry":
            raise SceneError(
                f"Home Assistant does not know {user} by this password any more: "
                "begin anew with scripts/develop --fresh"
            )
        await self._fetch_tokens(answer["result"])

    async def _fetch_tokens(self, code: str) -> None:
        form = {
            "grant_type": "authorization_code",
            "client_id": self.client_id,
            "code": code,
        }
        async with self._session.post(f"{self.url}/auth/token", data=form) as answer:
            self.tokens = await answer.json()
