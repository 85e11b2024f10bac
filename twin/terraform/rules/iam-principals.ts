import { iapServiceAgent } from "../../../facts/iap";
import { privilegedAccessAgent } from "../../../facts/privileged-access";
import { serviceAgentType } from "../../store/own-records";
import type { RuleContext } from "./resource-rules";

/**
 * The e-mail of a service account that a member names and that does not exist; undefined for all other members.
 * Google checks accounts when a policy is set, and takes principals of pools as they are.
 */
export function missingServiceAccount(member: string, context: RuleContext): string | undefined {
  const email = /^serviceAccount:([^\s?[\]]+@[^\s?[\]]+)$/.exec(member)?.[1];
  if (email === undefined || exists(email, context)) return undefined;
  return email;
}

function exists(email: string, { store, projects }: RuleContext): boolean {
  const known = ["google_service_account", serviceAgentType];
  if (store.all().some(({ type, values }) => known.includes(type) && values["email"] === email)) return true;
  // The agent that writes the logs of an organization is there with its first sink.
  if (
    store
      .ofType("google_logging_organization_sink")
      .some(({ values }) => values["writer_identity"] === `serviceAccount:${email}`)
  )
    return true;
  // The organization's agent is there as soon as the organization is.
  const organization = /^service-org-(\d+)@/.exec(email)?.[1];
  if (organization !== undefined) return email === privilegedAccessAgent(organization);
  // Agents come into being with the API that they serve, except that of Identity-Aware Proxy, which has to be asked for.
  const number = /^(?:service-)?(\d+)(?:-compute)?@[a-z0-9.-]+\.(?:gserviceaccount\.com)$/.exec(email)?.[1] ?? "";
  return projects.some((project) => project.number === number) && email !== iapServiceAgent(number);
}
