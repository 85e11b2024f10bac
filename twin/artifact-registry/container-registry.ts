import { randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { accessTokenUser, locationOfContainerRegistry } from "../../facts/artifact-registry";
import { MemoryRegistry, readBaseLock, registryRefusal, sendRegistryReply } from "../../images";
import type { DecisionLog } from "../events";
import type { VirtualHost } from "../network";
import type { ResourceStore } from "../store/resource-store";

export interface ContainerRegistryOptions {
  readonly store: ResourceStore;
  readonly decisions: DecisionLog;
  /** The access token that may push and pull. */
  readonly deployerToken: string;
  /** Root of the project. */
  readonly root: string;
}

/** Host at which the registries of all locations answer; the real ones have their location in front of it. */
export const anyContainerRegistry = "docker.pkg.dev";
const repositoryType = "google_artifact_registry_repository";

/**
 * Artifact Registry as far as container images are concerned: repositories are those that were applied, and whoever
 * deploys may push. The base of our own images counts as pushed before, so that it need not be at hand for the twin.
 */
export class ContainerRegistry {
  readonly #options: ContainerRegistryOptions;
  readonly #registry: MemoryRegistry;
  /** What the token service gives for an access token. */
  readonly #registryToken = randomBytes(32).toString("base64url");

  constructor(options: ContainerRegistryOptions) {
    this.#options = options;
    this.#registry = new MemoryRegistry({ present: readBaseLock(options.root).layers });
  }

  /** A resolver for the front: `LOCATION-docker.pkg.dev`, and `docker.pkg.dev` for all locations. */
  readonly resolve = (hostname: string): VirtualHost | undefined => {
    const location = locationOfContainerRegistry(hostname);
    if (location === undefined && hostname !== anyContainerRegistry) return undefined;
    return { hostname, handle: (request, response) => this.#handle(location, request, response) };
  };

  async #handle(location: string | undefined, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://registry");
    const host = request.headers.host ?? "";
    if (url.pathname === "/v2/token") return this.#giveToken(request, response);
    if (!this.#isAuthorized(request)) {
      const challenge = `Bearer realm="https://${host}/v2/token",service="${host}"`;
      const message =
        'Unauthenticated request. Unauthenticated requests do not have permission "artifactregistry.repositories.downloadArtifacts"';
      return this.#refuse(request, response, "UNAUTHORIZED", message, { "www-authenticate": challenge });
    }
    const [, project, repository] = /^\/v2\/([^/]+)\/([^/]+)\/./.exec(url.pathname) ?? [];
    if (project !== undefined && repository !== undefined && !this.#exists(location, project, repository)) {
      const place = `projects/${project}/locations/${location ?? "-"}/repositories/${repository}`;
      return this.#refuse(request, response, "NAME_UNKNOWN", `Repository "${place}" not found`);
    }
    await this.#registry.handle(request, response);
    if (request.method === "PUT" && /\/manifests\/[^/]+$/.test(url.pathname) && response.statusCode === 201) {
      this.#record(request, "allowed", "Whoever deploys may push.");
    }
  }

  #giveToken(request: IncomingMessage, response: ServerResponse): void {
    const wanted = basic(accessTokenUser, this.#options.deployerToken);
    if (!isEqual(request.headers.authorization ?? "", wanted)) {
      this.#refuse(request, response, "UNAUTHORIZED", "Not Authorized.");
      return;
    }
    const content = Buffer.from(JSON.stringify({ token: this.#registryToken, expires_in: 3_600 }));
    sendRegistryReply(response, { status: 200, headers: { "content-type": "application/json" }, content });
  }

  #isAuthorized({ headers: { authorization = "" } }: IncomingMessage): boolean {
    const { deployerToken } = this.#options;
    const accepted = [
      `Bearer ${this.#registryToken}`,
      `Bearer ${deployerToken}`,
      basic(accessTokenUser, deployerToken),
    ];
    return accepted.some((wanted) => isEqual(authorization, wanted));
  }

  #exists(location: string | undefined, project: string, repository: string): boolean {
    return this.#options.store
      .ofType(repositoryType)
      .some(
        ({ values }) =>
          values["project"] === project &&
          values["repository_id"] === repository &&
          (location === undefined || values["location"] === location),
      );
  }

  #refuse(
    request: IncomingMessage,
    response: ServerResponse,
    code: "UNAUTHORIZED" | "NAME_UNKNOWN",
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ): void {
    // The first request of every client is refused, to tell it how to sign in.
    if (request.headers.authorization !== undefined) this.#record(request, "refused", message);
    request.resume();
    sendRegistryReply(response, registryRefusal(code, message, headers));
  }

  #record(request: IncomingMessage, outcome: "allowed" | "refused", reason: string): void {
    const described = `${request.method} ${request.url?.split("?")[0]}`;
    this.#options.decisions.record({ by: "artifact-registry", request: described, outcome, reason });
  }
}

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

function isEqual(given: string, wanted: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(wanted)];
  return one.length === other.length && timingSafeEqual(one, other);
}
