import { createHash, randomBytes } from "node:crypto";
import type { Identity } from "../../analysis";
import type { ResourceStore } from "../store/resource-store";

/** What an access token stands for. */
export interface AccessTokenRecord {
  readonly identity: Identity;
  readonly expiresAt: Date;
  readonly scopes: readonly string[];
}

/** Enough for any use of a laptop; the oldest tokens make room beyond. */
const mostTokens = 10_000;

/** Access tokens that the twin gave out: opaque, kept by their SHA-256 only. */
export class TokenStore {
  readonly #store: ResourceStore;
  readonly #records = new Map<string, AccessTokenRecord>();

  constructor(store: ResourceStore) {
    this.#store = store;
  }

  /** A new token for the record. */
  issue(record: AccessTokenRecord): string {
    this.#makeRoom();
    const prefix = record.identity.kind === "federated" ? "ya29.d." : "ya29.c.";
    const token = `${prefix}${randomBytes(96).toString("base64url")}`;
    this.#records.set(digest(token), record);
    return token;
  }

  /**
   * Whom a token stands for right now; undefined when it is unknown or expired, when its pool is disabled or gone (which stops
   * federated tokens), or when its service account is. A disabled provider does not stop tokens given out before.
   */
  find(token: string): AccessTokenRecord | undefined {
    const key = digest(token);
    const record = this.#records.get(key);
    if (record === undefined) return undefined;
    if (record.expiresAt.getTime() <= Date.now()) {
      this.#records.delete(key);
      return undefined;
    }
    return this.#isActive(record.identity) ? record : undefined;
  }

  #isActive(identity: Identity): boolean {
    if (identity.kind === "service-account") {
      const account = this.#store.find("google_service_account", ({ values }) => values["email"] === identity.email);
      return account !== undefined && account.values["disabled"] !== true;
    }
    const type = identity.pool.startsWith("projects/")
      ? "google_iam_workload_identity_pool"
      : "google_iam_workforce_pool";
    const pool = this.#store.find(type, ({ values }) => values["name"] === identity.pool);
    return pool !== undefined && pool.values["disabled"] !== true;
  }

  #makeRoom(): void {
    if (this.#records.size < mostTokens) return;
    const now = Date.now();
    for (const [key, record] of this.#records) {
      if (record.expiresAt.getTime() <= now) this.#records.delete(key);
    }
    // A Map keeps the order of insertion, so the oldest come first.
    for (const key of this.#records.keys()) {
      if (this.#records.size < mostTokens) break;
      this.#records.delete(key);
    }
  }
}

const digest = (token: string): string => createHash("sha256").update(token).digest("base64url");
