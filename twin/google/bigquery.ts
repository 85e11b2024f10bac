import { z } from "zod";
import { evaluateAccess, type Resource } from "../../analysis";
import { cloudPlatformScope } from "../../facts/google-endpoints";
import { googleApiErrors } from "../../facts/token-exchange";
import type { VirtualHost } from "../network/virtual-host";
import { type ApiCall, apiHost, GoogleApiFailure } from "./api";
import { authenticate, identityName } from "./bearer";
import { isSameProject } from "./projects";
import type { GoogleServices } from "./services";

const permission = "bigquery.datasets.get";

const readingScopes = [
  cloudPlatformScope,
  "https://www.googleapis.com/auth/cloud-platform.read-only",
  "https://www.googleapis.com/auth/bigquery",
  "https://www.googleapis.com/auth/bigquery.readonly",
];

/** bigquery.googleapis.com: datasets.get. Source: cloud.google.com/bigquery/docs/reference/rest/v2/datasets/get. */
export function bigQueryHost(services: GoogleServices): VirtualHost {
  return apiHost("bigquery.googleapis.com", [
    {
      verb: "GET",
      path: /^\/bigquery\/v2\/projects\/(?<project>[^/]+)\/datasets\/(?<datasetId>[^/]+)$/,
      handle: async (call) => getDataset(services, call),
    },
  ]);
}

function getDataset(services: GoogleServices, call: ApiCall): unknown {
  const { project = "", datasetId = "" } = call.path;
  const name = `${project}:${datasetId}`.slice(0, 256);
  const request = `GET dataset ${name.replace(/[^\x20-\x7e]/g, "?")}`;
  const caller = authenticate(call.request, services.tokens, readingScopes);
  const refuse = (error: GoogleApiFailure["apiError"], reason: string, explanation: string): GoogleApiFailure => {
    services.decisions.record({ by: "bigquery", request, outcome: "refused", reason: error.message, explanation });
    return new GoogleApiFailure(error, reason);
  };
  if (!caller.known) {
    throw refuse(
      caller.error,
      caller.error.httpStatus === 401 ? "authError" : "insufficientPermissions",
      caller.explanation,
    );
  }
  const decision = evaluateAccess(
    services.accessModel(),
    caller.token.identity,
    permission,
    { kind: "dataset", project, datasetId },
    new Date(),
  );
  if (!decision.allowed) {
    if (decision.error.httpStatus !== 403) throw refuse(decision.error, "authError", decision.explanation);
    const message = `Access Denied: Dataset ${name}: Permission ${permission} denied on dataset ${name} (or it may not exist).`;
    throw refuse({ ...googleApiErrors.permissionDenied(permission), message }, "accessDenied", decision.explanation);
  }
  const dataset = services.store.find(
    "google_bigquery_dataset",
    (candidate) =>
      candidate.values["dataset_id"] === datasetId && isSameProject(services.store, projectOf(candidate), project),
  );
  if (dataset === undefined) {
    throw refuse(
      googleApiErrors.notFound(`Not found: Dataset ${name}`),
      "notFound",
      "No applied resource declares this dataset.",
    );
  }
  services.decisions.record({
    by: "bigquery",
    request,
    outcome: "allowed",
    reason: `${identityName(caller.token)} has ${permission}`,
    explanation: decision.explanation,
  });
  return representation(dataset);
}

/** The project that a dataset's id names: `projects/P/datasets/D`. */
function projectOf(dataset: Resource): string {
  return /^projects\/([^/]+)\//.exec(String(dataset.values["id"]))?.[1] ?? "";
}

const datasetValues = z.object({
  dataset_id: z.string(),
  location: z.string().nullish(),
  friendly_name: z.string().nullish(),
  description: z.string().nullish(),
  etag: z.string().nullish(),
  creation_time: z.number().nullish(),
  last_modified_time: z.number().nullish(),
  labels: z.record(z.string(), z.string()).nullish(),
});

/** The dataset resource of the API; absent values are left out, and int64 values are strings there. */
function representation(dataset: Resource): unknown {
  const values = datasetValues.parse(dataset.values);
  const projectId = projectOf(dataset);
  return {
    kind: "bigquery#dataset",
    etag: values.etag ?? undefined,
    id: `${projectId}:${values.dataset_id}`,
    selfLink: `https://bigquery.googleapis.com/bigquery/v2/projects/${projectId}/datasets/${values.dataset_id}`,
    datasetReference: { datasetId: values.dataset_id, projectId },
    friendlyName: values.friendly_name ?? undefined,
    description: values.description ?? undefined,
    labels: values.labels ?? undefined,
    location: values.location ?? "US",
    creationTime: values.creation_time?.toString(),
    lastModifiedTime: values.last_modified_time?.toString(),
    type: "DEFAULT",
  };
}
