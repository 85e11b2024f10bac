import { randomBytes } from "node:crypto";
import type { JsonObject } from "../../../analysis";
import { oneOf } from "./checks";
import { uuidOf } from "./derived";
import { googleRefusal } from "./google-refusal";
import { findNamed, googleResource, type RulesOfType } from "./google-resource";
import { projectOf } from "./project";
import type { RuleContext } from "./resource-rules";
import { flag, text, texts } from "./values";
import { alreadyExists } from "./workload-identity";

const clients = "projects/{project}/locations/{location}/oauthClients";
const location = { location: "global" };
const clientType = "google_iam_oauth_client";
const credentialType = "google_iam_oauth_client_credential";

/** OAuth clients for Identity-Aware Proxy. Source: the Google provider 6.50, package iamworkforcepool; the IAM API's reference. */
export const oauthClientRules: readonly RulesOfType[] = [
  googleResource({
    type: clientType,
    label: "OauthClient",
    id: `${clients}/{oauth_client_id}`,
    idDefaults: location,
    importForms: ["{project}/{location}/{oauth_client_id}", "{location}/{oauth_client_id}"],
    forceNew: ["location", "oauth_client_id", "client_type", "project"],
    check: oneOf("client_type", ["CLIENT_TYPE_UNSPECIFIED", "PUBLIC_CLIENT", "CONFIDENTIAL_CLIENT"]),
    computed: (_values, _context, id) => ({
      name: id,
      state: "ACTIVE",
      client_id: uuidOf(id, "client_id"),
      expire_time: "",
    }),
    exists: alreadyExists,
    refuse: (values, _context, action) => {
      const refusal = (argument: string, message: string) => googleRefusal(action, 400, message, undefined, [argument]);
      if (!/^(?!gcp-)[a-z][a-z0-9-]{4,61}[a-z0-9]$/.test(text(values, "oauth_client_id") ?? ""))
        return refusal("oauth_client_id", "Invalid OauthClient ID.");
      const wrong = texts(values, "allowed_redirect_uris").find((uri) => !isRedirectUri(uri));
      return wrong === undefined ? undefined : refusal("allowed_redirect_uris", `Invalid redirect URI: ${wrong}`);
    },
    softDelete: true,
  }),
  googleResource({
    type: credentialType,
    label: "OauthClientCredential",
    id: `${clients}/{oauthclient}/credentials/{oauth_client_credential_id}`,
    idDefaults: location,
    importForms: [
      "{project}/{location}/{oauthclient}/{oauth_client_credential_id}",
      "{location}/{oauthclient}/{oauth_client_credential_id}",
    ],
    forceNew: ["location", "oauthclient", "oauth_client_credential_id", "project"],
    invented: ["client_secret"],
    computed: (values, _context, id) => ({
      name: id,
      client_secret: text(values, "client_secret") ?? randomBytes(32).toString("base64url"),
    }),
    exists: alreadyExists,
    refuse: (values, context, action) => {
      if (!/^(?!gcp-)[a-z0-9-]{4,32}$/.test(text(values, "oauth_client_credential_id") ?? ""))
        return googleRefusal(action, 400, "Invalid OauthClientCredential ID.", undefined, [
          "oauth_client_credential_id",
        ]);
      return findNamed(context, clientType, clientName(values, context)) === undefined
        ? googleRefusal(action, 404, "Requested entity was not found.")
        : undefined;
    },
    refuseDelete: (values, context) => {
      // What counts is the credential as it is: a deploy-time step may have disabled it beside Terraform.
      const name = `${clientName(values, context)}/credentials/${text(values, "oauth_client_credential_id") ?? ""}`;
      const current = findNamed(context, credentialType, name)?.values ?? values;
      return flag(current, "disabled")
        ? undefined
        : googleRefusal(
            "Error when reading or editing OauthClientCredential",
            400,
            "Before you can delete an OAuth client credential, you must disable it.",
          );
    },
  }),
];

const clientName = (values: JsonObject, context: RuleContext): string =>
  `projects/${projectOf(values, context).id}/locations/${text(values, "location") ?? "global"}/oauthClients/${text(values, "oauthclient") ?? ""}`;

function isRedirectUri(uri: string): boolean {
  if (!URL.canParse(uri) || uri.includes("*")) return false;
  const { protocol, hash } = new URL(uri);
  return protocol === "https:" && hash === "";
}
