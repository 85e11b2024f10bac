import type { Block } from "./terraform-block";

/** The rules that no stack may break, by name. The names are for exceptions, reviews and documents, and do not change. */
export const policyRules = {
  "no-service-account-key": {
    forbids: "A service account key is a password that does not end.",
    remedy: "Let a principal of a pool become the account: PurposeServiceAccount.grantBecome.",
  },
  "no-public-member": {
    forbids: "allUsers and allAuthenticatedUsers are the whole world.",
    remedy: "Name a principal, or put the service behind Identity-Aware Proxy.",
  },
  "no-unknown-member": {
    forbids: "Who a variable or a function makes of a member or a role is not known at synthesis, and may be anybody.",
    remedy: "Name a principal, the member of an account, or a role, as it is.",
  },
  "no-pool-wide-member": {
    forbids: "A whole pool, or every value of an attribute, is everybody whom the provider admits.",
    remedy: "Name a subject, a group, or one value of an attribute.",
  },
  "no-token-creator": {
    forbids: "The role can sign JWTs and blobs as the account, or make keys of it.",
    remedy: "Grant roles/iam.workloadIdentityUser on the account: it makes tokens and signs nothing.",
  },
  "no-project-wide-impersonation": {
    forbids: "On a project, a folder or the organization, it reaches every service account below.",
    remedy: "Grant it on the one account: PurposeServiceAccount.grantBecome.",
  },
  "one-provider-a-pool": {
    forbids: "Principals name the pool: with a second provider, one issuer could mint the subjects of the other.",
    remedy: "Give each provider a pool of its own: WorkloadIdentityPool.",
  },
  "provider-has-condition": {
    forbids: "Without an attribute condition a provider admits everybody whom its issuer knows.",
    remedy: "Give the provider a condition that pins an immutable identity: WorkloadIdentityPool takes no other.",
  },
  "principal-by-project-number": {
    forbids: "A principal that names the project by its id never matches.",
    remedy: "Use the project's number: a pool's computed name holds it.",
  },
  "no-default-service-account": {
    forbids: "The default service account is shared by everything in the project, and often an editor of it.",
    remedy: "Give the service an account of its own: PurposeServiceAccount.",
  },
  "image-by-digest": {
    forbids: "A tag can be moved, and a moved tag makes no new revision.",
    remedy: "Name the image by digest: HandlerImage, or ...@sha256:....",
  },
  "no-identity-platform": {
    forbids: "With gcip_settings, Identity-Aware Proxy lets in everybody who signs in: IAM is not asked.",
    remedy: "Use workforce_identity_settings: PeopleGateway.",
  },
  "no-iap-brand": {
    forbids: "Google has shut down the API of google_iap_brand and google_iap_client.",
    remedy: "Use an OAuth client of workforce identity federation: IapOauthClient.",
  },
  "no-direct-invoker": {
    forbids: "Cloud Run takes no federated principal: the call is refused as if the token were wrong.",
    remedy: "Let the principal become an account, and make that the invoker.",
  },
  "ingress-through-load-balancer": {
    forbids: "With this ingress the service's own address passes by the load balancer and Identity-Aware Proxy.",
    remedy: "Set INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER: CloudRunHandler does.",
  },
  "condition-reads-request-only": {
    forbids: "An IAM condition cannot read assertion, attribute or google: those are known at the exchange only.",
    remedy: "Put it into the provider's condition, or map it and name the attribute in the principal.",
  },
  "access-levels-for-iap-only": {
    forbids:
      "Access levels in a condition work with Identity-Aware Proxy only; with another role they never hold, or do not count.",
    remedy: "Use a service perimeter with an access level, or Cloud Armor.",
  },
  "condition-where-supported": {
    forbids: "Artifact Registry and Pub/Sub take no condition on their own policies.",
    remedy: "Put the condition on a binding of the project, or grant without one on a narrower resource.",
  },
  "no-authoritative-policy": {
    forbids: "It replaces whatever others have granted there, Google's service agents among them.",
    remedy: "Use ..._iam_member.",
  },
} as const;

export type PolicyRule = keyof typeof policyRules;

/** What a rule finds in one resource. */
export interface Finding {
  readonly rule: PolicyRule;
  /** The value that breaks it, as a reader may see it. */
  readonly found: string;
}

export type ResourceCheck = (values: Block, type: string) => readonly Finding[];
