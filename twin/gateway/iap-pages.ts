import type { IncomingMessage, ServerResponse } from "node:http";
import { iapClearLoginCookie, iapModeParameter } from "../../facts/iap";
import { type Page, sendPage, sendRedirect } from "./page";

/** Marks what IAP answered itself. */
const generated = { "x-goog-iap-generated-response": "true" } as const;

/** Whether the client is a script that could not follow a redirect to another site; who asks for HTML is none. */
export function isBackgroundRequest(request: IncomingMessage): boolean {
  const { accept = "", "x-requested-with": requestedWith, "sec-fetch-mode": fetchMode } = request.headers;
  if (requestedWith === "XMLHttpRequest") return true;
  if (accept.includes("text/html")) return false;
  return accept.includes("application/json") || (typeof fetchMode === "string" && fetchMode !== "navigate");
}

export function sendIapPage(response: ServerResponse, page: Page): void {
  sendPage(response, page, generated);
}

export function sendIapRedirect(response: ServerResponse, location: string, cookies: readonly string[]): void {
  response.setHeader("x-goog-iap-generated-response", "true");
  sendRedirect(response, location, cookies);
}

export function sendUnauthorized(response: ServerResponse): void {
  const body = JSON.stringify({ error: "unauthorized", message: "Sign in again: open the page in the browser." });
  response.writeHead(401, {
    "content-type": "application/json; charset=utf-8",
    "content-length": String(Buffer.byteLength(body)),
    "cache-control": "no-store",
    ...generated,
  });
  response.end(body);
}

/** Address that ends the session and comes back to `path`. */
const signOutLink = (path: string): string => `${path}?${iapModeParameter}=${iapClearLoginCookie}`;

export function accessDeniedPage(app: string, person: string, path: string): Page {
  return {
    status: 403,
    title: "You don't have access",
    paragraphs: [
      "You are signed in, but your account is in no group that may open this app. Ask whoever looks after the app to add you, or sign in as another person.",
    ],
    details: [
      ["App", app],
      ["Signed in as", person],
    ],
    links: [{ href: signOutLink(path), label: "Sign in as another person" }],
  };
}

export function misconfiguredPage(status: number, reason: string, explanation: string): Page {
  return {
    status,
    title: "There was a problem with your request",
    paragraphs: [reason],
    details: [["What is wrong", explanation]],
  };
}

export function expiredSignInPage(home: string): Page {
  return {
    status: 400,
    title: "This sign-in cannot be finished",
    paragraphs: [
      "It has expired, was finished already, or was begun in another browser. Open the app again to start afresh.",
    ],
    links: [{ href: home, label: "Open the app" }],
  };
}
