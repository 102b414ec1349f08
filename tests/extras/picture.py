"""The picture of the docs: what Slack shows of two messages, drawn from their blocks.

`python -m tests.extras.picture docs/images/slack.png` draws it anew.
"""

from __future__ import annotations

import html
import re
import sys
from typing import Any, Final

from msgspec.structs import replace
from playwright.sync_api import sync_playwright

from rarebird.notify.slack_blocks import blocks
from tests.notify.told import told

STYLE: Final = """
body { margin: 0; padding: 20px; width: 680px; background: #fff;
  font: 15px/1.46 Lato, "Noto Sans", "DejaVu Sans", sans-serif; }
article { display: flex; gap: 10px; margin-bottom: 22px; color: #1d1c1d; }
.bird { width: 36px; height: 36px; border-radius: 8px; background: #1264a3; color: #fff; font-size: 20px;
  display: grid; place-items: center; flex: none; }
.who b { font-weight: 900; } .who i { font: 10px sans-serif; background: #ddd; border-radius: 2px; padding: 1px 3px; }
.who span, .context { color: #616061; font-size: 12px; }
h1 { font-size: 18px; margin: 6px 0 8px; } p { margin: 0 0 8px; white-space: pre-line; }
.fields { display: grid; grid-template-columns: 1fr 1fr; gap: 8px 16px; margin-bottom: 8px; white-space: pre-line; }
a { color: #1264a3; text-decoration: none; }
"""


def drawn(message: list[dict[str, Any]]) -> str:
    """A message as HTML."""
    shown = []
    for block in message:
        if block["type"] == "header":
            shown.append(f"<h1>{_text(block['text'])}</h1>")
        elif "fields" in block:
            shown.append(
                f'<div class="fields">{"".join(f"<div>{_text(each)}</div>" for each in block["fields"])}</div>'
            )
        elif block["type"] == "context":
            shown.append(f'<div class="context">{" &nbsp; ".join(_text(each) for each in block["elements"])}</div>')
        else:
            shown.append(f"<p>{_text(block['text'])}</p>")
    who = '<div class="who"><b>rarebird</b> <i>APP</i> <span>10:00 AM</span></div>'
    return f'<article><div class="bird">r</div><div>{who}{"".join(shown)}</div></article>'


def _text(text: dict[str, Any]) -> str:
    told = str(text["text"])
    if text["type"] == "plain_text":
        return html.escape(told)
    told = re.sub(r"<!date\^[^|]+\|\S+ ([^>]+) UTC>", r"Today at \1", told)
    told = re.sub(r"<([^|>]+)\|([^>]+)>", r'<a href="#">\2</a>', told)
    return re.sub(r"\*([^*]+)\*", r"<b>\1</b>", told)


def main(path: str) -> None:
    """Draws the rate of a simulated stream as it begins, and a surge as it is over."""
    began = next(notice for notice in told("rate") if notice.incident is not None)
    over = [notice for notice in told("mix") if notice.incident is not None][-1]
    link = "https://rarebird.example.org/incidents/1"
    shown = "".join(drawn(blocks(replace(notice, link=link), "rsvps")) for notice in (began, over))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 720, "height": 100}, device_scale_factor=2)
        page.set_content(f"<style>{STYLE}</style>{shown}")
        page.screenshot(path=path, full_page=True)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
