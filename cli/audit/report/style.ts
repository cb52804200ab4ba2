/** The style sheet of the report: light and dark, narrow and wide, and print. */
import { STATUS_LABELS } from './format.ts';

const FILTERED = Object.keys(STATUS_LABELS)
  .map((status) => `#only-${status}:target ~ .story:not(.is-${status})`)
  .join(', ');

export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f5f6f8; --card: #ffffff; --ink: #18202b; --soft: #5a6675; --line: #e0e4ea; --track: #c9d0d9;
  --good: #146c43; --good-back: #e4f4eb; --warn: #855100; --warn-back: #fdf1d8; --bad: #a11d2b; --bad-back: #fce8e9;
  --calm: #435266; --calm-back: #e9edf2; --bar: #2f6f9f; --bar-soft: #a9c9e0; --link: #1f5f99;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0e1217; --card: #161b22; --ink: #e5e9ef; --soft: #9ba7b5; --line: #272e38; --track: #3a4451;
    --good: #7ddba6; --good-back: #10291d; --warn: #f0c26b; --warn-back: #2c220d; --bad: #ff9ba3; --bad-back: #331519;
    --calm: #b4c0ce; --calm-back: #212934; --bar: #6db1e2; --bar-soft: #2f4d64; --link: #8cc4f2;
  }
}
*, ::before, ::after { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
  -webkit-text-size-adjust: 100%; overflow-wrap: anywhere;
}
main { max-width: 66rem; margin: 0 auto; padding: 2.25rem 1.25rem 3rem; }
h1 { font-size: 1.75rem; line-height: 1.2; letter-spacing: -0.015em; margin: 0.15rem 0 0.35rem; }
h2 { font-size: 1.125rem; letter-spacing: -0.005em; margin: 2.5rem 0 0.25rem; }
h3 { font-size: 0.9375rem; margin: 0; }
h4 { font-size: 0.8125rem; margin: 0.7rem 0 0; }
p { margin: 0.25rem 0; }
a { color: var(--link); }
.origin { display: flex; flex-wrap: wrap; gap: 0.4rem 1.6rem; margin: 0.75rem 0 0; }
.origin dt { color: var(--soft); } .origin dd { margin: 0; }
.over { color: var(--soft); font-size: 0.8125rem; letter-spacing: 0.04em; }
.soft { color: var(--soft); }
.small { font-size: 0.8125rem; }
.id { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace;
  font-size: 0.8125rem; overflow-wrap: anywhere; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1rem 1.15rem;
  margin: 0.75rem 0; }
.good { --tone: var(--good); --back: var(--good-back); } .warn { --tone: var(--warn); --back: var(--warn-back); }
.bad { --tone: var(--bad); --back: var(--bad-back); } .calm { --tone: var(--calm); --back: var(--calm-back); }
.pill { display: inline-block; padding: 0.1rem 0.6rem; border-radius: 99px; background: var(--back);
  color: var(--tone); font-size: 0.8125rem; font-weight: 600; white-space: nowrap; }
.banner { display: flex; gap: 0.9rem; align-items: flex-start; border-radius: 10px; padding: 0.95rem 1.15rem;
  margin: 1.25rem 0; background: var(--back);
  border: 1px solid color-mix(in srgb, var(--tone) 28%, transparent); }
.banner .mark { flex: none; width: 1.6rem; height: 1.6rem; border-radius: 50%; background: var(--tone);
  color: var(--card); font-weight: 700; display: grid; place-items: center; font-size: 0.95rem;
  line-height: 1; }
.banner strong { color: var(--tone); }
.tiles { display: grid; grid-template-columns: repeat(4, 1fr); gap: 0.75rem; margin: 1.25rem 0 0; }
.tile { margin: 0; }
.tile b { display: block; font-size: 1.6rem; line-height: 1.25; letter-spacing: -0.02em;
  font-variant-numeric: tabular-nums; }
.tile.bad b, .tile.good b, .tile.warn b { color: var(--tone); }
.bars { display: grid; grid-template-columns: max-content 1fr max-content; gap: 0.35rem 0.9rem;
  align-items: center; font-size: 0.875rem; }
.bars .label { color: var(--soft); white-space: nowrap; }
.bars .count { font-variant-numeric: tabular-nums; text-align: right; white-space: nowrap; }
.pairs { display: grid; gap: 3px; }
.bar { height: 9px; border-radius: 3px; background: var(--bar); min-width: 2px; }
.bar.second { background: var(--bar-soft); height: 6px; }
.bar.none { background: transparent; }
.legend { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin: 0 0 0.9rem; font-size: 0.8125rem;
  color: var(--soft); }
.legend i { display: inline-block; width: 0.85rem; height: 0.55rem; border-radius: 2px; background: var(--bar);
  margin-right: 0.45rem; }
.legend i.second { background: var(--bar-soft); }
table { width: 100%; border-collapse: collapse; font-size: 0.875rem; }
th { overflow-wrap: normal; text-align: left; font-weight: 600; color: var(--soft); font-size: 0.8125rem; }
th, td { padding: 0.5rem 0.75rem 0.5rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td { border-bottom: 0; } th:last-child, td:last-child { padding-right: 0; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.wide { width: 50%; overflow-wrap: anywhere; }
.holds td:nth-child(2), .holds td:nth-child(3) { width: 34%; overflow-wrap: anywhere; }
.columns { display: grid; grid-template-columns: 1fr 1fr; gap: 0.75rem; } .columns .card { margin: 0; }
.columns { margin: 0.75rem 0; }
.story { padding: 0; margin: 0.5rem 0; }
.story summary { display: flex; flex-wrap: wrap; gap: 0.3rem 0.7rem; align-items: baseline; width: auto;
  color: inherit; padding: 0.6rem 1.15rem; }
.story summary::after { content: "details"; color: var(--link); font-size: 0.8125rem; }
.story[open] summary::after { content: "close"; }
.story summary .time { color: var(--soft); font-variant-numeric: tabular-nums; white-space: nowrap; }
.story article { padding: 0 1.15rem 0.95rem; scroll-margin-top: 5rem; }
.story .targets { flex: 1 1 14rem; min-width: 0; }
.filter a, .index a { display: inline-block; margin-right: 0.75rem; }
.index { margin: 1.25rem 0 -1rem; }
.way { list-style: none; display: grid; grid-template-columns: repeat(3, 1fr); margin: 0.9rem 0 0.7rem;
  padding: 0; font-size: 0.8125rem; }
.way li { position: relative; padding: 1.1rem 0.75rem 0 0; }
.way li::before { content: ""; position: absolute; left: 0; top: 0.25rem; width: 0.65rem; height: 0.65rem;
  border-radius: 50%; background: var(--bar); }
.way li::after { content: ""; position: absolute; left: 0.65rem; right: 0; top: 0.53rem; height: 2px;
  background: var(--track); }
.way li:last-child::after { display: none; }
.way li.done::before { background: var(--good); }
.way li.missing::before { background: transparent; border: 2px solid var(--track); }
.way li.missing { color: var(--soft); }
.way b { display: block; font-size: 0.8125rem; }
.way .time { font-variant-numeric: tabular-nums; }
.way .after { color: var(--soft); white-space: nowrap; }
.facts { display: flex; flex-wrap: wrap; gap: 0.15rem 1.1rem; font-size: 0.8125rem; color: var(--soft); }
details { font-size: 0.8125rem; }
summary { cursor: pointer; }
.steps { list-style: none; margin: 0.5rem 0 0; padding: 0; }
.steps li { display: grid; grid-template-columns: 6.5rem 11rem 1fr; gap: 0 0.9rem; padding: 0.3rem 0;
  border-top: 1px solid var(--line); }
.steps .time { font-variant-numeric: tabular-nums; color: var(--soft); }
.steps .what { font-weight: 600; overflow-wrap: anywhere; } .steps .more { overflow-wrap: anywhere; }
.findings td:first-child { width: 30%; }
footer { margin-top: 2.5rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft);
  font-size: 0.8125rem; }
@media (max-width: 40rem) {
  main { padding: 1.25rem 0.9rem 2rem; }
  h1 { font-size: 1.45rem; }
  .tiles { grid-template-columns: 1fr 1fr; }
  .tile b { font-size: 1.35rem; }
  .columns { grid-template-columns: 1fr; }
  .card { padding: 0.85rem 0.9rem; }
  .story { padding: 0; } .story summary { padding: 0.6rem 0.9rem; } .story article { padding: 0 0.9rem 0.85rem; }
  .bars { gap: 0.35rem 0.6rem; font-size: 0.8125rem; }
  .way { grid-template-columns: 1fr; gap: 0.55rem; }
  .way li { padding: 0 0 0 1.35rem; }
  .way li::after { left: 0.26rem; right: auto; top: 1rem; bottom: -0.7rem; width: 2px; height: auto; }
  .steps li { grid-template-columns: 6.3rem 1fr; }
  .steps .more { grid-column: 2; color: var(--soft); }
  .stack thead { display: none; }
  .stack tr { display: block; padding: 0.5rem 0; border-bottom: 1px solid var(--line); }
  .stack tr:last-child { border-bottom: 0; }
  .stack td { display: block; width: auto; padding: 0.1rem 0; border: 0; }
  .stack td[data-name]::before { content: attr(data-name) " "; color: var(--soft); }
  .stack td.number { display: inline-block; text-align: left; margin-right: 1rem; }
  .stack td.wide, .holds td:nth-child(n), .findings td:first-child { width: auto; }
}
@media screen { ${FILTERED} { display: none; } }
@media print {
  :root {
    color-scheme: light;
    --page: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #ccc; --track: #999; --good: #0b5a35;
    --good-back: #fff;
    --warn: #6b4100; --warn-back: #fff; --bad: #8a1220; --bad-back: #fff; --calm: #333; --calm-back: #fff;
    --bar: #2f6f9f; --bar-soft: #a9c9e0; --link: #000;
  }
  body { font-size: 10.5pt; } main { max-width: none; padding: 0; }
  .card, .banner, tr, .steps li { break-inside: avoid; } h2 { break-after: avoid; }
  .pill { border: 1px solid var(--tone); }
  .bar, .way li::before, .banner .mark, .legend i { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .story summary::after { content: none; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
`;
