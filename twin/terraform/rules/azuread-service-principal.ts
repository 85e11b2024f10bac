import { createHash, randomUUID } from "node:crypto";
import type { JsonObject } from "../../../analysis";
import { defaultAccessAppRoleId } from "../../../facts/entra";
import { findApplicationByClientId, findServicePrincipal } from "./azuread-directory";
import { graphError } from "./azuread-refusal";
import { all, uuid } from "./checks";
import type { RulesOfType } from "./google-resource";
import { builtInServicePrincipal, offersPermission } from "./microsoft-graph";
import type { RuleContext, Violation } from "./resource-rules";
import { flag, text } from "./values";

const assignmentType = "azuread_app_role_assignment";
const assignmentArguments = ["app_role_id", "principal_object_id", "resource_object_id"] as const;

/** Service principals and what they are assigned. Source: the azuread provider 3.7, packages serviceprincipals and approleassignments. */
export const servicePrincipalRules: readonly RulesOfType[] = [
  [
    "azuread_service_principal",
    {
      forceNew: ["client_id", "use_existing"],
      defaults: { account_enabled: true },
      invented: ["object_id"],
      validate: (values) => uuid("client_id")(values),
      identity: (values) => text(values, "id") ?? `/servicePrincipals/${text(values, "object_id") ?? ""}`,
      computed: computedOfPrincipal,
      refuseCreate: refusePrincipal,
      importIdentity: (importId) => importId,
    },
  ],
  [
    assignmentType,
    {
      forceNew: assignmentArguments,
      validate: (values) => all(...assignmentArguments.map(uuid))(values),
      identity: assignmentId,
      computed: (values, context) => ({
        id: assignmentId(values),
        principal_display_name: displayName(text(values, "principal_object_id"), context),
        principal_type: findServicePrincipal(text(values, "principal_object_id") ?? "", context)
          ? "ServicePrincipal"
          : "Group",
        resource_display_name: displayName(text(values, "resource_object_id"), context),
      }),
      refuseCreate: refuseAssignment,
      importIdentity: (importId) => importId,
    },
  ],
];

function computedOfPrincipal(values: JsonObject, context: RuleContext): JsonObject {
  const clientId = text(values, "client_id") ?? "";
  const objectId = builtInServicePrincipal(clientId) ?? text(values, "object_id") ?? randomUUID();
  const application = findApplicationByClientId(clientId, context);
  return {
    id: `/servicePrincipals/${objectId}`,
    object_id: objectId,
    display_name: application?.values["display_name"] ?? "",
    sign_in_audience: application?.values["sign_in_audience"] ?? "AzureADMyOrg",
    service_principal_names: [clientId],
    type: "Application",
    app_role_ids: {},
    app_roles: [],
    oauth2_permission_scope_ids: {},
    oauth2_permission_scopes: [],
    redirect_uris: [],
    tags: [],
    application_tenant_id: "",
    homepage_url: "",
    logout_url: "",
    saml_metadata_url: "",
  };
}

function refusePrincipal(values: JsonObject, context: RuleContext): Violation | undefined {
  const clientId = text(values, "client_id") ?? "";
  const refusal = (status: number, phrase: string, code: string, message: string): Violation => ({
    path: ["client_id"],
    summary: "Could not create service principal",
    detail: graphError(status, phrase, code, message),
  });
  if (findApplicationByClientId(clientId, context) === undefined && !flag(values, "use_existing")) {
    const message = `When using this permission, the backing application of the service principal being created must in the local tenant. AppId: ${clientId}`;
    return refusal(400, "Bad Request", "Request_BadRequest", message);
  }
  const taken = context.store.find(
    "azuread_service_principal",
    (resource) => resource.values["client_id"] === clientId,
  );
  if (taken === undefined || flag(values, "use_existing")) return undefined;
  const message = `The service principal cannot be created, updated, or restored because the service principal name ${clientId} is already in use.`;
  return refusal(409, "Conflict", "Request_MultipleObjectsWithSameKeyValue", message);
}

function refuseAssignment(values: JsonObject, context: RuleContext): Violation | undefined {
  const [role = "", principal = "", resource = ""] = assignmentArguments.map((name) => text(values, name));
  const found = findServicePrincipal(resource, context);
  if (found === undefined)
    return {
      path: ["resource_object_id"],
      summary: `Service principal not found for resource (Object ID: "${resource}")`,
    };
  const refusal = (code: string, message: string): Violation => ({
    path: [],
    summary: "Could not create app role assignment",
    detail: graphError(400, "Bad Request", code, message),
  });
  const clientId = String(found.values["client_id"]);
  const application = findApplicationByClientId(clientId, context);
  const offered = context.store.find(
    "azuread_application_app_role",
    (candidate) => candidate.values["role_id"] === role && candidate.values["application_id"] === application?.identity,
  );
  if (role !== defaultAccessAppRoleId && offered === undefined && !offersPermission(clientId, role))
    return refusal("Request_BadRequest", `Permission being assigned was not found on application '${clientId}'.`);
  const same = context.store.find(assignmentType, ({ identity }) => identity === assignmentId(values));
  return same === undefined || principal === ""
    ? undefined
    : refusal("InvalidUpdate", "Permission being assigned already exists on the object");
}

/** Graph's id of an assignment is opaque; one principal has one role of a resource once. */
function assignmentId(values: JsonObject): string {
  const parts = assignmentArguments.map((name) => text(values, name) ?? "");
  const assignment = createHash("sha256").update(parts.join("/")).digest("base64url");
  return `/servicePrincipals/${text(values, "resource_object_id") ?? ""}/appRoleAssignedTo/${assignment}`;
}

function displayName(objectId: string | undefined, context: RuleContext): string {
  const name = findServicePrincipal(objectId ?? "", context)?.values["display_name"];
  return typeof name === "string" ? name : "";
}
