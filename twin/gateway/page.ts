import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";

/** A small page of the gateway: an error, a refusal, a sign-in problem. All texts are escaped. */
export interface Page {
  readonly status: number;
  readonly title: string;
  readonly paragraphs: readonly string[];
  /** Name and value pairs, such as the app that was asked for. */
  readonly details?: readonly (readonly [name: string, value: string])[];
  readonly links?: readonly { readonly href: string; readonly label: string }[];
}

const style = `:root{color-scheme:light dark}body{margin:0;font:16px/1.5 system-ui,sans-serif;background:#f6f7f9;color:#1f2328}
main{max-width:34rem;margin:12vh auto 4rem;padding:2rem;background:#fff;border:1px solid #d9dde3;border-radius:12px}
h1{margin:0 0 1rem;font-size:1.5rem;line-height:1.25}dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;font-size:.9rem}
dt{color:#59636e}dd{margin:0;overflow-wrap:anywhere}a{color:#0b57d0}nav{margin-top:1.5rem;display:flex;gap:1rem;flex-wrap:wrap}
nav a{padding:.5rem 1rem;border:1px solid currentColor;border-radius:8px;text-decoration:none}
@media(prefers-color-scheme:dark){body{background:#15181c;color:#e6e8eb}main{background:#1e2227;border-color:#363c44}dt{color:#a5adb8}a{color:#8ab4f8}}`;

/** The style is named by its digest, so that the page allows it and nothing else. */
const contentSecurityPolicy = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

function escapeHtml(value: string): string {
  const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return value.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}

export function renderPage(page: Page): string {
  const title = escapeHtml(page.title);
  const paragraphs = page.paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`).join("\n");
  const details = (page.details ?? []).map(
    ([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`,
  );
  const links = (page.links ?? []).map(({ href, label }) => `<a href="${escapeHtml(href)}">${escapeHtml(label)}</a>`);
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${style}</style></head>
<body><main>
<h1>${title}</h1>
${paragraphs}
${details.length > 0 ? `<dl>${details.join("")}</dl>` : ""}
${links.length > 0 ? `<nav aria-label="What to do next">${links.join("")}</nav>` : ""}
</main></body>
</html>
`;
}

/** Sends the page; never cached, never framed, tells other sites nothing. */
export function sendPage(
  response: ServerResponse,
  page: Page,
  headers: Readonly<Record<string, string | string[]>> = {},
): void {
  const body = renderPage(page);
  response.writeHead(page.status, {
    "content-type": "text/html; charset=utf-8",
    "content-length": String(Buffer.byteLength(body)),
    "cache-control": "no-store",
    "content-security-policy": contentSecurityPolicy,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    ...headers,
  });
  response.end(body);
}

/** Sends a redirect that no cache keeps and whose address no other site learns. */
export function sendRedirect(response: ServerResponse, location: string, cookies: readonly string[] = []): void {
  response.writeHead(302, {
    location,
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "content-length": "0",
    ...(cookies.length > 0 ? { "set-cookie": [...cookies] } : {}),
  });
  response.end();
}
