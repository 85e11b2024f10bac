import type { IncomingMessage, ServerResponse } from "node:http";
import { escapeHtml } from "../network/pages";

/** The pages with which Google's frontend refuses a request before it reaches a container. */
export type FrontendRefusal =
  | "not-found"
  | "forbidden"
  | "too-large"
  | "unavailable"
  | "timeout"
  | "malformed-response";

const pages: Record<
  FrontendRefusal,
  { status: number; title: string; heading: string; text: (path: string) => string }
> = {
  "not-found": {
    status: 404,
    title: "404 Page not found",
    heading: "Error: Page not found",
    text: () => "The requested URL was not found on this server.",
  },
  forbidden: {
    status: 403,
    title: "403 Forbidden",
    heading: "Error: Forbidden",
    text: (path) => `Your client does not have permission to get URL <code>${path}</code> from this server.`,
  },
  "too-large": {
    status: 413,
    title: "413 Request Entity Too Large",
    heading: "Error: Request Entity Too Large",
    text: () => "Your client issued a request that was too large.",
  },
  unavailable: {
    status: 503,
    title: "503 Server Error",
    heading: "Error: Server Error",
    text: () => "The service you requested is not available yet.<p>Please try again in 30 seconds.",
  },
  timeout: {
    status: 504,
    title: "504 Gateway Timeout",
    heading: "Error: Gateway Timeout",
    text: () => "The upstream request timed out.",
  },
  "malformed-response": {
    status: 502,
    title: "502 Server Error",
    heading: "Error: Server Error",
    text: () => "The server encountered a temporary error and could not complete your request.",
  },
};

/** Answers in the frontend's form; the page names the path of the request without its query. */
export function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  refusal: FrontendRefusal,
  headers: Readonly<Record<string, string>> = {},
): void {
  const { status, title, heading, text } = pages[refusal];
  const path = escapeHtml(request.url?.split("?")[0] ?? "/");
  const html = `<html><head>
<meta http-equiv="content-type" content="text/html;charset=utf-8">
<title>${title}</title>
</head>
<body text=#000000 bgcolor=#ffffff>
<h1>${heading}</h1>
<h2>${text(path)}</h2>
<h2></h2>
</body></html>
`;
  response.writeHead(status, {
    ...headers,
    "Content-Type": "text/html; charset=UTF-8",
    "Content-Length": String(Buffer.byteLength(html)),
  });
  response.end(html);
}
