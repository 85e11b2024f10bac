import { createHash, type X509Certificate } from "node:crypto";
import { trustDomainOf } from "../peer/spiffe-id";

/** Who vouches for clients: one list of authorities, and beside it a bundle for each SPIFFE trust domain. */
export class ClientTrust {
  /** Every authority, for the handshake. */
  readonly authorities: readonly X509Certificate[];
  /** The same for the same authorities in the same places. */
  readonly fingerprint: string;
  readonly #general: readonly X509Certificate[];
  readonly #bundles: ReadonlyMap<string, readonly X509Certificate[]>;

  /** @param bundles By the name of the trust domain; empty where SPIFFE IDs are not told apart. */
  constructor(general: readonly X509Certificate[], bundles: ReadonlyMap<string, readonly X509Certificate[]>) {
    this.#general = general;
    this.#bundles = bundles;
    this.authorities = [general, ...bundles.values()].flat();
    const described = [general, ...[...bundles].map(([, bundle]) => bundle)].map((list) =>
      list.map(({ fingerprint256 }) => fingerprint256).sort(),
    );
    this.fingerprint = createHash("sha256")
      .update(JSON.stringify([[...bundles.keys()], described]))
      .digest("hex");
  }

  /** Whether a handshake, which knows of one list only, is not the whole check. */
  get hasBundles(): boolean {
    return this.#bundles.size > 0;
  }

  /**
   * The authorities that may vouch for a certificate: bundles are never merged, or one trust domain could name the
   * workloads of another (X509-SVID §5.1, SPIFFE Trust Domain and Bundle §4).
   *
   * @param spiffeId The one that the certificate claims; undefined when it is no X.509-SVID.
   * @returns Nothing for a trust domain that is not known.
   */
  anchorsFor(spiffeId: string | undefined): readonly X509Certificate[] {
    if (spiffeId === undefined || !this.hasBundles) return this.#general;
    return this.#bundles.get(trustDomainOf(spiffeId)) ?? [];
  }
}
