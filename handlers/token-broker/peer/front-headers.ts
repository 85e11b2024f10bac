import type { IncomingMessage } from "node:http";
import { clientCertificateHeaders } from "../../../facts/client-certificate-headers";
import { iapAssertionHeader } from "../../../facts/iap";
import { type CertificateRefusal, identifyPeer, type PeerResult } from "./peer-identity";

/** Why what the load balancer says of a client's certificate is not believed. */
export type FrontRefusal =
  | CertificateRefusal
  | "front_headers_duplicated"
  | "front_headers_malformed"
  | "iap_assertion_present"
  | "certificate_missing"
  | "certificate_chain_not_verified"
  | "certificate_fingerprint_mismatch";

const headerPrefix = "x-client-cert-";

/**
 * Reads the client's certificate from the headers that the machine front sets. They are believed because only the front
 * reaches this service (ingress rule) and because it overwrites what a client sends; the checks here are for the day when
 * one of the two fails: a request that came through the people's front (IAP assertion), and headers that stand twice.
 * Source: cloud.google.com/load-balancing/docs/https/custom-headers#mtls-variables.
 */
export function peerFromFront(
  request: Pick<IncomingMessage, "headers" | "rawHeaders">,
  now: Date,
): PeerResult<FrontRefusal> {
  const refuse = (reason: FrontRefusal) => ({ ok: false, reason }) as const;
  if (request.headers[iapAssertionHeader] !== undefined) return refuse("iap_assertion_present");
  if (hasDuplicate(request.rawHeaders)) return refuse("front_headers_duplicated");
  const value = ({ name }: { readonly name: string }): string => {
    const header = request.headers[name.toLowerCase()];
    return typeof header === "string" ? header : "";
  };
  const { present, chainVerified, error, sha256Fingerprint, leaf } = clientCertificateHeaders;
  if (value(present) !== "true") return refuse("certificate_missing");
  if (value(chainVerified) !== "true" || value(error) !== "") return refuse("certificate_chain_not_verified");
  const der = decodeByteSequence(value(leaf));
  const fingerprint = decodeBase64(value(sha256Fingerprint));
  if (der === undefined || fingerprint?.length !== 32) return refuse("front_headers_malformed");
  const result = identifyPeer(der, now);
  if (result.ok && result.peer.sha256Fingerprint !== fingerprint.toString("hex")) {
    return refuse("certificate_fingerprint_mismatch");
  }
  return result;
}

/** Whether a client has sent, itself, headers that only the front may set. */
export function hasFrontHeaders(rawHeaders: readonly string[]): boolean {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (isFrontHeader(rawHeaders[index] ?? "")) return true;
  }
  return false;
}

const isFrontHeader = (name: string): boolean =>
  name.length > headerPrefix.length && name.slice(0, headerPrefix.length).toLowerCase() === headerPrefix;

function hasDuplicate(rawHeaders: readonly string[]): boolean {
  const names = frontHeaderNames(rawHeaders);
  return new Set(names).size < names.length;
}

const frontHeaderNames = (rawHeaders: readonly string[]): string[] =>
  rawHeaders
    .filter((_, index) => index % 2 === 0)
    .filter(isFrontHeader)
    .map((name) => name.toLowerCase());

/** RFC 9440 §2.1: base64 of the DER between colons. */
function decodeByteSequence(text: string): Buffer | undefined {
  const match = /^:([^:]+):$/.exec(text);
  return match?.[1] === undefined ? undefined : decodeBase64(match[1]);
}

/** Standard base64, with its padding or without; nothing else, and one spelling only. */
function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  const canonical = bytes.toString("base64");
  return text !== "" && (text === canonical || text === canonical.replace(/=+$/, "")) ? bytes : undefined;
}
