import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { FederatedIdentity } from "../../analysis";
import { cookieValues, setCookie } from "./cookies";
import { ExpiringValues } from "./expiring-values";

/** A person signed in to one host through one workforce pool. */
export interface IapSession {
  readonly host: string;
  readonly pool: string;
  readonly identity: FederatedIdentity;
}

const sessionLimit = 10_000;
const iapCookie = /^(__Host-)?GCP_IA(A)?P_/;
const nonceCookie = "__Host-GCP_IAP_XSRF_NONCE";
const selectAccountCookie = "__Host-GCP_IAP_SELECT_ACCOUNT";

/** Seconds within which a sign-in must be finished. */
export const signInSeconds = 600;
/** Seconds for which a browser that logged out is asked which account it wants; longer than any session lasts. */
const selectAccountSeconds = 86_400;

/** Whether a cookie is IAP's own; apps never see these. */
export const isIapCookie = (name: string): boolean => iapCookie.test(name);

/** IAP's sessions: in the cookie an opaque key, here who it stands for. */
export class IapSessions {
  readonly #sessions = new ExpiringValues<IapSession>(sessionLimit);

  /** Starts a session. @returns the cookies that carry it */
  start(session: IapSession, lifetimeSeconds: number): readonly string[] {
    const key = this.#sessions.put(session, lifetimeSeconds);
    return [
      setCookie(cookieName(session.host, session.pool), key, lifetimeSeconds),
      setCookie(selectAccountCookie, "", 0),
    ];
  }

  /** The session that a Cookie header carries for this host and pool. */
  find(cookies: string | undefined, host: string, pool: string): IapSession | undefined {
    for (const key of cookieValues(cookies, cookieName(host, pool))) {
      const session = this.#sessions.get(key);
      // The key alone is not enough: it could have been carried over from another host or pool.
      if (session?.host === host && session.pool === pool) return session;
    }
    return undefined;
  }

  /** Ends the session, here and in the browser. @returns the cookies that do so */
  clear(cookies: string | undefined, host: string, pool: string): readonly string[] {
    const name = cookieName(host, pool);
    for (const key of cookieValues(cookies, name)) this.#sessions.delete(key);
    return [setCookie(name, "", 0), setCookie(selectAccountCookie, "1", selectAccountSeconds)];
  }
}

/** Whether the person logged out and so wants to choose the account anew. */
export const wantsAccountChoice = (cookies: string | undefined): boolean =>
  cookieValues(cookies, selectAccountCookie).includes("1");

/** Ties a sign-in to the browser that began it. */
export interface BrowserBinding {
  /** Digest of the nonce; the browser alone holds the nonce. */
  readonly digest: string;
  readonly cookie: string;
}

/** Binds to the nonce that the browser has already, so that several tabs may sign in at once. */
export function bindBrowser(cookies: string | undefined): BrowserBinding {
  const known = cookieValues(cookies, nonceCookie).find((value) => /^[\w-]{43}$/.test(value));
  const nonce = known ?? randomBytes(32).toString("base64url");
  return { digest: digestOf(nonce), cookie: setCookie(nonceCookie, nonce, signInSeconds) };
}

/** Whether the browser that sent these cookies is the bound one. */
export function isBoundBrowser(cookies: string | undefined, digest: string): boolean {
  return cookieValues(cookies, nonceCookie).some((nonce) =>
    timingSafeEqual(Buffer.from(digestOf(nonce)), Buffer.from(digest)),
  );
}

function cookieName(host: string, pool: string): string {
  const suffix = createHash("sha256").update(`${host}\n${pool}`).digest("hex").slice(0, 16).toUpperCase();
  return `__Host-GCP_IAP_AUTH_TOKEN_${suffix}`;
}

const digestOf = (nonce: string): string => createHash("sha256").update(nonce).digest("base64url");
