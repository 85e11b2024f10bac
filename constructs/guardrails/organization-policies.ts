import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { isEntraForEveryone } from "../../facts/issuers";
import { organizationIdPattern } from "../../facts/names";
import {
  awsIssuerOfConstraint,
  type Constraint,
  constraints,
  customerIdPattern,
  keyExposureResponse,
  organizationPrincipalSet,
  uploadedKeysOfConstraint,
} from "../../facts/organization-policy";
import { requireFlag, requireForm, requireProperty, requireSome } from "../federation/property-error";
import { type ConstraintRule, OrganizationPolicy } from "./organization-policy";

export interface OrganizationPoliciesProps {
  /** Digits. */
  readonly organizationId: string;
  /** Issuers that a workload identity provider may have, each exact: https, no slash at the end. */
  readonly allowedIssuers: readonly string[];
  /** AWS accounts that a provider may have, 12 digits each; none allows no AWS provider at all. */
  readonly allowedAwsAccounts?: readonly string[];
  /** Whether providers may have uploaded keys: SAML, and OpenID Connect with a JWKS of its own. */
  readonly allowUploadedKeys?: boolean;
  /** Customer ids of Google Workspace beside the organization itself whose identities a policy may name. */
  readonly allowedCustomers?: readonly string[];
  /** Members that may stand in policies although they belong to nobody's organization, such as Google's service agents. */
  readonly allowedMembers?: readonly string[];
  /**
   * Whether the older constraint on members refuses as well. It knows no exceptions, so Google's service agents, such as that of
   * Identity-Aware Proxy, could be granted nothing: it only logs unless this is set.
   */
  readonly enforceMemberDomains?: boolean;
  /**
   * Numbers of projects with a service that checks its callers itself, such as a machine front by their certificates: there a
   * service without invokers may be made.
   */
  readonly projectsWithoutInvokers?: readonly string[];
  readonly dependsOn?: readonly ITerraformDependable[];
}

/**
 * The organization policies that keep federation the only way in: no service account key is made or uploaded, one that
 * turns up in public is disabled, tokens live for an hour, providers have known issuers only, policies name members of the
 * organization only, and Cloud Run is reached through load balancers by invokers.
 *
 * The constraint on issuers is checked when a provider is made or changed. It must list every issuer in use: without any,
 * the deployment of the next provider would be refused.
 *
 * @throws PropertyError for an organization, issuer, account or customer out of its form, and for no issuer at all
 */
export class OrganizationPolicies extends Construct {
  constructor(scope: Construct, id: string, props: OrganizationPoliciesProps) {
    super(scope, id);
    this.#check(props);
    const { organizationId, allowedAwsAccounts = [], allowedCustomers = [], allowedMembers = [] } = props;
    const organization = organizationPrincipalSet(organizationId);
    const issuers = [
      ...props.allowedIssuers,
      ...(allowedAwsAccounts.length > 0 ? [awsIssuerOfConstraint] : []),
      ...(requireFlag(this, "allowUploadedKeys", props.allowUploadedKeys) ? [uploadedKeysOfConstraint] : []),
    ];
    const enforced: ConstraintRule = { kind: "enforced" };
    const rules: readonly (readonly [id: string, Constraint, ConstraintRule])[] = [
      ["no-key-creation", constraints.serviceAccountKeyCreation, enforced],
      ["no-key-creation-managed", constraints.managedServiceAccountKeyCreation, enforced],
      ["no-key-upload", constraints.serviceAccountKeyUpload, enforced],
      ["no-key-upload-managed", constraints.managedServiceAccountKeyUpload, enforced],
      ["exposed-keys", constraints.serviceAccountKeyExposureResponse, { kind: "only", values: [keyExposureResponse] }],
      ["no-longer-lifetimes", constraints.credentialLifetimeExtension, { kind: "none" }],
      ["no-automatic-grants", constraints.automaticGrants, enforced],
      ["issuers", constraints.workloadIdentityPoolProviders, { kind: "only", values: issuers }],
      [
        "aws-accounts",
        constraints.workloadIdentityPoolAwsAccounts,
        allowedAwsAccounts.length > 0 ? { kind: "only", values: allowedAwsAccounts } : { kind: "none" },
      ],
      ["ingress", constraints.runAllowedIngress, { kind: "only", values: ["is:internal-and-cloud-load-balancing"] }],
      ["invoker", constraints.runRequireInvokerIam, enforced],
    ];
    const common = {
      parent: `organizations/${organizationId}`,
      ...(props.dependsOn !== undefined && { dependsOn: props.dependsOn }),
    };
    for (const [name, constraint, rule] of rules) new OrganizationPolicy(this, name, { ...common, constraint, rule });
    for (const number of props.projectsWithoutInvokers ?? []) {
      new OrganizationPolicy(this, `invoker-${number}`, {
        ...common,
        parent: `projects/${number}`,
        constraint: constraints.runRequireInvokerIam,
        rule: { kind: "exempt" },
      });
    }
    new OrganizationPolicy(this, "member-domains", {
      ...common,
      constraint: constraints.allowedPolicyMemberDomains,
      rule: { kind: "only", values: [organization, ...allowedCustomers] },
      dryRun: !requireFlag(this, "enforceMemberDomains", props.enforceMemberDomains),
    });
    new OrganizationPolicy(this, "members", {
      ...common,
      constraint: constraints.allowedPolicyMembers,
      rule: {
        kind: "parameters",
        parameters: {
          allowedPrincipalSets: [organization],
          ...(allowedMembers.length > 0 && { allowedMemberSubjects: allowedMembers }),
        },
      },
    });
  }

  #check(props: OrganizationPoliciesProps): void {
    const numeric = "expected the organization's number";
    requireForm(this, "organizationId", props.organizationId, organizationIdPattern, numeric);
    for (const issuer of requireSome(this, "allowedIssuers", props.allowedIssuers)) {
      const exact = URL.canParse(issuer) && /^https:\/\/[A-Za-z0-9._~:/@%-]+[A-Za-z0-9]$/.test(issuer);
      requireProperty(this, "allowedIssuers", issuer, exact, "expected an issuer: an https URL without a / at the end");
      const ofOneTenant = "expected the issuer of one tenant, not of all of them";
      requireProperty(this, "allowedIssuers", issuer, !isEntraForEveryone(issuer), ofOneTenant);
    }
    for (const account of props.allowedAwsAccounts ?? [])
      requireForm(this, "allowedAwsAccounts", account, /^[0-9]{12}$/, "expected a 12-digit AWS account id");
    for (const customer of props.allowedCustomers ?? [])
      requireForm(this, "allowedCustomers", customer, customerIdPattern, "expected a customer id, such as C03g5e3bc");
    for (const member of props.allowedMembers ?? []) {
      const rule = "expected serviceAccount:EMAIL or user:EMAIL: a public member is never allowed";
      requireForm(this, "allowedMembers", member, /^(serviceAccount|user):[A-Za-z0-9._%+-]+@[a-z0-9.-]+$/, rule);
    }
  }
}
