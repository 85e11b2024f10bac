import { z } from "zod";
import type { DeployStepDependencies, StepFetch } from "./dependencies";
import { DeployStepError } from "./deploy-step-error";

/** Milliseconds. A change of rights is everywhere after "typically 2 minutes, potentially 7 minutes or longer". */
const patience = 420_000;
const firstPause = 1_000;
const longestPause = 30_000;
const requestTimeout = 30_000;

/** google.rpc.Status, in the envelope of Google's REST interfaces. */
const errorBody = z.object({ error: z.object({ status: z.string().default(""), message: z.string().default("") }) });

export interface ApiCall<Schema extends z.ZodType> {
  readonly method: "GET" | "PATCH" | "POST" | "PUT";
  readonly url: string;
  /** What the answer has to look like. */
  readonly answer: Schema;
  readonly body?: unknown;
  /** What the caller needs, named when it is refused. */
  readonly role: string;
}

type Outcome<Value> =
  | { readonly kind: "answer"; readonly value: Value }
  /** HTTP 404. */
  | { readonly kind: "absent"; readonly problem: string }
  | { readonly kind: "later"; readonly problem: string; readonly retryAfter: number };

/**
 * Google's REST interfaces for one run of a step. Every call of a step may be repeated without harm; what may be
 * propagation (403, 404, 409), load (429, 5xx) or the network is tried again, with growing pauses and no sooner than
 * `Retry-After` says, for seven minutes in all. No token appears in a message or a line.
 */
export class GoogleApi {
  readonly #deadline: number;

  constructor(
    private readonly step: string,
    private readonly dependencies: DeployStepDependencies,
  ) {
    this.#deadline = dependencies.now() + patience;
  }

  report(line: string): void {
    this.dependencies.report(`${this.step}: ${line}`);
  }

  /** @throws {DeployStepError} `refused`, `no-access-token`, `unexpected-answer`, `gave-up` */
  async call<Schema extends z.ZodType>(call: ApiCall<Schema>): Promise<z.output<Schema>> {
    return this.#persist(call, async () => {
      const outcome = await this.#attempt(call);
      // What was made a moment ago may not be known everywhere yet.
      return outcome.kind === "absent" ? { kind: "later", problem: outcome.problem, retryAfter: 0 } : outcome;
    });
  }

  /** Like `call`, but takes the service's word that the thing does not exist: `undefined`. */
  async callUnlessAbsent<Schema extends z.ZodType>(call: ApiCall<Schema>): Promise<z.output<Schema> | undefined> {
    return this.#persist<z.output<Schema> | undefined>(call, async () => {
      const outcome = await this.#attempt(call);
      return outcome.kind === "absent" ? { kind: "answer", value: undefined } : outcome;
    });
  }

  /**
   * Asks once, and takes the service's word that the thing does not exist: `undefined`.
   * @throws {DeployStepError} `refused` also for what a later attempt might give
   */
  async ask<Schema extends z.ZodType>(call: ApiCall<Schema>): Promise<z.output<Schema> | undefined> {
    const outcome = await this.#attempt(call);
    if (outcome.kind === "answer") return outcome.value;
    if (outcome.kind === "absent") return undefined;
    throw new DeployStepError("refused", `${this.step}: ${outcome.problem} (it takes ${call.role})`);
  }

  /** Asks again and again for what is under way. @throws {DeployStepError} `gave-up` */
  async pause(problem: string, pause: number): Promise<void> {
    const left = this.#deadline - this.dependencies.now();
    if (pause > left) throw new DeployStepError("gave-up", `${this.step}: gave up: ${problem}`);
    this.report(`${problem}; trying again in ${seconds(pause)}, giving up in ${seconds(left)}`);
    await this.dependencies.sleep(pause);
  }

  async #persist<Value>(
    { role }: { readonly role: string },
    attempt: () => Promise<Exclude<Outcome<Value>, { kind: "absent" }>>,
  ): Promise<Value> {
    for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
      const outcome = await attempt();
      if (outcome.kind === "answer") return outcome.value;
      await this.pause(`${outcome.problem} (it takes ${role})`, Math.max(pause, outcome.retryAfter));
    }
  }

  async #attempt<Schema extends z.ZodType>(call: ApiCall<Schema>): Promise<Outcome<z.output<Schema>>> {
    const { method, url, body } = call;
    const where = `${method} ${url}`;
    const token = await this.dependencies.accessToken();
    const quotaProject = await this.dependencies.quotaProject?.();
    let response: Awaited<ReturnType<StepFetch>>;
    let text: string;
    try {
      response = await this.dependencies.fetch(url, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          accept: "application/json",
          ...(body !== undefined && { "content-type": "application/json" }),
          ...(quotaProject !== undefined && { "x-goog-user-project": quotaProject }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        // A redirect would carry the token elsewhere.
        redirect: "manual",
        signal: AbortSignal.timeout(requestTimeout),
      });
      text = await response.text();
    } catch {
      return { kind: "later", problem: `${where} was not answered`, retryAfter: 0 };
    }
    const { status } = response;
    if (status >= 200 && status < 300) return { kind: "answer", value: this.#read(where, text, call.answer) };
    const problem = `${where} answered ${status}${reason(text, token)}`;
    if (status === 404) return { kind: "absent", problem };
    if (status === 403 || status === 409 || status === 429 || status >= 500) {
      return { kind: "later", problem, retryAfter: retryAfter(response.headers, this.dependencies.now()) };
    }
    throw new DeployStepError(status === 401 ? "no-access-token" : "refused", `${this.step}: ${problem}`);
  }

  #read<Schema extends z.ZodType>(where: string, text: string, schema: Schema): z.output<Schema> {
    const parsed = schema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    const field = parsed.error.issues[0]?.path.join(".") || "the body";
    throw new DeployStepError("unexpected-answer", `${this.step}: ${where} answered with an unexpected ${field}.`);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The service's own words, on one line, shortened, and without the token should the answer repeat it. */
function reason(text: string, token: string): string {
  const parsed = errorBody.safeParse(parseJson(text));
  if (!parsed.success) return "";
  const { status, message } = parsed.data.error;
  const line = `${status}: ${message}`.replaceAll(token, "[access token]").replace(/\p{Cc}+/gu, " ");
  return ` ${line.slice(0, 300)}`;
}

/** Milliseconds of a Retry-After header in either of its forms (RFC 9110 §10.2.3); 0 without one. */
function retryAfter(headers: Awaited<ReturnType<StepFetch>>["headers"], now: number): number {
  const value = headers.get("retry-after") ?? "";
  if (/^[0-9]{1,9}$/.test(value)) return Number(value) * 1_000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? 0 : Math.max(0, date - now);
}

const seconds = (milliseconds: number): string => `${Math.ceil(milliseconds / 1_000)} s`;
