import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { people } from "../../environments/people";
import { iapServiceAgent } from "../../facts/iap";
import { type AssertionAlteration, signAssertion } from "../../twin";
import type { TourContext } from "./context";

/** Name of the Cloud Run service and of the backend service of an app. */
const serviceName = (app: string): string => `app-${app}`;

/** Ways to reach an app that nobody outside has; the tour tries what the app itself does about them. */

function cloudRunService({ twin, environment }: TourContext, name: string) {
  const service = twin.store.find(
    "google_cloud_run_v2_service",
    ({ stack, values }) => stack === environment.name && values["name"] === serviceName(name),
  );
  if (service === undefined) throw new Error(`${environment.name} has no Cloud Run service ${name}`);
  return service;
}

/** The service's own address, which does not lead through the load balancer. */
export function serviceAddress(context: TourContext, name: string): string {
  const uri = cloudRunService(context, name).values["uri"];
  if (typeof uri !== "string") throw new Error(`the service ${name} has no address`);
  return context.twin.origin(new URL(uri).hostname);
}

/** An assertion about a person for an app's backend, as IAP signs it, or with one thing wrong. */
export function assertionFor(
  { twin, environment }: TourContext,
  app: string,
  personKey: string,
  alteration?: AssertionAlteration,
): Promise<string> {
  const person = people.find(({ key }) => key === personKey);
  const backend = twin.store.find(
    "google_compute_backend_service",
    ({ stack, values }) => stack === environment.name && values["name"] === serviceName(app),
  );
  if (person === undefined || backend === undefined) throw new Error(`no person ${personKey} or no backend for ${app}`);
  const pool = `locations/global/workforcePools/${environment.workforce.poolId}`;
  return signAssertion(
    twin.iapKeys,
    {
      identity: {
        kind: "federated",
        pool,
        provider: `${pool}/providers/entra`,
        subject: person.entraObjectId,
        groups: [],
        attributes: {},
        email: person.email,
      },
      projectNumber: environment.project.number,
      backendServiceId: String(backend.values["generated_id"]),
    },
    alteration,
  );
}

/** A request that the service takes for one of IAP's, from inside the project. */
export async function requestInside(
  { twin, environment }: TourContext,
  service: string,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly text: string }> {
  const invoker = { email: iapServiceAgent(environment.project.number) };
  const server = createServer((request, response) => {
    void twin.runner.request({ stack: environment.name, name: serviceName(service) }, request, response, {
      ingress: "load-balancer",
      invoker,
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  try {
    return await get((server.address() as AddressInfo).port, path, headers);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function get(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ status: number; text: string }> {
  return new Promise((done, fail) => {
    const request = httpRequest({ host: "127.0.0.1", port, path, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => done({ status: response.statusCode ?? 0, text }));
      response.on("error", fail);
    });
    request.on("error", fail).end();
  });
}
