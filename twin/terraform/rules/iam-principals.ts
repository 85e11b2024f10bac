import { iapServiceAgent } from "../../../facts/iap";
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
  // Agents come into being with the API that they serve, except that of Identity-Aware Proxy, which has to be asked for.
  const number = /^(?:service-)?(\d+)(?:-compute)?@[a-z0-9.-]+\.(?:gserviceaccount\.com)$/.exec(email)?.[1] ?? "";
  return projects.some((project) => project.number === number) && email !== iapServiceAgent(number);
}
