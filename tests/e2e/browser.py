"""A Chromium that shows Home Assistant to its owner."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import json
from pathlib import Path
import shutil
import time

from playwright.async_api import (
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Response,
    async_playwright,
)
from scripts.headless.client import HomeAssistantClient

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    # Nothing beyond this machine has to do with a test.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--no-first-run",
)
WIDTH, HEIGHT = 1280, 800
PATIENCE_MS = 20_000
TOKEN_LIFE_S = 1_800
OURS = "bessai"


def find_chromium() -> str | None:
    """Return where Chromium is installed, if it is."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@dataclass
class Tab:
    """A page, and what it says about our parts.

    Without slots: playwright notes something on an object whose methods it calls.
    """

    page: Page
    url: str
    images: Path | None
    complaints: list[str] = field(default_factory=list)

    async def open(self, path: str, awaited: str) -> None:
        """Show a path of Home Assistant and wait for a text on it."""
        await self.page.goto(self.url + path)
        await self.see(awaited)

    async def see(self, text: str) -> None:
        """Wait until a text is visible."""
        await self.page.get_by_text(text).filter(visible=True).first.wait_for()

    async def picture(self, name: str, *, settle_ms: int = 800) -> None:
        """Take a picture when animations have ended, and keep it if that is asked.

        It is taken in any case, so that every run tries what a picture needs.
        """
        await self.page.wait_for_timeout(settle_ms)
        picture = await self.page.screenshot()
        if self.images is not None:
            self.images.mkdir(parents=True, exist_ok=True)
            (self.images / f"{name}.png").write_bytes(picture)

    def listen(self) -> None:
        """Take note of errors in which our name occurs."""
        self.page.on("console", self._on_message)
        self.page.on("pageerror", self._on_error)
        self.page.on("response", self._on_response)

    def _on_message(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._note(f"{message.text} ({message.location.get('url', '')})")

    def _on_error(self, error: Error) -> None:
        self._note(f"{error.message} {error.stack}")

    def _on_response(self, response: Response) -> None:
        if not response.ok and response.status != 304:
            self._note(f"{response.status} {response.url}")

    def _note(self, text: str) -> None:
        if OURS in text.lower():
            self.complaints.append(text)


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser window with a login."""

    context: BrowserContext
    url: str
    images: Path | None

    @asynccontextmanager
    async def new_tab(self) -> AsyncGenerator[Tab]:
        """Open a tab and close it at last."""
        tab = Tab(await self.context.new_page(), self.url, self.images)
        tab.listen()
        yield tab
        await tab.page.close()


@asynccontextmanager
async def open_browser(
    chromium: str, client: HomeAssistantClient, time_zone: str, images: Path | None
) -> AsyncGenerator[Browser]:
    """Start a browser that is logged in as the client is, and end it at last."""
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(
            executable_path=chromium, args=[*ARGUMENTS]
        )
        context = await running.new_context(
            viewport={"width": WIDTH, "height": HEIGHT},
            color_scheme="light",
            locale="en-GB",
            timezone_id=time_zone,
        )
        context.set_default_timeout(PATIENCE_MS)
        await context.add_init_script(_login(client))
        yield Browser(context, client.url, images)
        await running.close()


def _login(client: HomeAssistantClient) -> str:
    """Return JavaScript that leaves the tokens where the frontend looks for them."""
    tokens = {
        **client.tokens,
        "hassUrl": client.url,
        "clientId": client.client_id,
        "expires": int((time.time() + TOKEN_LIFE_S) * 1000),
    }
    return f"localStorage.setItem('hassTokens', {json.dumps(json.dumps(tokens))});"
