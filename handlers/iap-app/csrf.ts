import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";

/**
 * IAP's session is a cookie, which a browser also sends with a form on somebody else's page. So every form carries a
 * token that only a page of ours can know: an HMAC of the person under a random secret in a cookie of ours. The
 * secret needs no store and is the same for every instance of the service. The prefix __Host- keeps other hosts of
 * the domain from planting one (RFC 6265bis §4.1.3.2). The name ends at random: of two first pages that are opened at once, in two
 * tabs, the later one's cookie does not take the place of the earlier one's, and both forms hold.
 * Source: OWASP Cross-Site Request Forgery Prevention, "Signed Double-Submit Cookie".
 */
const cookiePrefix = "__Host-keyless-form-";
const cookieAttributes = "Path=/; Secure; HttpOnly; SameSite=Strict";
const cookiePair = new RegExp(`^(${cookiePrefix}[0-9a-f]{8})=([A-Za-z0-9_-]{43})$`);
/** More first pages are not opened at once; what a request may cost is bounded. */
const mostSecrets = 8;

/** Name of the hidden field. */
export const formTokenField = "form_token";

/** The token for a form of this person; sets the cookie where the browser has none. */
export function issueFormToken(request: FastifyRequest, reply: FastifyReply, principal: string): string {
  const [known] = cookieSecrets(request);
  const secret = known ?? randomBytes(32).toString("base64url");
  if (known === undefined) {
    const name = `${cookiePrefix}${randomBytes(4).toString("hex")}`;
    reply.header("set-cookie", `${name}=${secret}; ${cookieAttributes}`);
  }
  return formToken(secret, principal);
}

/** Whether a form comes from a page that was rendered for this person in this browser. */
export function isOwnForm(request: FastifyRequest, principal: string, token: string | undefined): boolean {
  // Browsers tell where a request comes from, and pages cannot change it (w3.org/TR/fetch-metadata).
  const site = request.headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin") return false;
  if (token === undefined) return false;
  const given = Buffer.from(token);
  return cookieSecrets(request).some((secret) => {
    const expected = Buffer.from(formToken(secret, principal));
    return expected.length === given.length && timingSafeEqual(expected, given);
  });
}

const formToken = (secret: string, principal: string): string =>
  createHmac("sha256", secret).update(principal).digest("base64url");

/** Values of our cookies; none where there are more than a browser would have from us, or two of one name. */
function cookieSecrets(request: FastifyRequest): readonly string[] {
  const pairs = (request.headers.cookie ?? "").split(";").map((pair) => cookiePair.exec(pair.trim()));
  const ours = pairs.flatMap((pair) => (pair === null ? [] : [{ name: pair[1], secret: pair[2] ?? "" }]));
  const names = new Set(ours.map(({ name }) => name));
  return names.size < ours.length || names.size > mostSecrets ? [] : ours.map(({ secret }) => secret);
}
