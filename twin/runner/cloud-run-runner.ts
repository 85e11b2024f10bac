import type { IncomingMessage, ServerResponse } from "node:http";
import type { MovableClock } from "../clock";
import type { DecisionLog } from "../events";
import type { VirtualHost } from "../network/virtual-host";
import type { ResourceStore } from "../store/resource-store";
import { refuse } from "./google-frontend-pages";
import { InvokerPolicy } from "./invoker-policy";
import { proxyRequest } from "./proxy";
import { BackingOffError, type InstanceSurroundings, ServiceInstance } from "./service-instance";
import { type CloudRunService, InvalidServiceError, readService } from "./service-resource";

export interface CloudRunRunnerOptions extends Omit<InstanceSurroundings, "clock"> {
  readonly store: ResourceStore;
  readonly decisions: DecisionLog;
  readonly clock: Pick<MovableClock, "offset" | "onChange">;
}

/** A Cloud Run service: the stack that declares it and its plain name. */
export interface ServiceReference {
  readonly stack: string;
  readonly name: string;
}

/** Who calls a service and by which way. */
export interface ServiceCall {
  /** `load-balancer`: an external Application Load Balancer; `direct`: the service's own run.app address. */
  readonly ingress: "load-balancer" | "direct";
  /** The service account whose run.routes.invoke permission is checked; "none" for a call without a token. */
  readonly invoker: { readonly email: string } | "none";
}

const serviceType = "google_cloud_run_v2_service";

/**
 * Runs the handlers' bundles as Cloud Run would, one process a service, as the `google_cloud_run_v2_service` resources in
 * the store say at each moment. A service whose resource changes gets a new instance; one whose resource goes is stopped.
 */
export class CloudRunRunner {
  readonly #options: CloudRunRunnerOptions;
  readonly #invokers: InvokerPolicy;
  readonly #instances = new Map<string, { readonly values: string; readonly instance: ServiceInstance }>();
  readonly #retiring = new Set<Promise<void>>();
  readonly #unsubscribe: () => void;
  #services: ReadonlyMap<string, CloudRunService | InvalidServiceError> = new Map();
  #readAt: number | undefined;
  #stopped = false;

  constructor(options: CloudRunRunnerOptions) {
    this.#options = options;
    this.#invokers = new InvokerPolicy(options.store);
    this.#unsubscribe = options.clock.onChange((offset) => {
      for (const { instance } of this.#instances.values()) {
        instance.setClockOffset(offset);
      }
    });
  }

  /**
   * Starts the services that keep at least one instance; all others start with their first request.
   * @throws InvalidServiceError for any service that could not be read; StartupError and its like for one that fails
   */
  async start(): Promise<void> {
    const services = [...this.#current().values()];
    const invalid = services.find((service) => service instanceof InvalidServiceError);
    if (invalid !== undefined) {
      throw invalid;
    }
    const kept = services.flatMap<CloudRunService>((service) =>
      service instanceof InvalidServiceError || service.minimumInstances === 0 ? [] : [service],
    );
    await Promise.all(kept.map((service) => this.#instanceOf(service).ready()));
  }

  /** Process ids of the running handlers, for who watches over them. */
  get processIds(): readonly number[] {
    return [...this.#instances.values()].flatMap(({ instance }) => instance.handler?.pid ?? []);
  }

  /** Carries a request into a service and its response out, after the ingress rule and the invoker's permission. */
  async request(
    reference: ServiceReference,
    request: IncomingMessage,
    response: ServerResponse,
    call: ServiceCall,
  ): Promise<void> {
    const service = this.#current().get(`${reference.stack}/${reference.name}`);
    if (service === undefined) {
      this.#refused(reference, request, "Page not found", `${reference.stack} declares no service ${reference.name}.`);
      refuse(request, response, "not-found");
      return;
    }
    if (service instanceof InvalidServiceError) {
      this.#refused(reference, request, "The service is not ready", service.message);
      refuse(request, response, "unavailable");
      return;
    }
    if (!admits(service, call.ingress)) {
      const way = call.ingress === "direct" ? "its own address" : "an external load balancer";
      const explanation = `The service's ingress rule (${service.ingress}) does not admit requests through ${way}.`;
      this.#refused(reference, request, "The requested URL was not found on this server.", explanation);
      refuse(request, response, "not-found");
      return;
    }
    const invocation = this.#invokers.mayInvoke(service, call.invoker);
    if (!invocation.allowed) {
      this.#refused(reference, request, invocation.reason, invocation.explanation);
      refuse(request, response, "forbidden");
      return;
    }
    this.#record(reference, request, "allowed", invocation.reason, invocation.explanation);
    await this.#forward(service, request, response);
  }

  /** A resolver for the front: the services' own addresses, `NAME-NUMBER.REGION.run.app`. No identity comes that way. */
  runAppHost(): (hostname: string) => VirtualHost | undefined {
    return (hostname) => {
      for (const service of this.#current().values()) {
        if (!(service instanceof InvalidServiceError) && service.hostname === hostname) {
          return {
            hostname,
            handle: (request, response) =>
              this.request(service, request, response, { ingress: "direct", invoker: "none" }),
          };
        }
      }
      return undefined;
    };
  }

  /** Ends all handlers: SIGTERM, and SIGKILL to those still there ten seconds later. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe();
    await Promise.all([...[...this.#instances.values()].map(({ instance }) => instance.stop()), ...this.#retiring]);
  }

  async #forward(service: CloudRunService, request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const handler = await this.#instanceOf(service).ready();
      await handler.clockAgrees();
      if (!response.destroyed) {
        const socketPath = handler.socketPath(service.port);
        await proxyRequest(request, response, { socketPath, timeout: service.requestTimeout });
      }
    } catch (error) {
      const reason = "The request failed because the instance could not start successfully.";
      this.#refused(service, request, reason, error instanceof Error ? error.message : undefined);
      const retry = error instanceof BackingOffError ? { "Retry-After": String(error.retryAfter) } : undefined;
      refuse(request, response, "unavailable", retry);
    }
  }

  /** The services of the store as it is now; instances of what is gone or changed are retired. */
  #current(): ReadonlyMap<string, CloudRunService | InvalidServiceError> {
    const { store } = this.#options;
    if (this.#readAt === store.version) {
      return this.#services;
    }
    const services = new Map<string, CloudRunService | InvalidServiceError>();
    for (const resource of store.ofType(serviceType)) {
      const service = read(() => readService(resource));
      services.set(`${resource.stack}/${String(resource.values.name)}`, service);
    }
    for (const [key, { values, instance }] of this.#instances) {
      if (values !== JSON.stringify(services.get(key))) {
        this.#instances.delete(key);
        const retiring = instance.stop().finally(() => this.#retiring.delete(retiring));
        this.#retiring.add(retiring);
      }
    }
    this.#services = services;
    this.#readAt = store.version;
    return services;
  }

  #instanceOf(service: CloudRunService): ServiceInstance {
    if (this.#stopped) {
      throw new Error("The twin is shutting down.");
    }
    const key = `${service.stack}/${service.name}`;
    const known = this.#instances.get(key)?.instance;
    if (known !== undefined) {
      return known;
    }
    const instance = new ServiceInstance(service, this.#options);
    this.#instances.set(key, { values: JSON.stringify(service), instance });
    return instance;
  }

  #refused(reference: ServiceReference, request: IncomingMessage, reason: string, explanation?: string): void {
    this.#record(reference, request, "refused", reason, explanation);
  }

  #record(
    { stack, name }: ServiceReference,
    request: IncomingMessage,
    outcome: "allowed" | "refused",
    reason: string,
    explanation?: string,
  ): void {
    // Without the query, where codes and states travel.
    const described = `${request.method} ${request.url?.split("?")[0]} on ${name} (${stack})`;
    this.#options.decisions.record({
      by: "cloud-run",
      request: described,
      outcome,
      reason,
      ...(explanation === undefined ? {} : { explanation }),
    });
  }
}

/** Source: cloud.google.com/run/docs/securing/ingress. Nothing in the twin comes from inside a VPC network. */
const admits = (service: CloudRunService, ingress: ServiceCall["ingress"]): boolean =>
  service.ingress === "all" || (service.ingress === "internal-and-load-balancer" && ingress === "load-balancer");

function read(readIt: () => CloudRunService): CloudRunService | InvalidServiceError {
  try {
    return readIt();
  } catch (error) {
    if (error instanceof InvalidServiceError) {
      return error;
    }
    throw error;
  }
}
