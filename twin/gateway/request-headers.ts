import type { IncomingMessage } from "node:http";
import { reservedHeaderPrefix, serverlessAuthorizationHeader } from "../../facts/iap";

export interface HeaderField {
  readonly name: string;
  readonly value: string;
}

/**
 * The form in which names are compared: lower case, and "_" as "-". Gateways of the CGI family (RFC 3875 §4.1.18) turn
 * both into the same variable, so X_Goog_… would arrive as X-Goog-….
 */
const comparableName = (name: string): string => name.toLowerCase().replaceAll("_", "-");

/** Whether only Google's own parts may set a header of this comparable name. */
export const isReservedHeader = (name: string): boolean =>
  name.startsWith(reservedHeaderPrefix) || name === serverlessAuthorizationHeader;

/**
 * Changes what a request says, in every view that Node gives of its headers, so that no reader behind can see the
 * client's own. Fields for which `drop` is true go, with all their duplicates; then `set` replaces whatever the client
 * sent under those names. A field with an empty value is only removed.
 */
export function rewriteRequestHeaders(
  request: IncomingMessage,
  change: { readonly drop: (comparableName: string) => boolean; readonly set: readonly HeaderField[] },
): void {
  const replaced = new Set(change.set.map(({ name }) => comparableName(name)));
  const kept = (name: string): boolean => !replaced.has(comparableName(name)) && !change.drop(comparableName(name));
  const added = change.set.filter(({ value }) => value !== "");

  const headers: IncomingMessage["headers"] = {};
  const distinct: IncomingMessage["headersDistinct"] = {};
  const raw: string[] = [];
  for (const [name, value] of Object.entries(request.headers)) if (kept(name)) headers[name] = value;
  for (const [name, value] of Object.entries(request.headersDistinct)) if (kept(name)) distinct[name] = value;
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    const [name, value] = request.rawHeaders.slice(index, index + 2);
    if (name !== undefined && value !== undefined && kept(name)) raw.push(name, value);
  }
  for (const { name, value } of added) {
    headers[name.toLowerCase()] = value;
    distinct[name.toLowerCase()] = [value];
    raw.push(name, value);
  }
  request.headers = headers;
  request.headersDistinct = distinct;
  request.rawHeaders = raw;
}

const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "te",
  "trailer",
  "upgrade",
]);

/**
 * Removes what belongs to the client's own connection, with every field that its Connection header names (RFC 9110
 * §7.6.1): otherwise `Connection: x-goog-iap-jwt-assertion` could make a hop behind drop a header that was set here.
 */
export function dropHopByHopHeaders(request: IncomingMessage): void {
  const named = new Set((request.headers.connection ?? "").split(",").map((token) => comparableName(token.trim())));
  // Framing and routing are not the client's to withdraw.
  for (const name of ["host", "content-length", "transfer-encoding"]) named.delete(name);
  rewriteRequestHeaders(request, { drop: (name) => hopByHop.has(name) || named.has(name), set: [] });
}
