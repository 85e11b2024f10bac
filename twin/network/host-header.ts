import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";

export type RequestedHost =
  /** `name` is in lower case, without `.localhost` and port; empty for `localhost` itself. */
  | { readonly ok: true; readonly name: string }
  | { readonly ok: false; readonly status: 400 | 421; readonly reason: string };

const localhostName = /^((?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*)localhost$/;

/** The labels before `localhost` in a host name of at most 253 characters, or undefined when it is no such name. */
export function nameBelowLocalhost(hostname: string): string | undefined {
  const labels = hostname.length <= 253 ? localhostName.exec(hostname.toLowerCase())?.[1] : undefined;
  return labels?.replace(/\.$/, "");
}

/**
 * The host a request is for. Strict, because the host decides which service answers: exactly one Host header
 * (RFC 9112 §3.2), below localhost, equal to the name of the TLS handshake (421, RFC 9110 §15.5.20), and a request target
 * in origin form, so that no second host name stands in it.
 */
export function requestedHost(request: IncomingMessage): RequestedHost {
  const hosts = request.rawHeaders.filter(
    (_, index, all) => index % 2 === 1 && all[index - 1]?.toLowerCase() === "host",
  );
  const [host] = hosts;
  if (hosts.length !== 1 || host === undefined) {
    return { ok: false, status: 400, reason: "Exactly one Host header is needed." };
  }
  if (!request.url?.startsWith("/") && request.url !== "*") {
    return { ok: false, status: 400, reason: "The request target must begin with a slash." };
  }
  const [, hostname, port] = /^([^:]*)(?::([0-9]{1,5}))?$/.exec(host) ?? [];
  const name = hostname === undefined ? undefined : nameBelowLocalhost(hostname);
  if (hostname === undefined || name === undefined || Number(port ?? 0) > 65_535) {
    return { ok: false, status: 421, reason: "Only names that end in .localhost are served here." };
  }
  if (request.socket instanceof TLSSocket) {
    const { servername } = request.socket;
    if (typeof servername !== "string" || servername.toLowerCase() !== hostname.toLowerCase()) {
      return {
        ok: false,
        status: 421,
        reason: "The Host header is not the name that the TLS connection was made for.",
      };
    }
  }
  return { ok: true, name };
}
