import { publicMembers } from "../../facts/roles";
import { googleApiErrors } from "../../facts/token-exchange";
import type { AccessDecision, Identity } from "./decision";
import { denied, findGrant, holderRefusal } from "./grant";
import type { ConditionContext } from "./iam-condition";
import type { AccessModel } from "./model";
import { backendServiceKey, cloudRunServiceKey, datasetKey, iapWebKey, projectKey } from "./resource-key";

/** Something that a permission is asked on. Projects are named by id or number. */
export type AccessResource =
  | { readonly kind: "dataset"; readonly project: string; readonly datasetId: string }
  | { readonly kind: "cloud-run-service"; readonly project: string; readonly location: string; readonly name: string }
  | {
      readonly kind: "iap-backend-service";
      readonly project: string;
      /** Name of the backend service. */
      readonly backendService: string;
      /** Of the request, for conditions on request.host and request.path. */
      readonly host: string;
      readonly path: string;
    }
  | { readonly kind: "project"; readonly project: string };

/**
 * Whether an identity has a permission on a resource, by bindings on it, on its project and above.
 * Cloud Run takes no federated identity directly, whatever a binding says; it answers 401.
 * Source: cloud.google.com/iam/docs/federated-identity-supported-services.
 */
export function evaluateAccess(
  model: AccessModel,
  identity: Identity,
  permission: string,
  resource: AccessResource,
  now: Date,
): AccessDecision {
  const refusal = holderRefusal(model, identity);
  if (refusal !== undefined) return refusal;
  const project = model.projects.idOf(resource.project);
  const decision = findGrant(
    model,
    identity,
    permission,
    keysOf(model, resource, project),
    contextOf(resource, project, now),
  );
  if (resource.kind === "cloud-run-service" && identity.kind === "federated") {
    if (decision.allowed && decision.through.member === publicMembers.everyone) return decision;
    return denied(
      googleApiErrors.unauthenticated(),
      "Cloud Run takes no federated identity directly; it has to become a service account first.",
    );
  }
  return decision;
}

/** Of the resource and of all that it inherits from. */
function keysOf({ hierarchy }: AccessModel, resource: AccessResource, project: string): readonly string[] {
  const web = resource.kind === "iap-backend-service" ? [iapWebKey(project)] : [];
  return [keyOf(resource, project), ...web, projectKey(project), ...hierarchy.above(project)];
}

function keyOf(resource: AccessResource, project: string): string {
  switch (resource.kind) {
    case "dataset":
      return datasetKey(project, resource.datasetId);
    case "cloud-run-service":
      return cloudRunServiceKey(project, resource.location, resource.name);
    case "iap-backend-service":
      return backendServiceKey(project, resource.backendService);
    case "project":
      return projectKey(project);
  }
}

/** Source of what each kind provides: cloud.google.com/iam/docs/conditions-resource-attributes. */
function contextOf(resource: AccessResource, project: string, now: Date): ConditionContext {
  switch (resource.kind) {
    case "dataset":
      return {
        now,
        resourceService: "bigquery.googleapis.com",
        resourceType: "bigquery.googleapis.com/Dataset",
        resourceName: datasetKey(project, resource.datasetId),
      };
    case "iap-backend-service":
      return {
        now,
        host: resource.host,
        path: resource.path,
        resourceService: "iap.googleapis.com",
        resourceType: "iap.googleapis.com/WebService",
      };
    case "project":
      return {
        now,
        resourceService: "cloudresourcemanager.googleapis.com",
        resourceType: "cloudresourcemanager.googleapis.com/Project",
      };
    case "cloud-run-service":
      return { now };
  }
}
