import { createHash } from "node:crypto";

/** The one style sheet, inside every page: no further request, and its hash is all that the policy lets in. */
export const styleSheet = `
:root {
  color-scheme: light dark;
  --ground: #f6f7f9; --surface: #ffffff; --text: #1b2130; --quiet: #5a6478; --line: #dde1e8;
  --accent: #2450c8; --on-accent: #ffffff; --tint: #e8edfb; --danger: #a4262c; --danger-tint: #fbeaea;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12151c; --surface: #1b202b; --text: #e7eaf1; --quiet: #a2acc0; --line: #323a4a;
    --accent: #8fb0ff; --on-accent: #10182c; --tint: #232f4c; --danger: #ff9d9d; --danger-tint: #3a2025;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); line-height: 1.55;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
a { color: var(--accent); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.skip { position: absolute; left: 1rem; top: -4rem; padding: .5rem 1rem; background: var(--surface); z-index: 1; }
.skip:focus { top: 1rem; }
.bar { background: var(--surface); border-bottom: 1px solid var(--line); }
.bar > div, main, footer { max-width: 72rem; margin: 0 auto; padding: 0 1.25rem; }
.bar > div { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 1rem; padding-block: .75rem; }
.brand { font-weight: 700; letter-spacing: -.01em; }
.account { margin-left: auto; display: flex; flex-wrap: wrap; align-items: center; gap: .25rem .75rem; font-size: .9rem; }
.account span { color: var(--quiet); overflow-wrap: anywhere; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem; margin: 0; padding: 0; list-style: none; }
nav a { display: block; padding: .3rem .7rem; border-radius: 999px; text-decoration: none; color: var(--quiet); }
nav a:hover { background: var(--tint); }
nav a[aria-current] { background: var(--tint); color: var(--text); font-weight: 600; }
main { padding-block: 2.5rem; min-height: 65vh; }
main:focus { outline: none; }
h1 { font-size: 1.9rem; line-height: 1.2; letter-spacing: -.02em; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.25rem 0 .75rem; }
p { max-width: 44rem; }
.lead, .quiet { color: var(--quiet); }
.lead { font-size: 1.1rem; margin-top: 0; }
.card { background: var(--surface); border: 1px solid var(--line); border-radius: 12px; padding: 1.25rem 1.4rem; }
.card > :first-child { margin-top: 0; }
.card > :last-child { margin-bottom: 0; }
.tiles { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); padding: 0; list-style: none; }
.tile { position: relative; }
.tile:hover { border-color: var(--accent); }
.tile a { display: block; font-weight: 600; text-decoration: none; margin-bottom: .25rem; }
.tile a::after { content: ""; position: absolute; inset: 0; border-radius: 12px; }
.tile span { font-size: .9rem; }
.tile code { white-space: nowrap; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .4rem 1.5rem; margin: 0; }
dt { color: var(--quiet); }
dd { margin: 0; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; }
.scroll { overflow-x: auto; padding: .3rem 1.4rem; }
th, td { padding: .65rem .75rem .65rem 0; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top; }
tbody tr:last-child > * { border-bottom: 0; }
thead th { color: var(--quiet); font-size: .85rem; font-weight: 600; }
tbody th { font-weight: 500; min-width: 9rem; }
code { font-size: .92em; background: var(--tint); padding: .1rem .35rem; border-radius: 5px; overflow-wrap: anywhere; }
.badge { display: inline-block; padding: .05rem .6rem; border-radius: 999px; background: var(--tint); font-size: .85rem; }
time, .badge { white-space: nowrap; }
label { display: block; font-weight: 600; margin: 1rem 0 .3rem; }
input[type=text], input[type=date], input[type=file], select, textarea { width: 100%; padding: .6rem .75rem; font: inherit; color: inherit; background: var(--ground);
  border: 1px solid var(--quiet); border-radius: 8px; }
:is(input, select, textarea)[aria-invalid=true] { border-color: var(--danger); box-shadow: 0 0 0 1px var(--danger); }
form.card > input[type=hidden] + label { margin-top: 0; }
.hint { color: var(--quiet); font-size: .9rem; margin: .25rem 0 0; }
.error { color: var(--danger); margin: .3rem 0 0; }
ul.error { padding-left: 1.2rem; }
.pair { display: grid; gap: 0 1.25rem; grid-template-columns: repeat(auto-fit, minmax(12rem, 1fr)); }
.inline { display: flex; gap: .5rem; align-items: center; }
.inline select { width: auto; padding: .3rem .5rem; }
.notice { border-left: 4px solid var(--danger); background: var(--danger-tint); padding: .75rem 1rem; border-radius: 6px; }
.button { display: inline-block; margin-top: 1.25rem; padding: .6rem 1.3rem; border: 0; border-radius: 8px; cursor: pointer;
  background: var(--accent); color: var(--on-accent); font: inherit; font-weight: 600; text-decoration: none; }
.buttons { display: flex; flex-wrap: wrap; gap: .75rem; }
.buttons .button { margin-top: 0; }
.button.secondary { background: transparent; color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
.button.small { margin: 0; padding: .35rem .8rem; font-size: .9rem; }
.button:disabled { opacity: .6; cursor: progress; }
article.card { margin-bottom: .75rem; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; }
footer { color: var(--quiet); font-size: .85rem; padding-block: 1.5rem; }
footer p { max-width: none; margin: 0; padding-top: 1.5rem; border-top: 1px solid var(--line); }
@media (max-width: 40rem) {
  main { padding-block: 1.75rem; }
  nav:not(.account) ul { margin-inline: -.7rem; gap: 0; }
  .account { margin-left: 0; justify-content: space-between; width: 100%; }
  .account ul { margin-inline: -.7rem; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd + dt { margin-top: .6rem; }
  table, tbody { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tbody tr { display: flex; flex-direction: column; gap: .3rem; padding-block: .8rem; border-bottom: 1px solid var(--line); }
  tbody tr:last-child { border-bottom: 0; }
  tbody th, tbody td { padding: 0; border: 0; }
  tbody th { order: -1; font-weight: 600; overflow-wrap: anywhere; }
  tbody td { position: relative; padding-left: 5.5rem; min-height: 1.55em; overflow-wrap: anywhere; }
  tbody td::before { content: attr(data-heading); content: attr(data-heading) / ""; position: absolute; left: 0; color: var(--quiet); font-size: .9rem; }
}
`;

/** For style-src of the content security policy (CSP 3 §2.3.1). */
export const styleSheetHash = `sha256-${createHash("sha256").update(styleSheet).digest("base64")}`;
