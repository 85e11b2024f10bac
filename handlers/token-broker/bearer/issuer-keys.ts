import { readFileSync } from "node:fs";
import { createLocalJWKSet, type JSONWebKeySet } from "jose";
import { z } from "zod";
import { ConfigurationError, errorCode } from "../../runtime";
import { type Clock, type Deadline, deadlineIn, remaining } from "../clock";
import { parseSuccess, refusal } from "../upstream/answer";
import type { Send } from "../upstream/upstream-request";

const jwksSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) });

/** Milliseconds after which keys are fetched again when they are asked for. */
const freshFor = 10 * 60_000;
/** Milliseconds between two fetches, whatever a token's key id says: a made-up one must not cause traffic. */
const pauseBetweenFetches = 30_000;
/** Milliseconds for which keys are believed while their server does not answer. */
const staleFor = 24 * 3_600_000;

export type KeySet = ReturnType<typeof createLocalJWKSet>;

/** Public keys of an issuer, from its address, as they change. */
export class IssuerKeys {
  readonly #url: string;
  readonly #send: Send;
  readonly #clock: Clock;
  #current: { readonly keys: KeySet; readonly fresh: Deadline; readonly stale: Deadline } | undefined;
  #nextFetch: Deadline | undefined;
  #flight: Promise<void> | undefined;

  constructor(url: string, tools: { readonly send: Send; readonly clock: Clock }) {
    this.#url = url;
    this.#send = tools.send;
    this.#clock = tools.clock;
  }

  /** @param isMiss Whether the last keys did not have the key of a token. @returns Undefined when there are none. */
  async get(isMiss: boolean): Promise<KeySet | undefined> {
    const now = this.#clock.now();
    const isFresh = this.#current !== undefined && remaining(this.#current.fresh, now) > 0;
    if (!isFresh || isMiss) await this.#fetchIfDue();
    if (this.#current === undefined || remaining(this.#current.stale, this.#clock.now()) <= 0) return undefined;
    return this.#current.keys;
  }

  #fetchIfDue(): Promise<void> {
    if (this.#flight !== undefined) return this.#flight;
    const now = this.#clock.now();
    if (this.#nextFetch !== undefined && remaining(this.#nextFetch, now) > 0) return Promise.resolve();
    this.#nextFetch = deadlineIn(now, pauseBetweenFetches);
    this.#flight = this.#fetch().finally(() => {
      this.#flight = undefined;
    });
    return this.#flight;
  }

  async #fetch(): Promise<void> {
    const headers = { accept: "application/json" };
    const request = { upstream: "token-issuer", method: "GET", url: this.#url, headers } as const;
    try {
      const response = await this.#send(request, AbortSignal.timeout(5_000));
      if (response.status !== 200) throw refusal("token-issuer", response, undefined);
      const keys = createLocalJWKSet(toKeySet(parseSuccess("token-issuer", response, jwksSchema)));
      const now = this.#clock.now();
      this.#current = { keys, fresh: deadlineIn(now, freshFor), stale: deadlineIn(now, staleFor) };
    } catch {
      // The keys of before are used on; where there are none, the caller says so.
    }
  }
}

/** @param field Path of the field in the configuration. @throws {ConfigurationError} */
export function readKeySetFile(field: string, file: string): KeySet {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigurationError([`${field}: cannot read the file (${errorCode(error) ?? "unreadable"})`]);
  }
  try {
    return createLocalJWKSet(toKeySet(jwksSchema.parse(JSON.parse(text))));
  } catch {
    throw new ConfigurationError([`${field}: expected a JSON Web Key Set`]);
  }
}

/** Keys of other kinds than are used here are left out, and no fault of the set (RFC 7517 §5). */
const toKeySet = ({ keys }: z.output<typeof jwksSchema>): JSONWebKeySet => ({
  keys: keys.filter(({ kty }) => kty === "RSA" || kty === "EC" || kty === "OKP"),
});
