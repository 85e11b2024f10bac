import { z } from "zod";
import { Authorization, type RegistryCredentials } from "./authorization";
import { Later, type Pace, persist } from "./persistence";
import { RegistryError } from "./registry-error";
import { discard, type RegistryFetch, type RegistryResponse, type RequestBody, readAtMost } from "./registry-fetch";

export interface RegistryTransportOptions {
  /** `https://HOST[:PORT]`; http on the loopback address. */
  readonly origin: string;
  readonly fetch: RegistryFetch;
  readonly credentials?: (() => Promise<RegistryCredentials | undefined>) | undefined;
  readonly pace: Pace;
  /** Milliseconds since its first failure until a request is given up; two minutes unless given. */
  readonly patience?: number;
  /** Whether a refusal may be a right or a repository that is not known everywhere yet. */
  readonly propagating?: boolean;
}

export interface RegistryCall {
  readonly method: "GET" | "HEAD" | "POST" | "PUT";
  readonly url: string;
  /** `repository:NAME:pull,push`, several with spaces. */
  readonly scope: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: () => RequestBody;
  /** Statuses that the caller deals with. */
  readonly expected: readonly number[];
  /** Milliseconds. */
  readonly timeout?: number;
}

const requestTimeout = 60_000;
const longestError = 16_384;
/** Source: OCI distribution specification, "Error Codes". */
const errorBody = z.object({
  errors: z.array(z.object({ code: z.string().default(""), message: z.string().nullish() })).min(1),
});

/** Requests to one registry: meets its challenges, and knows which answers are worth another attempt. */
export class RegistryTransport {
  readonly #options: RegistryTransportOptions;
  readonly #authorization: Authorization;

  constructor(options: RegistryTransportOptions) {
    this.#options = options;
    this.#authorization = new Authorization(options);
  }

  /** The answer, of one of the expected statuses. Its body is discarded unless the method is GET. @throws {RegistryError} */
  async call(call: RegistryCall): Promise<RegistryResponse> {
    return this.persist(() => this.attempt(call));
  }

  /** Repeats several requests that belong together. @throws {RegistryError} */
  persist<Result>(attempt: () => Promise<Result | Later>): Promise<Result> {
    const { pace, patience = 120_000 } = this.#options;
    return persist(attempt, { pace, patience });
  }

  /** One attempt. @throws {RegistryError} where another would not help */
  async attempt(call: RegistryCall): Promise<RegistryResponse | Later> {
    const where = `${call.method} ${withoutQuery(call.url)}`;
    let response: RegistryResponse;
    try {
      response = await this.#send(call, this.#authorization.header(call.scope));
      if (response.status === 401) {
        await discard(response);
        const challenge = response.headers.get("www-authenticate");
        response = await this.#send(call, await this.#authorization.meet(challenge, call.scope));
      }
    } catch (error) {
      if (error instanceof RegistryError) throw error;
      return new Later(`${where} was not answered`);
    }
    const { status } = response;
    if (call.expected.includes(status)) {
      if (call.method !== "GET") await discard(response);
      return response;
    }
    const problem = `${where} answered ${status}${await reasonOf(response)}`;
    const { propagating = false } = this.#options;
    if (status === 408 || status === 429 || status >= 500 || (propagating && (status === 403 || status === 404))) {
      return new Later(problem, retryAfter(response, this.#options.pace.now()));
    }
    if (status === 401 || status === 403) throw new RegistryError("not-authorized", problem);
    throw new RegistryError(status >= 300 && status < 400 ? "unexpected-answer" : "refused", problem);
  }

  #send(call: RegistryCall, authorization: string | undefined): Promise<RegistryResponse> {
    return this.#options.fetch(call.url, {
      method: call.method,
      headers: { ...call.headers, ...(authorization !== undefined && { authorization }) },
      ...(call.body && { body: call.body(), duplex: "half" }),
      // A redirect would carry the credentials elsewhere.
      redirect: "manual",
      signal: AbortSignal.timeout(call.timeout ?? requestTimeout),
    });
  }
}

/** Upload sessions are named in the query. */
export const withoutQuery = (url: string): string => url.split("?")[0] ?? url;

/** The registry's own words on one line, shortened. */
async function reasonOf(response: RegistryResponse): Promise<string> {
  try {
    const [first] = errorBody.parse(JSON.parse((await readAtMost(response, longestError, "")).toString("utf8"))).errors;
    const line = [first?.code, first?.message].filter(Boolean).join(": ");
    return line === "" ? "" : ` ${line.replace(/\p{Cc}+/gu, " ").slice(0, 300)}`;
  } catch {
    return "";
  }
}

/** Milliseconds of a Retry-After header in either of its forms (RFC 9110 §10.2.3); 0 without one. */
function retryAfter({ headers }: RegistryResponse, now: number): number {
  const value = headers.get("retry-after") ?? "";
  if (/^[0-9]{1,9}$/.test(value)) return Number(value) * 1_000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? 0 : Math.max(0, date - now);
}
