import type { Resource } from "../../analysis";
import type { ResourceStore } from "../store/resource-store";
import type { ServiceReference } from "./collaborators";
import { DerivedValues } from "./derived-values";
import { block, blocks, digits, flag, refersTo, text, texts } from "./resource-values";

/** A google_compute_backend_service with the Cloud Run service behind it. */
export interface Backend {
  readonly stack: string;
  readonly name: string;
  /** Project id, or number where the configuration says so. */
  readonly project: string;
  /** generated_id: the number in IAP's audience. */
  readonly generatedId: string | undefined;
  /** Number of the project that holds the Cloud Run service, from its address. */
  readonly projectNumber: string | undefined;
  readonly iapEnabled: boolean;
  /** Id or link of its Cloud Armor policy. */
  readonly securityPolicy: string | undefined;
  readonly requestHeaders: readonly string[];
  readonly responseHeaders: readonly string[];
  readonly service: ServiceReference | undefined;
}

/** Finds a backend service by what a URL map of `stack` calls it; read from the store again only after it changed. */
export function backendsOf(store: ResourceStore): (stack: string, reference: string) => Backend | undefined {
  const derived = new DerivedValues<Backend | undefined>(store);
  return (stack, reference) => derived.get(`${stack}\n${reference}`, () => readBackend(store, stack, reference));
}

function readBackend(store: ResourceStore, stack: string, reference: string): Backend | undefined {
  const resource = store.find(
    "google_compute_backend_service",
    (candidate) => candidate.stack === stack && refersTo(reference, candidate),
  );
  const name = resource && text(resource.values, "name");
  if (resource === undefined || name === undefined) return undefined;
  const service = cloudRunServiceOf(store, resource);
  const iap = block(resource.values, "iap");
  return {
    stack,
    name,
    project: /^projects\/([^/]+)\//.exec(text(resource.values, "id") ?? "")?.[1] ?? "",
    generatedId: digits(resource.values, "generated_id"),
    projectNumber:
      service && /^https:\/\/.+-([0-9]+)\.[a-z0-9-]+\.run\.app$/.exec(text(service.values, "uri") ?? "")?.[1],
    iapEnabled: iap !== undefined && flag(iap, "enabled"),
    securityPolicy: text(resource.values, "security_policy"),
    requestHeaders: texts(resource.values, "custom_request_headers"),
    responseHeaders: texts(resource.values, "custom_response_headers"),
    service: service && { stack, name: text(service.values, "name") ?? service.name },
  };
}

function cloudRunServiceOf(store: ResourceStore, backend: Resource): Resource | undefined {
  const groups = blocks(backend.values, "backend").map((entry) => text(entry, "group"));
  const endpoints = store.find(
    "google_compute_region_network_endpoint_group",
    (candidate) => candidate.stack === backend.stack && groups.some((group) => refersTo(group, candidate)),
  );
  const cloudRun = endpoints && block(endpoints.values, "cloud_run");
  const name = cloudRun && text(cloudRun, "service");
  if (endpoints === undefined || name === undefined) return undefined;
  // The name is a plain string, so that no reference closes a circle; region and stack make it one service.
  return store.find(
    "google_cloud_run_v2_service",
    ({ stack, values }) =>
      stack === backend.stack &&
      text(values, "name") === name &&
      text(values, "location") === text(endpoints.values, "region"),
  );
}
