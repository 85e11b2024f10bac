import { createSecureContext, type SecureContext } from "node:tls";
import { realNow } from "../clock";
import type { CertificateAuthority } from "./certificate-authority";

/** Enough for every host of three environments; the least recently used goes first. */
const capacity = 512;
/** Milliseconds; well before the end of a certificate's life. */
const renewAfter = 3 * 86_400_000;

interface Entry {
  readonly context: Promise<SecureContext>;
  readonly issuedAt: number;
}

/** Server certificates by name, issued when first asked for. */
export class ServerCertificates {
  readonly #authority: CertificateAuthority;
  readonly #entries = new Map<string, Entry>();

  constructor(authority: CertificateAuthority) {
    this.#authority = authority;
  }

  /**
   * The certificate for a name below localhost, in lower case. Those who ask at the same time share one.
   * @throws TypeError for another name.
   */
  contextFor(hostname: string): Promise<SecureContext> {
    const known = this.#entries.get(hostname);
    this.#entries.delete(hostname);
    const entry =
      known !== undefined && realNow() - known.issuedAt < renewAfter
        ? known
        : { context: this.#issue(hostname), issuedAt: realNow() };
    this.#entries.set(hostname, entry);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= capacity) {
        break;
      }
      this.#entries.delete(oldest);
    }
    return entry.context;
  }

  async #issue(hostname: string): Promise<SecureContext> {
    const { certificatePem, keyPem } = await this.#authority.issueServer([hostname]);
    return createSecureContext({ cert: certificatePem, key: keyPem, minVersion: "TLSv1.2" });
  }
}
