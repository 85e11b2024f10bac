import type { ServerResponse } from "node:http";

/** One line of the list of addresses that the welcome page and the page for unknown hosts show. */
export interface FrontEntry {
  /** Real name of the host, without `.localhost`. */
  readonly hostname: string;
  /** What a person finds there, in a few plain words. */
  readonly description: string;
}

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => escapes[character] ?? "");

/** A small page. `body` is HTML; whatever came from outside has been escaped. */
export function sendPage(response: ServerResponse, status: number, title: string, body: string): void {
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem; color: #1f2328; }
h1 { font-size: 1.5rem; } td { padding: .25rem 1rem .25rem 0; vertical-align: top; } code { background: #eef1f4; padding: .1rem .3rem; }
</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${body}
</body>
</html>
`;
  response.writeHead(status, {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Length": Buffer.byteLength(html),
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
  });
  response.end(html);
}

/** The list of addresses as a table. */
export function addressTable(entries: readonly FrontEntry[], originOf: (hostname: string) => string): string {
  if (entries.length === 0) {
    return "<p>Nothing is served yet.</p>";
  }
  const rows = entries.map(({ hostname, description }) => {
    const address = escapeHtml(originOf(hostname));
    return `<tr><td><a href="${address}/">${address}</a></td><td>${escapeHtml(description)}</td></tr>`;
  });
  return `<table>\n${rows.join("\n")}\n</table>`;
}
