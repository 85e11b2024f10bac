import type { FederatedIdentity } from "../../analysis";
import type { ResourceStore } from "../store/resource-store";
import { ExpiringValues } from "./expiring-values";
import { checkOAuthClient, isClientSecret } from "./oauth-clients";

/** What a finished workforce sign-in hands to an OAuth client. */
interface WorkforceGrant {
  readonly clientId: string;
  /** In its real form. */
  readonly redirectUri: string;
  readonly identity: FederatedIdentity;
}

export interface CodeRedeemer {
  /** Turns a code into the person, once, and only for the client and redirect URI that it was issued to (RFC 6749 §4.1.3). */
  redeem(
    code: string,
    client: { clientId: string; clientSecret: string; redirectUri: string },
  ): FederatedIdentity | undefined;
}

const codeLimit = 10_000;
const codeSeconds = 60;

/** One-time authorization codes of the workforce sign-in. */
export class WorkforceCodes implements CodeRedeemer {
  readonly #codes = new ExpiringValues<WorkforceGrant>(codeLimit);
  readonly #store: ResourceStore;

  constructor(store: ResourceStore) {
    this.#store = store;
  }

  issue(grant: WorkforceGrant): string {
    return this.#codes.put(grant, codeSeconds);
  }

  redeem(
    code: string,
    client: { clientId: string; clientSecret: string; redirectUri: string },
  ): FederatedIdentity | undefined {
    // Taken first: a code that was tried with a wrong client is spent.
    const grant = this.#codes.take(code);
    if (grant?.clientId !== client.clientId || grant.redirectUri !== client.redirectUri) return undefined;
    if (checkOAuthClient(this.#store, client.clientId, client.redirectUri) !== undefined) return undefined;
    return isClientSecret(this.#store, client.clientId, client.clientSecret) ? grant.identity : undefined;
  }
}
