import { IamWorkloadIdentityPool } from "@cdktf/provider-google/lib/iam-workload-identity-pool";
import {
  IamWorkloadIdentityPoolProvider,
  type IamWorkloadIdentityPoolProviderAws,
  type IamWorkloadIdentityPoolProviderOidc,
} from "@cdktf/provider-google/lib/iam-workload-identity-pool-provider";
import { Construct } from "constructs";
import { workloadPoolIdPattern } from "../../facts/federation-limits";
import { type AttributeMapping, attributeMapping } from "./attribute-mapping";
import type { PinnedCondition } from "./condition";
import { displayNameOf } from "./display-name";
import { Principal } from "./principal";
import { requireProperty } from "./property-error";
import { providerCondition } from "./provider-condition";

/** Where a pool is, and how it is named and kept. */
export interface PoolPlacement {
  readonly projectId: string;
  /** Ids are `ISSUER-ENVIRONMENT-GENERATION`. */
  readonly environment: string;
  /** Raised to start afresh: Google keeps a deleted id for 30 days. */
  readonly generation: string;
  /** Whether Terraform refuses to destroy the pool and its provider. */
  readonly preventDestroy: boolean;
}

export interface WorkloadIdentityPoolProps<A extends string> extends PoolPlacement {
  /** The issuer's name in ids, such as `github`. */
  readonly issuer: string;
  /** At most 32 characters. */
  readonly displayName: string;
  readonly mapping: AttributeMapping<A>;
  readonly condition: PinnedCondition;
  readonly credential:
    | { readonly oidc: IamWorkloadIdentityPoolProviderOidc }
    | { readonly aws: IamWorkloadIdentityPoolProviderAws };
}

/**
 * A workload identity pool of one environment and one issuer, with its only provider: principals name the pool, so
 * with a second provider one issuer could mint the subjects of the other.
 */
export class WorkloadIdentityPool<A extends string = string> extends Construct {
  /** `projects/NUMBER/locations/global/workloadIdentityPools/POOL` */
  readonly name: string;
  /** What a client exchanges its token for: `//iam.googleapis.com/` and the provider's name. */
  readonly audience: string;
  readonly #pool: IamWorkloadIdentityPool;

  /** @throws PropertyError when an id, the mapping or the condition is outside Google's limits */
  constructor(scope: Construct, id: string, props: WorkloadIdentityPoolProps<A>) {
    super(scope, id);
    const { projectId: project } = props;
    const displayName = displayNameOf(this, props);
    const poolId = `${props.issuer}-${props.environment}-${props.generation}`;
    const idRule = "expected 4 to 32 of a-z, 0-9 and -, not beginning with gcp-";
    requireProperty(this, "pool id", poolId, workloadPoolIdPattern.test(poolId), idRule);
    const kept = props.preventDestroy ? { lifecycle: { preventDestroy: true } } : {};

    this.#pool = new IamWorkloadIdentityPool(this, "pool", {
      project,
      workloadIdentityPoolId: poolId,
      displayName,
      ...kept,
    });
    const provider = new IamWorkloadIdentityPoolProvider(this, "provider", {
      project,
      workloadIdentityPoolId: this.#pool.workloadIdentityPoolId,
      workloadIdentityPoolProviderId: poolId,
      displayName,
      attributeMapping: attributeMapping(this, props.mapping),
      attributeCondition: providerCondition(this, props.condition),
      ...props.credential,
      ...kept,
    });
    this.name = this.#pool.name;
    this.audience = `//iam.googleapis.com/${provider.name}`;
  }

  /** The identity with this google.subject. */
  subject(subject: string): Principal {
    return Principal.withSubject(this.#pool, subject);
  }

  /** The identities with this value of a mapped attribute. */
  attribute(name: A, value: string): Principal {
    return Principal.withAttribute(this.#pool, name, value);
  }
}
