import { createSecureContext, type SecureContext } from "node:tls";
import type { ClientValidation } from "./frontends";

/** Issues a server certificate for names under `.localhost`; PEM. */
export type IssueServerCertificate = (
  dnsNames: readonly string[],
) => Promise<{ readonly certificatePem: string; readonly keyPem: string }>;

/** A TLS context lasts as long as what it was made of. */
interface HostContext {
  readonly validation: ClientValidation;
  readonly context: Promise<SecureContext>;
}

/** TLS contexts of the machine hosts: the host's certificate, and the authorities whose clients it takes. */
export class MachineContexts {
  readonly #issue: IssueServerCertificate;
  readonly #contexts = new Map<string, HostContext>();

  constructor(issue: IssueServerCertificate) {
    this.#issue = issue;
  }

  /** The context of a host, made anew when its trust config changed. */
  contextFor(hostname: string, validation: ClientValidation): Promise<SecureContext> {
    const known = this.#contexts.get(hostname);
    if (known !== undefined && sameValidation(known.validation, validation)) return known.context;
    const context = this.#make(hostname, validation);
    this.#contexts.set(hostname, { validation, context });
    // One that could not be made is not kept; who asked for it learns of the error.
    context.catch(() => this.#contexts.delete(hostname));
    return context;
  }

  async #make(hostname: string, { trustAnchors, intermediates }: ClientValidation): Promise<SecureContext> {
    const { certificatePem, keyPem } = await this.#issue([`${hostname}.localhost`]);
    return createSecureContext({
      cert: certificatePem,
      key: keyPem,
      minVersion: "TLSv1.2",
      // Never empty: without a list of its own, Node would trust the public authorities.
      ca: trustAnchors.length === 0 ? [certificatePem] : [...trustAnchors, ...intermediates],
    });
  }
}

export const sameValidation = (one: ClientValidation, other: ClientValidation): boolean =>
  one === other || JSON.stringify(one) === JSON.stringify(other);
