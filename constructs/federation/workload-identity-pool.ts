import { IamWorkloadIdentityPool } from "@cdktf/provider-google/lib/iam-workload-identity-pool";
import {
  IamWorkloadIdentityPoolProvider,
  type IamWorkloadIdentityPoolProviderAws,
  type IamWorkloadIdentityPoolProviderOidc,
  type IamWorkloadIdentityPoolProviderX509,
} from "@cdktf/provider-google/lib/iam-workload-identity-pool-provider";
import { Construct } from "constructs";
import { workloadPoolIdPattern } from "../../facts/federation-limits";
import { type AttributeMapping, attributeMapping } from "./attribute-mapping";
import { requireAudiences } from "./audiences";
import type { PinnedCondition } from "./condition";
import { displayNameOf } from "./display-name";
import { claimBytesOf } from "./documented-claims";
import { Principal } from "./principal";
import { requireProjectId } from "./project-id";
import { requireFlag, requireProperty } from "./property-error";
import { descriptionOf, providerCondition, requireOwner } from "./provider-condition";
import { requireShortSubject } from "./subject-length";

/** Where a pool is, and how it is named and kept. */
export interface PoolPlacement {
  readonly projectId: string;
  /** Ids are `ISSUER-ENVIRONMENT-GENERATION`. */
  readonly environment: string;
  /** Raised to start afresh: Google keeps a deleted id for 30 days. */
  readonly generation: string;
  /** Whether Terraform refuses to destroy the pool and its provider. */
  readonly preventDestroy: boolean;
  /**
   * Set in an emergency: the pool is disabled, so that no token is exchanged any more and tokens that were given out stop. A
   * disabled provider would leave those alive. Tokens of service accounts live on until they expire: cut these at the account.
   */
  readonly killSwitch?: boolean | undefined;
}

export type ProviderCredential =
  | { readonly oidc: IamWorkloadIdentityPoolProviderOidc }
  | { readonly aws: IamWorkloadIdentityPoolProviderAws }
  | { readonly x509: IamWorkloadIdentityPoolProviderX509 };

export interface WorkloadIdentityPoolProps<A extends string> extends PoolPlacement {
  /** The issuer's name in ids, such as `github`. */
  readonly issuer: string;
  /** At most 32 characters. */
  readonly displayName: string;
  readonly mapping: AttributeMapping<A>;
  /** Longest values, in bytes, of claims that google.subject is made of, where the issuer's documentation does not tell. */
  readonly claimBytes?: Readonly<Record<string, number>> | undefined;
  readonly condition: PinnedCondition;
  readonly credential: ProviderCredential;
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
  /** Whom the provider admits, in plain words. */
  readonly conditionInWords: string;
  readonly #pool: IamWorkloadIdentityPool;
  readonly #attributes: readonly string[];

  /**
   * @throws PropertyError when an id, the mapping or the condition is outside Google's limits, when the subject can grow beyond
   *   them, or when the condition does not say whose tokens of a multi-tenant issuer it admits
   */
  constructor(scope: Construct, id: string, props: WorkloadIdentityPoolProps<A>) {
    super(scope, id);
    const { condition, credential } = props;
    const project = requireProjectId(this, props.projectId);
    const displayName = displayNameOf(this, props);
    const poolId = `${props.issuer}-${props.environment}-${props.generation}`;
    const idRule = "expected 4 to 32 of a-z, 0-9 and -, not beginning with gcp-";
    requireProperty(this, "pool id", poolId, workloadPoolIdPattern.test(poolId), idRule);
    const issuer = issuerOf(credential);
    const mapping = attributeMapping(this, props.mapping);
    requireShortSubject(this, props.mapping.subject, { ...claimBytesOf(issuer), ...props.claimBytes });
    const attributeCondition = providerCondition(this, condition);
    requireOwner(this, issuer, condition);
    if ("oidc" in credential) requireAudiences(this, credential.oidc);
    const isKept = requireFlag(this, "preventDestroy", props.preventDestroy);
    const isCutOff = requireFlag(this, "killSwitch", props.killSwitch);
    const kept = isKept ? { lifecycle: { preventDestroy: true } } : {};

    this.conditionInWords = condition.words;
    this.#attributes = Object.keys(props.mapping.attributes);
    this.#pool = new IamWorkloadIdentityPool(this, "pool", {
      project,
      workloadIdentityPoolId: poolId,
      displayName,
      ...(isCutOff && { disabled: true }),
      ...kept,
    });
    const provider = new IamWorkloadIdentityPoolProvider(this, "provider", {
      project,
      workloadIdentityPoolId: this.#pool.workloadIdentityPoolId,
      workloadIdentityPoolProviderId: poolId,
      displayName,
      description: descriptionOf(condition),
      attributeMapping: mapping,
      attributeCondition,
      ...credential,
      ...kept,
    });
    this.name = this.#pool.name;
    this.audience = `//iam.googleapis.com/${provider.name}`;
  }

  /** The identity with this google.subject. */
  subject(subject: string): Principal {
    return Principal.withSubject(this.#pool, subject);
  }

  /**
   * The identities with this value of a mapped attribute.
   *
   * @throws PropertyError for an attribute that is not mapped: no identity would ever have it
   */
  attribute(name: A, value: string): Principal {
    requireProperty(this, "attribute", name, this.#attributes.includes(name), "expected one of those that are mapped");
    return Principal.withAttribute(this.#pool, name, value);
  }
}

/** URL of an OpenID Connect issuer, or "aws" or "x509". */
function issuerOf(credential: ProviderCredential): string {
  if ("oidc" in credential) return credential.oidc.issuerUri;
  return "aws" in credential ? "aws" : "x509";
}
