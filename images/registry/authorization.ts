import { z } from "zod";
import { parseChallenge } from "./challenge";
import { RegistryError } from "./registry-error";
import { discard, type RegistryFetch, readAtMost } from "./registry-fetch";

/** Who asks. For Google's registries the name is `oauth2accesstoken` and the password an OAuth access token. */
export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
}

export interface AuthorizationOptions {
  /** Origin of the registry. */
  readonly origin: string;
  readonly fetch: RegistryFetch;
  /** Asked for at each challenge; without it, or where it gives nothing, requests are anonymous. */
  readonly credentials?: (() => Promise<RegistryCredentials | undefined>) | undefined;
}

const requestTimeout = 30_000;
const longestAnswer = 65_536;
const tokenAnswer = z.object({ token: z.string().optional(), access_token: z.string().optional() });
/** Registries whose tokens come from another host of the same operator. */
const tokenHosts: Readonly<Record<string, string>> = { "https://registry-1.docker.io": "https://auth.docker.io" };

/** Meets a registry's challenges, and keeps what met them for the next requests. */
export class Authorization {
  readonly #options: AuthorizationOptions;
  readonly #headers = new Map<string, string>();

  constructor(options: AuthorizationOptions) {
    this.#options = options;
  }

  /** What the last challenge for this scope was met with. */
  header(scope: string): string | undefined {
    return this.#headers.get(scope);
  }

  /**
   * Meets a challenge.
   * @param scope `repository:NAME:pull,push`
   * @throws {RegistryError} `not-authorized`, `unexpected-answer`; what fetch throws
   */
  async meet(challengeHeader: string | null, scope: string): Promise<string> {
    const { origin } = this.#options;
    const challenge = parseChallenge(challengeHeader);
    if (challenge === undefined) {
      throw new RegistryError("unexpected-answer", `${origin} asks for an unknown kind of authorization.`);
    }
    const credentials = await this.#options.credentials?.();
    const basic = credentials && basicHeader(credentials);
    if (challenge.scheme === "basic" && basic === undefined) {
      throw new RegistryError("not-authorized", `${origin} asks for a user and a password, and there are none.`);
    }
    const header =
      challenge.scheme === "bearer" ? await this.#token(challenge.realm, challenge.service, scope, basic) : basic;
    if (header === undefined) throw new RegistryError("not-authorized", `${origin} admits nobody without credentials.`);
    this.#headers.set(scope, header);
    return header;
  }

  async #token(realm: string, service: string | undefined, scope: string, basic: string | undefined): Promise<string> {
    const url = this.#realmUrl(realm);
    if (service !== undefined) url.searchParams.set("service", service);
    for (const one of scope.split(" ")) url.searchParams.append("scope", one);
    const where = `GET ${url.origin}${url.pathname}`;
    // A realm elsewhere may be anybody's; it gets no password.
    const trusted = [this.#options.origin, tokenHosts[this.#options.origin]].includes(url.origin);
    const response = await this.#options.fetch(url.href, {
      method: "GET",
      headers: { accept: "application/json", ...(trusted && basic !== undefined && { authorization: basic }) },
      redirect: "manual",
      signal: AbortSignal.timeout(requestTimeout),
    });
    if (response.status !== 200) {
      await discard(response);
      const problem = trusted || basic === undefined ? "" : " to a request without credentials, as it is another host";
      throw new RegistryError("not-authorized", `${where} answered ${response.status}${problem}.`);
    }
    const answer = tokenAnswer.safeParse(parseJson(await readAtMost(response, longestAnswer, where)));
    const token = answer.data?.token ?? answer.data?.access_token ?? "";
    if (!/^[\x21-\x7e]+$/.test(token)) throw new RegistryError("unexpected-answer", `${where} gave no token.`);
    return `Bearer ${token}`;
  }

  #realmUrl(realm: string): URL {
    const { origin } = this.#options;
    const url = URL.canParse(realm) ? new URL(realm) : undefined;
    const safe = url !== undefined && (url.protocol === "https:" || url.origin === origin);
    if (!safe || url.username !== "" || url.password !== "") {
      throw new RegistryError("unexpected-answer", `${origin} names a place for tokens that is no https address.`);
    }
    return url;
  }
}

function basicHeader({ username, password }: RegistryCredentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`;
}

function parseJson(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString("utf8"));
  } catch {
    return undefined;
  }
}
