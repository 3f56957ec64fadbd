from pathlib import Path
from . import test_control_pages as t
from .test_control_pages import *  # noqa
from .test_control_pages import afterwards
del test_an_owner_commands_is_refused_and_is_told_why
async def test_x(tab, scene, afterwards):
    try:
        await t.test_an_owner_commands_is_refused_and_is_told_why(tab, scene, None)
    except Exception:
        (Path("/tmp/issue4/e2e/x.png")).write_bytes(await tab.page.screenshot())
        print(numbers(await read_entities(scene.home.client))["soc"])
        raise
