import { randomUUID } from "node:crypto";
import type { JsonObject } from "../../../analysis";
import { applicationId } from "./azuread-application";
import { graphError, importAsExists, missingApplication } from "./azuread-refusal";
import { all, atMost, notEmpty } from "./checks";
import type { RulesOfType } from "./google-resource";
import type { RuleContext, Violation } from "./resource-rules";
import { text } from "./values";

const type = "azuread_application_federated_identity_credential";

/** What an application may have. Source: learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations. */
const mostOfOneApplication = 20;

/** Tokens of other issuers that applications trust. Source: the azuread provider 3.7, package applications. */
export const federatedCredentialRules: readonly RulesOfType[] = [
  [
    type,
    {
      forceNew: ["application_id", "display_name"],
      invented: ["credential_id"],
      validate: (values) =>
        all(
          applicationId,
          notEmpty("display_name"),
          notEmpty("issuer"),
          notEmpty("subject"),
          atMost("audiences", 1),
        )(values),
      identity: (values) => idOf(values, text(values, "credential_id") ?? ""),
      computed: (values) => {
        const credential = text(values, "credential_id") ?? randomUUID();
        return { id: idOf(values, credential), credential_id: credential };
      },
      refuseCreate,
      importIdentity: (importId) => importId,
    },
  ],
];

const idOf = (values: JsonObject, credential: string): string =>
  `${(text(values, "application_id") ?? "").replace(/^\/applications\//, "")}/federatedIdentityCredential/${credential}`;

function refuseCreate(values: JsonObject, context: RuleContext): Violation | undefined {
  const missing = missingApplication(values, context);
  if (missing !== undefined) return missing;
  const id = idOf(values, text(values, "credential_id") ?? "");
  if (context.store.find(type, ({ identity }) => identity === id) !== undefined) return importAsExists(type, id);
  const others = context.store
    .ofType(type)
    .filter((other) => other.values["application_id"] === values["application_id"]);
  const same = (name: string) => others.some((other) => other.values[name] === values[name]);
  const refusal = (status: number, phrase: string, code: string, message: string): Violation => ({
    path: [],
    summary: `creating federated identity credential: ${graphError(status, phrase, code, message)}`,
  });
  if (same("display_name")) {
    const name = text(values, "display_name") ?? "";
    const message = `FederatedIdentityCredential with name ${name} already exists.`;
    return refusal(409, "Conflict", "Request_MultipleObjectsWithSameKeyValue", message);
  }
  if (others.some((other) => ["issuer", "subject"].every((name) => other.values[name] === values[name]))) {
    const message = "FederatedIdentityCredential with the same issuer and subject already exists on app.";
    return refusal(409, "Conflict", "Request_MultipleObjectsWithSameKeyValue", message);
  }
  if (others.length >= mostOfOneApplication) {
    const message = `Too many federated identity credentials: at most ${mostOfOneApplication} on an application.`;
    return refusal(400, "Bad Request", "Request_BadRequest", message);
  }
  return undefined;
}
