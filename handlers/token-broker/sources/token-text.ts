import { z } from "zod";
import { parseJson } from "../upstream/answer";
import { type Upstream, UpstreamError } from "../upstream/upstream-error";
import type { ExternalToken } from "./external-token-source";

/** Characters: Google takes no longer one. */
const longestToken = 64 * 1024;

const fault = (upstream: Upstream, description: string): UpstreamError =>
  new UpstreamError({ upstream, code: "malformed_response", description, retryable: false });

/**
 * A token out of what a file or a service gave: the text itself, or one field of a JSON object.
 *
 * @param form.type RFC 8693 `subject_token_type`.
 * @throws {UpstreamError} `malformed_response`, which names the field and quotes nothing.
 */
export function readToken(
  upstream: Upstream,
  text: string,
  form: { readonly type: string; readonly jsonField?: string | undefined },
): ExternalToken {
  const { type, jsonField } = form;
  const token = jsonField === undefined ? text.trim() : readField(upstream, text, jsonField);
  if (token === "") throw fault(upstream, "expected a token, there is none");
  if (token.length > longestToken) throw fault(upstream, `expected a token of at most ${longestToken} characters`);
  if (!/^[\x21-\x7e]+$/.test(token)) throw fault(upstream, "expected a token without spaces and control characters");
  return { token, type, expiresAt: jwtExpiry(token) };
}

function readField(upstream: Upstream, text: string, field: string): string {
  const object = z.record(z.string(), z.unknown()).safeParse(parseJson(text));
  if (!object.success) throw fault(upstream, "expected a JSON object");
  const value = object.data[field];
  if (typeof value !== "string") throw fault(upstream, `expected a text in the field ${field}`);
  return value;
}

const expiry = z.object({ exp: z.number().positive() });

/**
 * `exp` of a JWT, as it says itself: good for planning, not for trusting. Undefined for what is no JWT or does not say.
 */
export function jwtExpiry(token: string): Date | undefined {
  const [, payload, , ...more] = token.split(".");
  if (payload === undefined || more.length > 0) return undefined;
  const claims = expiry.safeParse(parseJson(Buffer.from(payload, "base64url").toString("utf8")));
  return claims.success ? new Date(claims.data.exp * 1000) : undefined;
}
