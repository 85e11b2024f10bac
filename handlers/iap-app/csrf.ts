import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";

/**
 * IAP's session is a cookie, which a browser also sends with a form on somebody else's page. So every form carries a
 * token that only a page of ours can know: an HMAC of the person under a random secret in a cookie of ours. The
 * secret needs no store and is the same for every instance of the service. The prefix __Host- keeps other hosts of
 * the domain from planting one (RFC 6265bis §4.1.3.2).
 * Source: OWASP Cross-Site Request Forgery Prevention, "Signed Double-Submit Cookie".
 */
const cookieName = "__Host-keyless-form";
const cookieAttributes = "Path=/; Secure; HttpOnly; SameSite=Strict";

/** Name of the hidden field. */
export const formTokenField = "form_token";

/** The token for a form of this person; sets the cookie where the browser has none. */
export function issueFormToken(request: FastifyRequest, reply: FastifyReply, principal: string): string {
  const known = cookieSecret(request);
  const secret = known ?? randomBytes(32).toString("base64url");
  if (!known) reply.header("set-cookie", `${cookieName}=${secret}; ${cookieAttributes}`);
  return formToken(secret, principal);
}

/** Whether a form comes from a page that was rendered for this person in this browser. */
export function isOwnForm(request: FastifyRequest, principal: string, token: string | undefined): boolean {
  // Browsers tell where a request comes from, and pages cannot change it (w3.org/TR/fetch-metadata).
  const site = request.headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin") return false;
  const secret = cookieSecret(request);
  if (secret === undefined || token === undefined) return false;
  const expected = Buffer.from(formToken(secret, principal));
  const given = Buffer.from(token);
  return expected.length === given.length && timingSafeEqual(expected, given);
}

const formToken = (secret: string, principal: string): string =>
  createHmac("sha256", secret).update(principal).digest("base64url");

/** The cookie's value; undefined where it is absent, misshapen or there twice. */
function cookieSecret(request: FastifyRequest): string | undefined {
  const pairs = (request.headers.cookie ?? "").split(";").map((pair) => pair.trim());
  const values = pairs
    .filter((pair) => pair.startsWith(`${cookieName}=`))
    .map((pair) => pair.slice(cookieName.length + 1));
  const [value] = values;
  return values.length === 1 && value !== undefined && /^[A-Za-z0-9_-]{43}$/.test(value) ? value : undefined;
}
