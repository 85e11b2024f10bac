import type { IamWorkforcePool } from "@cdktf/provider-google/lib/iam-workforce-pool";
import { IamWorkloadIdentityPool } from "@cdktf/provider-google/lib/iam-workload-identity-pool";
import { federationLimits } from "../../facts/federation-limits";
import { type ConstructPlace, requireProperty } from "./property-error";
import { requirePlainValue } from "./property-text";
import { withoutReferences } from "./reference";

/**
 * A pool: its Terraform resource, whose computed `name` holds the project number and never the project id; or a workforce pool of
 * another stack, by its name.
 */
export type PoolResource = IamWorkloadIdentityPool | IamWorkforcePool | (ConstructPlace & { readonly name: string });

/**
 * Whom an IAM binding names: a federated identity of one pool, or the set of those that share an attribute or a group.
 * There is no way to name a whole pool. Pools make these; a string is not one.
 * Source: cloud.google.com/iam/docs/principal-identifiers.
 */
export class Principal {
  /** Whether workloads or people are behind it; some services take only the former. */
  readonly pool: "workload" | "workforce";
  readonly #member: string;

  private constructor(kind: "principal" | "principalSet", pool: PoolResource, selector: string, value: string) {
    // An attribute's "*" is every identity that has it; blanks and controls never match what was mapped.
    requirePlainValue(pool, `principal ${selector}`, value);
    this.pool = pool instanceof IamWorkloadIdentityPool ? "workload" : "workforce";
    this.#member = `${kind}://iam.googleapis.com/${pool.name}/${selector}/${value}`;
  }

  /**
   * The one identity that the provider mapped to this google.subject.
   *
   * @throws PropertyError for a subject that no provider can map to
   */
  static withSubject(pool: PoolResource, subject: string): Principal {
    const limit = federationLimits.subjectBytes;
    const fits = Buffer.byteLength(withoutReferences(subject)) <= limit;
    requireProperty(pool, "principal subject", subject, fits, `expected at most ${limit} bytes`);
    return new Principal("principal", pool, "subject", subject);
  }

  /** All identities with this value of `attribute.NAME`. */
  static withAttribute(pool: PoolResource, name: string, value: string): Principal {
    return new Principal("principalSet", pool, `attribute.${name}`, value);
  }

  /** All identities with this value among google.groups. */
  static withGroup(pool: PoolResource, group: string): Principal {
    return new Principal("principalSet", pool, "group", group);
  }

  /** The `member` of an IAM binding; holds Terraform references. */
  get member(): string {
    return this.#member;
  }
}
