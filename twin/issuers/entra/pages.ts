import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import { type EntraError, entraErrorText } from "./error";

const style = `
:root{color-scheme:light dark;--ink:#1b1b1f;--soft:#5d5e66;--line:#d8d9e0;--card:#fff;--page:#f2f4f8;--accent:#0b5cad;--bad:#a4262c}
@media(prefers-color-scheme:dark){:root{--ink:#ececf1;--soft:#a9abb6;--line:#3a3c46;--card:#1f2027;--page:#131419;--accent:#7db8ff;--bad:#ff9a9e}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;background:var(--page);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
main{width:100%;max-width:30rem;background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:2rem}
h1{font-size:1.4rem;line-height:1.25;margin:0 0 .25rem}
p{margin:.25rem 0 1rem;color:var(--soft)}
ul{list-style:none;margin:1.25rem 0;padding:0;display:grid;gap:.5rem}
button{font:inherit;color:inherit;cursor:pointer;background:none;border:1px solid var(--line);border-radius:.5rem;padding:.6rem .9rem}
button:hover{border-color:var(--accent)}
button:focus-visible,a:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
li button{width:100%;text-align:left;display:grid;gap:.1rem;padding:.75rem .9rem}
strong{font-weight:600}
small{color:var(--soft);font-size:.85rem}
em{font-style:normal;color:var(--accent)}
.error{border-left:4px solid var(--bad);padding:.25rem 0 .25rem .9rem;overflow-wrap:anywhere;color:var(--ink)}
a{color:var(--accent)}`;

/** Styles only, by digest; no script, no frame (clickjacking), nothing from elsewhere. */
const contentSecurityPolicy = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'; base-uri 'none'; frame-ancestors 'none'`;

/** Text that is HTML already. Everything else is escaped when it is put into a page. */
export class Html {
  constructor(readonly text: string) {}
}

/** A template whose values are escaped, unless they are HTML themselves. */
export function html(strings: TemplateStringsArray, ...values: readonly (string | Html | readonly Html[])[]): Html {
  const render = (value: string | Html | readonly Html[]): string => {
    if (value instanceof Html) return value.text;
    if (typeof value !== "string") return value.map(render).join("");
    return value.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
  };
  return new Html(strings.reduce((text, part, index) => text + render(values[index - 1] ?? "") + part));
}

/** A person as the login page lists them. */
export interface ListedPerson {
  readonly key: string;
  readonly displayName: string;
  readonly email: string;
  /** Names of their groups. */
  readonly belongsTo: readonly string[];
  readonly signedIn: boolean;
}

/** The page on which one picks who to sign in as. */
export function loginPage(applicationName: string, people: readonly ListedPerson[]): string {
  const item = (
    person: ListedPerson,
  ): Html => html`<li><button name="person" value="${person.key}"><strong>${person.displayName}</strong>
<small>${person.email}</small>
<small>${person.belongsTo.length === 0 ? "no group" : person.belongsTo.join(", ")}</small>${person.signedIn ? html`<em>signed in</em>` : ""}</button></li>`;
  return page(
    "Pick an account",
    html`<h1 id="title">Pick an account</h1>
<p>to continue to <strong>${applicationName}</strong></p>
<form method="post" aria-labelledby="title"><ul>${people.map(item)}</ul>
<button name="cancel" value="yes">Cancel</button></form>
<p><small>A local twin of Microsoft Entra ID: these people are invented, and no password is asked.</small></p>`,
  );
}

/** A refusal in Entra's words. */
export function errorPage(error: EntraError, chooseAgain?: string): string {
  return page(
    "Sign in: sorry, but we’re having trouble signing you in",
    html`<h1>Sorry, but we’re having trouble signing you in.</h1>
<p class="error" role="alert">${entraErrorText(error)}</p>${chooseAgain === undefined ? "" : html`<p><a href="${chooseAgain}">Use another account</a></p>`}`,
  );
}

/** Asks before signing out, so that a link cannot do it. @param form as oidc-provider made it, with id "op.logoutForm". */
export function signOutPage(form: string): string {
  return page(
    "Sign out",
    html`<h1>Do you want to sign out?</h1>
<p>This ends the session at the identity provider.</p>${new Html(form)}
<button form="op.logoutForm" name="logout" value="yes" type="submit">Sign out</button>
<button form="op.logoutForm" type="submit">Stay signed in</button>`,
  );
}

export function signedOutPage(): string {
  return page(
    "Signed out",
    html`<h1>You signed out of your account</h1><p>It’s a good idea to close all browser windows.</p>`,
  );
}

/** Headers of every page. */
export const pageHeaders: Readonly<Record<string, string>> = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": contentSecurityPolicy,
  "cache-control": "no-store",
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
};

export function sendPage(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { ...pageHeaders, "content-length": Buffer.byteLength(text) });
  response.end(text);
}

function page(title: string, body: Html): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${new Html(style)}</style></head>
<body><main>${body}</main></body></html>`.text;
}
