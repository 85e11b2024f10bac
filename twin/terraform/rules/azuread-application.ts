import { randomUUID } from "node:crypto";
import type { JsonObject } from "../../../analysis";
import { graphError, importAsExists, missingApplication } from "./azuread-refusal";
import { all, atLeastOneOf, type Check, notEmpty, oneOf, uuid, worded } from "./checks";
import type { RulesOfType } from "./google-resource";
import type { ResourceRules, RuleContext, Violation } from "./resource-rules";
import { text } from "./values";

/** A resource id of an application. Words: those of the provider's parser of ids. */
export const applicationId: Check = worded("application_id", (value) =>
  /^\/applications\/[^/]+$/.test(value)
    ? []
    : [
        `parsing ${JSON.stringify(value)}: the number of segments didn't match\n\nExpected a Application ID that matched (containing 2 segments):\n\n> /applications/applicationId`,
      ],
);

interface ApplicationChild extends Pick<ResourceRules, "forceNew" | "defaults"> {
  readonly type: string;
  readonly check?: Check;
  /** What follows the application's id in the child's own. */
  suffix(values: JsonObject): string;
  refuse?(values: JsonObject, context: RuleContext): Violation | undefined;
}

/** A part of an application that has an id below the application's. */
function applicationChild({ type, forceNew, defaults, check, suffix, refuse }: ApplicationChild): RulesOfType {
  const identity = (values: JsonObject) => `${text(values, "application_id") ?? ""}/${suffix(values)}`;
  const checks = all(applicationId, ...(check === undefined ? [] : [check]));
  return [
    type,
    {
      forceNew: ["application_id", ...forceNew],
      ...(defaults === undefined ? {} : { defaults }),
      validate: (values) => checks(values),
      identity,
      computed: (values) => ({ id: identity(values) }),
      refuseCreate: (values, context) => {
        const id = identity(values);
        const isThere = context.store.find(type, (resource) => resource.identity === id) !== undefined;
        return missingApplication(values, context) ?? (isThere ? importAsExists(type, id) : refuse?.(values, context));
      },
      importIdentity: (importId) => importId,
    },
  ];
}

const uriType = "azuread_application_identifier_uri";

/** Applications in the split style. Source: the azuread provider 3.7, package applications; learn.microsoft.com/graph/api/resources/application. */
export const applicationRules: readonly RulesOfType[] = [
  [
    "azuread_application_registration",
    {
      forceNew: [],
      defaults: { sign_in_audience: "AzureADMyOrg", requested_access_token_version: 2 },
      invented: ["object_id", "client_id"],
      validate: (values) => registrationCheck(values),
      identity: (values) => text(values, "id") ?? `/applications/${text(values, "object_id") ?? ""}`,
      computed: (values) => {
        const objectId = text(values, "object_id") ?? randomUUID();
        return {
          id: `/applications/${objectId}`,
          object_id: objectId,
          client_id: text(values, "client_id") ?? randomUUID(),
          publisher_domain: "",
          disabled_by_microsoft: "",
        };
      },
      importIdentity: (importId) => importId,
    },
  ],
  applicationChild({
    type: "azuread_application_app_role",
    forceNew: ["role_id"],
    check: all(
      uuid("role_id"),
      notEmpty("description"),
      notEmpty("display_name"),
      oneOf("allowed_member_types", ["Application", "User"]),
    ),
    suffix: (values) => `appRoles/${text(values, "role_id") ?? ""}`,
  }),
  applicationChild({
    type: uriType,
    forceNew: ["identifier_uri"],
    check: notEmpty("identifier_uri"),
    suffix: (values) => `identifierUris/${Buffer.from(text(values, "identifier_uri") ?? "").toString("base64")}`,
    refuse: (values, context) => {
      const uri = text(values, "identifier_uri");
      const taken = context.store.find(uriType, (resource) => resource.values["identifier_uri"] === uri);
      if (taken === undefined) return undefined;
      const message = "Another object with the same value for property identifierUris already exists.";
      return {
        path: ["identifier_uri"],
        summary: `creating Identifier URI: ${graphError(400, "Bad Request", "Request_MultipleObjectsWithSameKeyValue", message)}`,
      };
    },
  }),
  applicationChild({
    type: "azuread_application_optional_claims",
    forceNew: [],
    check: atLeastOneOf("access_token", "id_token", "saml2_token"),
    suffix: () => "optionalClaims",
  }),
  applicationChild({
    type: "azuread_application_redirect_uris",
    forceNew: ["type"],
    check: oneOf("type", ["PublicClient", "SPA", "Web"]),
    suffix: (values) => `redirectUris/${text(values, "type") ?? ""}`,
  }),
];

const registrationCheck = all(
  notEmpty("display_name"),
  oneOf("sign_in_audience", [
    "AzureADMyOrg",
    "AzureADMultipleOrgs",
    "AzureADandPersonalMicrosoftAccount",
    "PersonalMicrosoftAccount",
  ]),
  oneOf("group_membership_claims", ["None", "SecurityGroup", "DirectoryRole", "ApplicationGroup", "All"]),
  ({ requested_access_token_version: version }) =>
    typeof version === "number" && version !== 1 && version !== 2
      ? [
          {
            path: ["requested_access_token_version"],
            summary: 'value for "requested_access_token_version" must be one of: 1, 2',
          },
        ]
      : [],
);
