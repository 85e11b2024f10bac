import type { JsonObject } from "../../../analysis";
import { findApplication } from "./azuread-directory";
import type { RuleContext, Violation } from "./resource-rules";
import { text } from "./values";

/** Microsoft Graph's answer, as the provider writes it into the detail. */
export const graphError = (status: number, phrase: string, code: string, message: string): string =>
  `unexpected status ${status} (${status} ${phrase}) with error: ${code}: ${message}`;

/** What the provider says instead of taking over a resource that is there already. */
export function importAsExists(type: string, id: string): Violation {
  return {
    path: [],
    summary: `A resource with the ID "${id}" already exists - to be managed via Terraform this resource needs to be imported into the State. Please see the resource documentation for "${type}" for more information.`,
  };
}

/** The application that a child belongs to is not there. */
export function missingApplication(values: JsonObject, context: RuleContext): Violation | undefined {
  const id = text(values, "application_id") ?? "";
  if (findApplication(id, context) !== undefined) return undefined;
  const objectId = id.replace(/^\/applications\//, "");
  const message = `Resource '${objectId}' does not exist or one of its queried reference-property objects are not present.`;
  return {
    path: ["application_id"],
    summary: `retrieving Application (Application: "${objectId}"): ${graphError(404, "Not Found", "Request_ResourceNotFound", message)}`,
  };
}
