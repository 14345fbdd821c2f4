"""The look of the audit's page: light and dark, on a screen, a phone and paper. No font and no picture is fetched."""

from __future__ import annotations

STYLE = """
:root {
  color-scheme: light dark;
  --ground: #ffffff; --ink: #1b1f24; --quiet: #4d5662; --line: #c9ced6;
  --good: #0f5c2e; --bad: #a3151b; --link: #0b4f9e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171b; --ink: #e8eaed; --quiet: #b0b8c2; --line: #3d454f;
    --good: #7fd6a0; --bad: #ff9b96; --link: #9cc7ff;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 64rem; padding: 1.5rem 1rem 3rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
}
h1, h2, h3, h4 { line-height: 1.25; margin: 2rem 0 0.5rem; overflow-wrap: anywhere; }
h1 { margin-top: 0; font-size: 1.9rem; }
h2 { font-size: 1.5rem; border-top: 2px solid var(--line); padding-top: 1.25rem; }
h3 { font-size: 1.2rem; }
h4 { font-size: 1.05rem; margin: 0; }
p { margin: 0.5rem 0; }
a { color: var(--link); }
a:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
dl {
  display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 0.15rem 1rem; margin: 0.6rem 0;
  align-items: baseline;
}
dt { color: var(--quiet); }
dd { margin: 0; }
dd, td, li { overflow-wrap: anywhere; unicode-bidi: isolate; }
.exact { font-family: ui-monospace, "Liberation Mono", Menlo, Consolas, monospace; font-size: 0.875em; }
table { width: 100%; border-collapse: collapse; margin: 1rem 0; font-size: 0.95rem; }
caption { text-align: left; font-weight: 600; padding-bottom: 0.3rem; }
th, td { text-align: left; vertical-align: top; padding: 0.35rem 0.8rem 0.35rem 0; }
tr { border-bottom: 1px solid var(--line); }
thead th { color: var(--quiet); font-weight: 600; white-space: nowrap; }
thead .exact { font: inherit; font-weight: 600; }
tbody th { font-weight: 600; overflow-wrap: anywhere; }
.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.steps { list-style: none; margin: 1rem 0; padding: 0; }
.steps > li { border-left: 3px solid var(--line); padding: 0 0 1.5rem 1rem; }
.steps > li:last-child { padding-bottom: 0; }
.when { color: var(--quiet); margin: 0; }
.mark {
  border: 1px solid currentColor; border-radius: 0.75rem; padding: 0 0.5rem; font-size: 0.85rem; white-space: nowrap;
}
.good { color: var(--good); font-weight: 600; }
.bad { color: var(--bad); font-weight: 600; }
.steps > .void { border-left-style: dashed; }
footer { margin-top: 3rem; border-top: 2px solid var(--line); color: var(--quiet); }
@media (max-width: 40rem) {
  dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dd { margin-bottom: 0.4rem; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, caption, tbody { display: block; }
  tbody tr { display: block; padding: 0.4rem 0; }
  tbody th, td { display: block; padding: 0; }
  td::before { content: attr(data-label) ": "; color: var(--quiet); font-family: system-ui, sans-serif; }
  .number { text-align: left; }
}
@media print {
  :root {
    --ground: #ffffff; --ink: #000000; --quiet: #333333; --line: #999999;
    --good: #000000; --bad: #000000; --link: #000000;
  }
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav { display: none; }
  h1, h2, h3, h4, caption { break-after: avoid; }
  tr, dl { break-inside: avoid; }
}
"""
