import type { IncomingMessage } from "node:http";
import { serverlessAuthorizationHeader } from "../../facts/iap";

/** Fields that belong to one connection (RFC 9110 §7.6.1); Connection may name more. */
const hopByHop: readonly string[] = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];
/** Framing and routing are not the sender's to withdraw by naming them in Connection. */
const notWithdrawable = new Set(["host", "content-length"]);

/** CGI-like servers take `_` and `-` for the same (RFC 3875 §4.1.18). */
const comparable = (name: string): string => name.toLowerCase().replaceAll("_", "-");

function pairsWithout(message: IncomingMessage, dropped: readonly string[]): [string, string][] {
  const named = (message.headers.connection ?? "").split(",").map((name) => comparable(name.trim()));
  const gone = new Set([...hopByHop, ...dropped, ...named.filter((name) => !notWithdrawable.has(name))]);
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < message.rawHeaders.length; index += 2) {
    const [name, value] = message.rawHeaders.slice(index, index + 2);
    if (name !== undefined && value !== undefined && !gone.has(comparable(name))) {
      pairs.push([name, value]);
    }
  }
  return pairs;
}

/**
 * Headers for the container, as name, value, name, value: without those of the connection and without the invoker's own
 * token, with the client's address appended to X-Forwarded-For and X-Forwarded-Proto set.
 */
export function forwardedRequestHeaders(request: IncomingMessage): string[] {
  const { remoteAddress } = request.socket;
  const forwardedFor = [request.headers["x-forwarded-for"], remoteAddress].flat().filter(Boolean).join(", ");
  return [
    ...pairsWithout(request, [serverlessAuthorizationHeader, "x-forwarded-for", "x-forwarded-proto"]),
    ["X-Forwarded-For", forwardedFor],
    ["X-Forwarded-Proto", "https"],
    // A body of unknown length; without this, Node would send one of a GET without any framing.
    ...(request.headers["transfer-encoding"] === undefined ? [] : [["Transfer-Encoding", "chunked"]]),
  ].flat();
}

/** Headers for the client, as name, value, name, value. */
export function forwardedResponseHeaders(answer: IncomingMessage): string[] {
  return pairsWithout(answer, []).flat();
}
