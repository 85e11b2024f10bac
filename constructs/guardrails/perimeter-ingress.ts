import type { AccessContextManagerServicePerimeterSpecIngressPolicies } from "@cdktf/provider-google/lib/access-context-manager-service-perimeter";
import type { Construct } from "constructs";
import { apiNamePattern, projectNumberPattern } from "../../facts/names";
import { requireForm, requireProperty, requireSome } from "../federation/property-error";
import { requirePlainText, requirePlainValue } from "../federation/property-text";
import { isReference } from "../federation/reference";
import { requireAccessLevels } from "./access-level";

/** Who may call what from outside a perimeter. */
export interface IngressRule {
  /** For people; at most 100 characters. */
  readonly title: string;
  /**
   * `serviceAccount:EMAIL` for calls through an impersonated account, whose identity the caller then has;
   * `principal://...` for direct calls of one federated identity.
   */
  readonly identities: readonly string[];
  /** Full names of access levels that the caller must satisfy; from anywhere without. */
  readonly accessLevels?: readonly string[];
  readonly projectNumbers: readonly string[];
  readonly services: readonly string[];
}

/** Single identities only: what the provider documents; a set would be wider than a reader of the rule expects. */
const identityPattern =
  /^(serviceAccount:[a-z0-9-]{6,30}@[a-z0-9-]{6,30}\.iam\.gserviceaccount\.com|user:[A-Za-z0-9._%+-]+@[a-z0-9.-]+|principal:\/\/iam\.googleapis\.com\/\S+)$/;

const isIdentity = (identity: string): boolean =>
  identity.startsWith("serviceAccount:") && isReference(identity.slice("serviceAccount:".length))
    ? true
    : identityPattern.test(identity);

/** @throws PropertyError for an identity, project or API out of form, and for an empty list, which would mean "any" */
export function ingressPolicy(
  scope: Construct,
  property: string,
  rule: IngressRule,
): AccessContextManagerServicePerimeterSpecIngressPolicies {
  requirePlainText(scope, `${property}.title`, rule.title, 100);
  const identities = requireSome(scope, `${property}.identities`, rule.identities);
  const form = "expected one identity: serviceAccount:EMAIL, user:EMAIL or principal://...; never a set";
  for (const identity of identities) {
    requireProperty(scope, `${property}.identities`, identity, isIdentity(identity), form);
    requirePlainValue(scope, `${property}.identities`, identity);
  }
  const projects = requireSome(scope, `${property}.projectNumbers`, rule.projectNumbers);
  for (const number of projects)
    requireForm(scope, `${property}.projectNumbers`, number, projectNumberPattern, "expected a project's number");
  const services = requireSome(scope, `${property}.services`, rule.services);
  for (const service of services)
    requireForm(
      scope,
      `${property}.services`,
      service,
      apiNamePattern,
      "expected an API, such as bigquery.googleapis.com",
    );
  const { accessLevels } = rule;
  const levels =
    accessLevels === undefined ? ["*"] : requireAccessLevels(scope, `${property}.accessLevels`, accessLevels);
  const sources = levels.map((accessLevel) => ({ accessLevel }));
  return {
    title: rule.title,
    ingressFrom: { identities: [...identities], sources },
    ingressTo: {
      resources: projects.map((number) => `projects/${number}`),
      operations: services.map((serviceName) => ({ serviceName, methodSelectors: [{ method: "*" }] })),
    },
  };
}

/** Lets token exchanges in: they carry no identity, so any one is allowed, and this service alone. */
export function tokenExchangeIngress(
  projectNumbers: readonly string[],
): AccessContextManagerServicePerimeterSpecIngressPolicies {
  return {
    title: "Token exchanges",
    ingressFrom: { identityType: "ANY_IDENTITY", sources: [{ accessLevel: "*" }] },
    ingressTo: {
      resources: projectNumbers.map((number) => `projects/${number}`),
      operations: [{ serviceName: "sts.googleapis.com", methodSelectors: [{ method: "*" }] }],
    },
  };
}
