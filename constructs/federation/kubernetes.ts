import type { Construct } from "constructs";
import { claimAt } from "./claim";
import { allOf, anyOf, type PinnedCondition } from "./condition";
import { uuidForm } from "./fixed-id";
import type { Principal } from "./principal";
import { type ConstructPlace, placeOf, requireForm, requireSome } from "./property-error";
import { uploadedJwks } from "./uploaded-jwks";
import { type PoolPlacement, WorkloadIdentityPool } from "./workload-identity-pool";

const claims = {
  sub: claimAt("identity", ["sub"]),
  namespace: claimAt("text", ["kubernetes.io", "namespace"]),
  serviceAccount: claimAt("text", ["kubernetes.io", "serviceaccount", "name"]),
  uid: claimAt("text", ["kubernetes.io", "serviceaccount", "uid"]),
};

/** A service account of the cluster. */
export interface KubernetesServiceAccount {
  readonly namespace: string;
  readonly name: string;
  /** Its UID: with it an account of the same name that is made later is not admitted. */
  readonly uid?: string | undefined;
}

export interface KubernetesProps extends PoolPlacement {
  /** The cluster's name in ids; `kubernetes` unless told. One pool holds one cluster. */
  readonly name?: string | undefined;
  /** What the cluster writes into `iss`, an https URL, also where nobody can reach it from outside. */
  readonly issuerUri: string;
  /**
   * The cluster's public keys, as `kubectl get --raw /openid/v1/jwks` prints them, where Google cannot fetch them from the issuer. A
   * rotation of the cluster's keys is then a change here.
   */
  readonly jwks?: unknown;
  /** The service accounts admitted. */
  readonly serviceAccounts: readonly KubernetesServiceAccount[];
}

/**
 * Service accounts of one Kubernetes cluster, by projected tokens that are made out for the provider. The issuer is the cluster's own,
 * and so are its names; the default audience keeps out tokens that were made for the cluster itself.
 * Source: cloud.google.com/iam/docs/workload-identity-federation-with-kubernetes.
 */
export class Kubernetes extends WorkloadIdentityPool<"namespace" | "service_account"> {
  /** The service accounts, in the order given. */
  readonly accounts: readonly Principal[];

  /** @throws PropertyError for names that Kubernetes does not have, accounts too long for google.subject, and keys that Google refuses */
  constructor(scope: Construct, id: string, props: KubernetesProps) {
    const place = placeOf(scope, id);
    const [first, ...others] = requireSome(place, "serviceAccounts", props.serviceAccounts);
    const serviceAccounts = [first, ...others].map((account) => checked(place, account));
    const { issuerUri, jwks } = props;
    super(scope, id, {
      ...props,
      issuer: requireForm(place, "name", props.name ?? "kubernetes", /^[a-z][a-z0-9-]{1,24}$/, nameRule),
      displayName: `Kubernetes, ${props.environment}`,
      mapping: {
        subject: claims.sub.expression,
        attributes: { namespace: claims.namespace.expression, service_account: claims.serviceAccount.expression },
      },
      // The condition admits these subjects and no longer ones.
      claimBytes: { sub: Math.max(...serviceAccounts.map((account) => Buffer.byteLength(subjectOf(account)))) },
      condition: anyOf(admitting(first), ...others.map(admitting)),
      credential: {
        oidc: { issuerUri, ...(jwks !== undefined && { jwksJson: uploadedJwks(place, "jwks", jwks) }) },
      },
    });
    this.accounts = serviceAccounts.map((account) => this.subject(subjectOf(account)));
  }
}

const nameRule = "expected 2 to 25 of a-z, 0-9 and -, a letter first";
const subjectOf = ({ namespace, name }: KubernetesServiceAccount): string =>
  `system:serviceaccount:${namespace}:${name}`;

function admitting(account: KubernetesServiceAccount): PinnedCondition {
  const subject = claims.sub.is(subjectOf(account));
  return account.uid === undefined ? subject : allOf(subject, claims.uid.is(account.uid));
}

/** Names of namespaces are RFC 1123 labels, those of service accounts subdomains. Source: kubernetes.io/docs/concepts/overview/working-with-objects/names. */
function checked(place: ConstructPlace, account: KubernetesServiceAccount): KubernetesServiceAccount {
  const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
  requireForm(
    place,
    "serviceAccounts.namespace",
    account.namespace,
    label,
    "expected a namespace: a label of RFC 1123",
  );
  const subdomain = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
  const nameRule = "expected a service account: a subdomain of RFC 1123";
  requireForm(place, "serviceAccounts.name", account.name, subdomain, nameRule);
  if (account.uid !== undefined)
    requireForm(place, "serviceAccounts.uid", account.uid, uuidForm.pattern, uuidForm.rule);
  return account;
}
