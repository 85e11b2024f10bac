import type { Adapter, AdapterPayload } from "oidc-provider";

interface Entry {
  readonly payload: AdapterPayload;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Enough for any use of a laptop; the oldest make room beyond. */
const mostEntries = 10_000;

/** Where the login keeps sessions, codes and grants: in memory, bounded, and gone when their time is up. */
export class MemoryAdapter implements Adapter {
  readonly #entries = new Map<string, Entry>();
  readonly #findsExpired: boolean;

  /** @param findsExpired for what oidc-provider refuses by its own look at the time, so that it can say why. */
  constructor(findsExpired = false) {
    this.#findsExpired = findsExpired;
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    this.#makeRoom();
    const expiresAt = expiresIn === undefined ? Number.POSITIVE_INFINITY : Date.now() + expiresIn * 1000;
    this.#entries.set(id, { payload, expiresAt });
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const entry = this.#entries.get(id);
    return entry !== undefined && (this.#findsExpired || entry.expiresAt > Date.now()) ? entry.payload : undefined;
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.#findWhere((payload) => payload.uid === uid);
  }

  async findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return this.#findWhere((payload) => payload.userCode === userCode);
  }

  async consume(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.set(id, { ...entry, payload: { ...entry.payload, consumed: Math.floor(Date.now() / 1000) } });
  }

  async destroy(id: string): Promise<void> {
    this.#entries.delete(id);
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (const [id, { payload }] of this.#entries) if (payload.grantId === grantId) this.#entries.delete(id);
  }

  #findWhere(matches: (payload: AdapterPayload) => boolean): AdapterPayload | undefined {
    for (const { payload, expiresAt } of this.#entries.values()) {
      if (expiresAt > Date.now() && matches(payload)) return payload;
    }
    return undefined;
  }

  #makeRoom(): void {
    if (this.#entries.size < mostEntries) return;
    for (const [id, { expiresAt }] of this.#entries) if (expiresAt <= Date.now()) this.#entries.delete(id);
    for (const id of this.#entries.keys()) {
      if (this.#entries.size < mostEntries) break;
      this.#entries.delete(id);
    }
  }
}
