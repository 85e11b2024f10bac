import type { VirtualHost } from "../network/virtual-host";
import { type IssuerRegistry, normalizedIssuer } from "./issuer";
import { createOidcIssuer, type OidcIssuer } from "./oidc-issuer";

/** Issuers that only a company has, such as its clusters: each is made when it is first asked for, and kept. */
export class IssuersOnDemand {
  readonly #made = new Map<string, OidcIssuer>();

  /** @param publish serves an issuer's discovery document and keys */
  constructor(
    private readonly registry: IssuerRegistry,
    private readonly publish: (host: VirtualHost) => void,
  ) {}

  /**
   * The issuer of this URL.
   * @throws {Error} for an issuer that is there already under a face of its own, such as GitHub's, or a host that is taken
   */
  readonly of = (url: string): OidcIssuer => {
    const known = this.#made.get(normalizedIssuer(url));
    if (known !== undefined) return known;
    if (this.registry.find(url) !== undefined) throw new Error(`${url} is an issuer of the twin's own.`);
    const made = createOidcIssuer(url);
    this.publish(made.host);
    this.registry.add(made.issuer);
    this.#made.set(normalizedIssuer(url), made);
    return made;
  };
}
