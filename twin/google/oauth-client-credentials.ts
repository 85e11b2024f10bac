import { z } from "zod";
import type { Resource } from "../../analysis";
import { googleApiErrors } from "../../facts/token-exchange";
import { type ApiCall, type ApiMethod, GoogleApiFailure, readJson } from "./api";
import { deployerOnly } from "./deployer-only";
import { isSameProject } from "./projects";
import type { GoogleServices } from "./services";

const path =
  /^\/v1\/projects\/(?<project>[^/]+)\/locations\/global\/oauthClients\/(?<client>[a-z0-9-]+)\/credentials\/(?<credential>[a-z0-9-]+)$/;
const patch = z.strictObject({ disabled: z.boolean() });
const shown = z.object({ name: z.string(), disabled: z.boolean().nullish(), display_name: z.string().nullish() });

/**
 * get and patch of an OAuth client's credential; its secret is not shown. An enabled credential cannot be deleted.
 * Source: cloud.google.com/iam/docs/reference/rest/v1/projects.locations.oauthClients.credentials.
 */
export function oauthCredentialMethods(services: GoogleServices): readonly ApiMethod[] {
  return [
    deployerOnly(services, "iam", "GET", path, async (call) => credentialOf(findCredential(services, call))),
    deployerOnly(services, "iam", "PATCH", path, async (call) => {
      const resource = findCredential(services, call);
      if (call.query.get("updateMask") !== "disabled")
        throw new GoogleApiFailure(googleApiErrors.invalidArgument("Expected updateMask=disabled."));
      const { disabled } = await readJson(call.request, patch);
      return credentialOf(services.store.put({ ...resource, values: { ...resource.values, disabled } }));
    }),
  ];
}

function findCredential({ store }: GoogleServices, call: ApiCall): Resource {
  const { project = "", client, credential } = call.path;
  const found = store.find("google_iam_oauth_client_credential", ({ values }) => {
    const name = /^projects\/([^/]+)\/locations\/global\/oauthClients\/([^/]+)\/credentials\/([^/]+)$/.exec(
      String(values["name"]),
    );
    return name?.[2] === client && name?.[3] === credential && isSameProject(store, name?.[1] ?? "", project);
  });
  if (found === undefined) throw new GoogleApiFailure(googleApiErrors.notFound("Requested entity was not found."));
  return found;
}

function credentialOf(resource: Resource): unknown {
  const { name, disabled, display_name: displayName } = shown.parse(resource.values);
  return { name, disabled: disabled ?? false, displayName: displayName ?? undefined };
}
