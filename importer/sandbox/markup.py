"""HTML by hand: escaping that can't be forgotten, tables, and the one style sheet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from starlette.responses import HTMLResponse


class Html(str):
    """Text that is HTML already. Any other text is escaped on its way into a page."""

    __slots__ = ()


def html(value: object) -> Html:
    """Escape a value, unless it is HTML already."""
    return value if isinstance(value, Html) else Html(escape(str(value)))


def join(parts: Iterable[object], between: str = "") -> Html:
    """Put parts one after the other, each escaped unless it is HTML."""
    return Html(between.join(html(part) for part in parts))


def tag(name: str, *content: object, **attributes: str) -> Html:
    """Make an element; `class_` stands for `class`."""
    given = "".join(f' {key.rstrip("_")}="{escape(v)}"' for key, v in attributes.items())
    return Html(f"<{name}{given}>{join(content)}</{name}>")


def link(address: str, words: object) -> Html:
    """Link to another page."""
    return tag("a", words, href=address)


def table(headers: Sequence[str], rows: Sequence[Sequence[object]], empty: str) -> Html:
    """Make a table; a header that begins with `>` is of a column of numbers."""
    if not rows:
        return tag("p", empty, class_="empty")
    classes = ["number" if header.startswith(">") else "text" for header in headers]
    head = join(
        tag("th", header.removeprefix(">"), class_=kind, scope="col")
        for header, kind in zip(headers, classes, strict=True)
    )
    body = join(
        tag("tr", join(tag("td", c, class_=k) for c, k in zip(row, classes, strict=True)))
        for row in rows
    )
    filled = tag("table", tag("thead", tag("tr", head)), tag("tbody", body))
    return tag("div", filled, class_="scroll")


def facts(pairs: Iterable[tuple[str, object]]) -> Html:
    """List names with their values; those without a value are left out."""
    shown = [(name, value) for name, value in pairs if value not in ("", None)]
    return tag("dl", join(tag("div", tag("dt", n), tag("dd", v)) for n, v in shown))


def section(title: str, *content: object) -> Html:
    """Make a titled part of a page."""
    return tag("section", tag("h2", title), *content)


def page(title: str, *content: object, status: int = 200) -> HTMLResponse:
    """Make a whole page. It may load nothing and run nothing."""
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html(title)}</title><style>{STYLE}</style></head>"
        f"<body><main>{join(content)}</main></body></html>"
    )
    policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"
    return HTMLResponse(text, status, headers={"Content-Security-Policy": policy})


STYLE = """
:root { --ink: #1d2733; --soft: #5c6b7c; --line: #e1e6ec; --paper: #fff; --ground: #f4f6f8;
  --accent: #1f5fbf; --good: #17704a; --good-bg: #e3f4ea; --warm: #8a5200; --warm-bg: #fdf0d8;
  --cool-bg: #e6eefb; --bad: #a32020; --bad-bg: #fbe6e6; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 32px 24px 64px; }
header { margin-bottom: 20px; }
h1 { font-size: 28px; line-height: 1.25; margin: 0 0 4px; letter-spacing: -0.01em; }
h2 { font-size: 17px; margin: 0 0 12px; }
p { margin: 0 0 12px; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
code { font: 13px/1.4 ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace;
  background: var(--ground); border-radius: 4px; padding: 1px 5px; }
pre { overflow-x: auto; background: var(--ground); border-radius: 8px; padding: 14px; margin: 0;
  font: 13px/1.5 ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; }
section { background: var(--paper); border: 1px solid var(--line); border-radius: 10px;
  padding: 20px; margin-top: 20px; }
.soft { color: var(--soft); }
.empty { color: var(--soft); margin: 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; }
.tile { background: var(--paper); border: 1px solid var(--line); border-radius: 10px;
  padding: 14px 16px; }
.tile b { display: block; font-size: 26px; line-height: 1.25; font-weight: 600;
  font-variant-numeric: tabular-nums; }
.tile span { color: var(--soft); font-size: 13px; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(300px, 1fr)); gap: 0 20px; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 14px; }
th { text-align: left; color: var(--soft); font-size: 12px; font-weight: 600; white-space: nowrap;
  border-bottom: 1px solid var(--line); padding: 0 12px 8px 0; }
td { border-bottom: 1px solid var(--line); padding: 9px 12px 9px 0; vertical-align: top;
  overflow-wrap: break-word; max-width: 380px; min-width: 70px; }
tbody tr:last-child td { border-bottom: 0; padding-bottom: 0; }
th:last-child, td:last-child { padding-right: 0; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.badge { display: inline-block; border-radius: 99px; padding: 1px 10px; font-size: 12px;
  font-weight: 600; white-space: nowrap; background: var(--cool-bg); color: var(--accent); }
.good { background: var(--good-bg); color: var(--good); }
.warm { background: var(--warm-bg); color: var(--warm); }
.bad { background: var(--bad-bg); color: var(--bad); }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(190px, 1fr)); gap: 14px 20px;
  margin: 0; }
dt { color: var(--soft); font-size: 12px; font-weight: 600; }
dd { margin: 0; overflow-wrap: anywhere; white-space: pre-line; }
form { display: flex; gap: 8px; margin: 0 0 14px; }
input { font: inherit; padding: 6px 10px; border: 1px solid #b9c3cf; border-radius: 6px;
  width: 260px; max-width: 100%; }
button { font: inherit; padding: 6px 14px; border: 1px solid #b9c3cf; border-radius: 6px;
  background: var(--paper); cursor: pointer; }
nav { display: flex; gap: 16px; margin-top: 14px; color: var(--soft); font-size: 14px; }
summary { cursor: pointer; color: var(--accent); }
details pre { margin-top: 12px; }
"""
