import { createLocalJWKSet, type JWTPayload, jwtVerify } from "jose";
import { entraIssuer } from "../../../facts/entra";
import { type Decision, DecisionLog } from "../../events";
import { ResourceStore } from "../../store/resource-store";
import { createEntra, type Entra } from "../entra/entra";
import { type BrowserAnswer, TestBrowser } from "./browser";
import { employees, entraStore, loginApp, loginSecret, people, redirectUri, tenantId } from "./entra-resources";
import { jsonAnswer, publishedKeys } from "./json-answer";
import { type ServedHost, serveHost } from "./serve-host";

export const publicOrigin = "https://login.microsoftonline.com.localhost:8443";
export const reachableRedirect = redirectUri.replace("auth.cloud.google", "auth.cloud.google.localhost:8443");
export const endpoint = (name: string): string => `${publicOrigin}/${tenantId}/oauth2/v2.0/${name}`;

/** The authorization code that a redirect carries; empty where it carries none. */
export const codeOf = (answer: BrowserAnswer): string => answer.url.searchParams.get("code") ?? "";

type Changes = Readonly<Record<string, string | undefined>>;

/** Entra with the seeded application, a browser without a session, and an application's side of the code flow. */
export class LoginFixture {
  readonly store = new ResourceStore();
  readonly entra: Entra;
  readonly decisions: Decision[] = [];
  browser = new TestBrowser("", publicOrigin);
  #served: ServedHost | undefined;

  constructor() {
    const log = new DecisionLog();
    log.subscribe((decision) => this.decisions.push(decision));
    this.entra = createEntra({
      store: this.store,
      people,
      tenantId,
      decisions: log,
      publicOrigin: (host) => `https://${host}.localhost:8443`,
      groupNames: { [employees]: "Employees" },
    });
  }

  get served(): ServedHost {
    if (this.#served === undefined) throw new Error("not started");
    return this.#served;
  }

  async start(): Promise<void> {
    this.#served = await serveHost(this.entra.host);
  }

  close(): Promise<void> {
    return this.served.close();
  }

  /** Puts the directory back to what it was, and takes a new browser. */
  reset(): void {
    for (const resource of this.store.all()) this.store.remove(resource.stack, resource.address);
    for (const resource of entraStore("").all()) this.store.put(resource);
    this.decisions.length = 0;
    this.browser = new TestBrowser(this.served.origin, publicOrigin);
  }

  authorizeUrl(change: Changes = {}): string {
    const parameters = {
      client_id: loginApp.clientId,
      response_type: "code",
      redirect_uri: reachableRedirect,
      scope: "openid profile email",
      state: "the-state",
      nonce: "the-nonce",
      ...change,
    };
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, value);
    return `${endpoint("authorize")}?${query}`;
  }

  /** Opens the login page and picks a person. */
  async signIn(person: string, change: Changes = {}): Promise<BrowserAnswer> {
    return this.browser.submit(await this.browser.open(this.authorizeUrl(change)), { person });
  }

  async redeem(fields: Readonly<Record<string, string>>): Promise<{ status: number; body: Record<string, unknown> }> {
    const body = new URLSearchParams({
      grant_type: "authorization_code",
      redirect_uri: reachableRedirect,
      client_id: loginApp.clientId,
      client_secret: loginSecret,
      ...fields,
    });
    return jsonAnswer(await fetch(`${this.served.origin}/${tenantId}/oauth2/v2.0/token`, { method: "POST", body }));
  }

  /** Claims of an ID token after the checks that an application makes. */
  async claimsOf(idToken: unknown): Promise<JWTPayload> {
    const keys = await publishedKeys(`${this.served.origin}/${tenantId}/discovery/v2.0/keys`);
    const verified = await jwtVerify(String(idToken), createLocalJWKSet(keys), {
      issuer: entraIssuer(tenantId),
      audience: loginApp.clientId,
      algorithms: ["RS256"],
    });
    return verified.payload;
  }
}

export async function startLogin(): Promise<LoginFixture> {
  const login = new LoginFixture();
  await login.start();
  return login;
}
