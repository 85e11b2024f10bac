import type { IamWorkforcePool } from "@cdktf/provider-google/lib/iam-workforce-pool";
import type { IamWorkloadIdentityPool } from "@cdktf/provider-google/lib/iam-workload-identity-pool";
import { Token } from "cdktf";
import { requireProperty } from "./property-error";

/** The Terraform resource of a pool. Its computed `name` holds the project number, never the project id. */
export type PoolResource = IamWorkloadIdentityPool | IamWorkforcePool;

/**
 * Whom an IAM binding names: a federated identity of one pool, or the set of those that share an attribute or a group.
 * There is no way to name a whole pool. Pools make these; a string is not one.
 * Source: cloud.google.com/iam/docs/principal-identifiers.
 */
export class Principal {
  readonly #member: string;

  private constructor(kind: "principal" | "principalSet", pool: PoolResource, selector: string, value: string) {
    // An attribute's "*" is every identity that has it; blanks and controls never match what was mapped.
    const literal = Token.isUnresolved(value) || /^[^\s*\p{Cc}]+$/u.test(value);
    requireProperty(pool, `principal ${selector}`, value, literal, "expected a value without blanks or *");
    this.#member = `${kind}://iam.googleapis.com/${pool.name}/${selector}/${value}`;
  }

  /** The one identity that the provider mapped to this google.subject. */
  static withSubject(pool: PoolResource, subject: string): Principal {
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
