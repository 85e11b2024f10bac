import { createHash } from "node:crypto";
import { z } from "zod";
import type { Resource } from "../../analysis";
import { iapServiceAgent } from "../../facts/iap";
import { googleApiErrors } from "../../facts/token-exchange";
import type { VirtualHost } from "../network/virtual-host";
import { serviceAgentType } from "../store/own-records";
import { type ApiCall, apiHost, GoogleApiFailure, readJson } from "./api";
import { deployerOnly } from "./deployer-only";
import { readMethods } from "./iam-read";
import { oauthCredentialMethods } from "./oauth-client-credentials";
import { isSameProject, projectNumberOf } from "./projects";
import type { GoogleServices } from "./services";
import { undeleteMethods } from "./undelete";

/**
 * What the deploy-time steps change beside Terraform. Both hosts take the deployer's token and no other: whoever may set a
 * redirect URI receives the authorization codes.
 */

const oauthClientPath = /^\/v1\/projects\/(?<project>[^/]+)\/locations\/global\/oauthClients\/(?<client>[a-z0-9-]+)$/;

const redirectUri = z.url({ protocol: /^https$/ }).max(2048);
const oauthClientPatch = z.strictObject({ allowedRedirectUris: z.array(redirectUri).min(1).max(64) });

const oauthClientValues = z.object({
  name: z.string(),
  state: z.string().nullish(),
  client_id: z.string(),
  client_type: z.string().nullish(),
  display_name: z.string().nullish(),
  allowed_grant_types: z.array(z.string()).nullish(),
  allowed_redirect_uris: z.array(z.string()).nullish(),
  allowed_scopes: z.array(z.string()).nullish(),
});

/** iam.googleapis.com: oauthClients and their credentials, undelete of what is soft-deleted, pools and accounts to look at. Source: cloud.google.com/iam/docs/reference/rest/v1/projects.locations.oauthClients. */
export function iamHost(services: GoogleServices): VirtualHost {
  return apiHost("iam.googleapis.com", [
    deployerOnly(services, "iam", "GET", oauthClientPath, async (call) => oauthClient(findOauthClient(services, call))),
    deployerOnly(services, "iam", "PATCH", oauthClientPath, async (call) => {
      const resource = findOauthClient(services, call);
      const mask = call.query.get("updateMask");
      if (mask !== "allowedRedirectUris" && mask !== "allowed_redirect_uris") {
        throw new GoogleApiFailure(googleApiErrors.invalidArgument("Expected updateMask=allowedRedirectUris."));
      }
      const { allowedRedirectUris } = await readJson(call.request, oauthClientPatch);
      const changed = { ...resource, values: { ...resource.values, allowed_redirect_uris: allowedRedirectUris } };
      services.store.put(changed);
      return oauthClient(changed);
    }),
    ...oauthCredentialMethods(services),
    ...undeleteMethods(services),
    ...readMethods(services),
  ]);
}

/** serviceusage.googleapis.com: generateServiceIdentity for IAP. Source: cloud.google.com/service-usage/docs/reference/rest/v1beta1/services. */
export function serviceUsageHost(services: GoogleServices): VirtualHost {
  const path = /^\/v1beta1\/projects\/(?<project>[^/]+)\/services\/iap\.googleapis\.com:generateServiceIdentity$/;
  return apiHost("serviceusage.googleapis.com", [
    deployerOnly(services, "serviceusage", "POST", path, async (call) => {
      const number = projectNumberOf(services.store, call.path["project"] ?? "");
      if (number === undefined)
        throw new GoogleApiFailure(googleApiErrors.permissionDenied("serviceusage.services.get"));
      const email = iapServiceAgent(number);
      services.store.put({
        stack: "google",
        address: `${serviceAgentType}.iap_${number}`,
        type: serviceAgentType,
        name: `iap_${number}`,
        identity: email,
        values: { email, member: `serviceAccount:${email}`, service: "iap.googleapis.com", project_number: number },
      });
      return {
        name: "operations/finished.DONE_OPERATION",
        done: true,
        response: {
          "@type": "type.googleapis.com/google.api.serviceusage.v1beta1.ServiceIdentity",
          email,
          uniqueId: BigInt(`0x${createHash("sha256").update(email).digest("hex").slice(0, 16)}`)
            .toString()
            .padStart(21, "1"),
        },
      };
    }),
  ]);
}

function findOauthClient(services: GoogleServices, call: ApiCall): Resource {
  const { project = "", client = "" } = call.path;
  const found = services.store.find("google_iam_oauth_client", ({ values }) => {
    const name = /^projects\/([^/]+)\/locations\/global\/oauthClients\/([^/]+)$/.exec(String(values["name"]));
    return name?.[2] === client && isSameProject(services.store, name[1] ?? "", project);
  });
  if (found === undefined) throw new GoogleApiFailure(googleApiErrors.notFound("Requested entity was not found."));
  return found;
}

/** The resource of the API. */
function oauthClient(resource: Resource): unknown {
  const values = oauthClientValues.parse(resource.values);
  return {
    name: values.name,
    state: values.state ?? "ACTIVE",
    clientId: values.client_id,
    clientType: values.client_type ?? undefined,
    displayName: values.display_name ?? undefined,
    allowedGrantTypes: values.allowed_grant_types ?? [],
    allowedRedirectUris: values.allowed_redirect_uris ?? [],
    allowedScopes: values.allowed_scopes ?? [],
  };
}
