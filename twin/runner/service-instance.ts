import { type HandlerName, handlerNames } from "../../images";
import type { MovableClock } from "../clock";
import { prepareContainer } from "./container-files";
import { embeddedTemplateFile, withEmbeddedDatabase } from "./embedded-database";
import type { HandlerBundles } from "./handler-bundles";
import { type HandlerLogEntry, readLogLine } from "./handler-log";
import { HandlerProcess } from "./handler-process";
import type { CloudRunService } from "./service-resource";
import { StartupError, waitUntilHealthy } from "./startup-probe";

/** What every instance needs of the twin. */
export interface InstanceSurroundings {
  readonly bundles: HandlerBundles;
  /** The value of KEYLESS_ENDPOINTS: origins that replace public addresses. */
  readonly endpoints: (service: Pick<CloudRunService, "name" | "stack">) => Readonly<Record<string, string>>;
  /** PEM file for NODE_EXTRA_CA_CERTS. */
  readonly certificateAuthorityFile: string;
  /** Values of secrets; throws for one that the service's account may not read. */
  readonly secrets: { read(secretName: string, stack: string, service: CloudRunService): string | undefined };
  readonly clock: Pick<MovableClock, "offset">;
  readonly onLog?: ((entry: HandlerLogEntry) => void) | undefined;
}

/** The image that a service names is not one of the bundles. */
export class UnknownImageError extends Error {
  override readonly name = "UnknownImageError";
}

/** An instance failed shortly before; the next start is tried later. */
export class BackingOffError extends Error {
  override readonly name = "BackingOffError";
  /** Seconds, at least 1. */
  readonly retryAfter: number;

  constructor(milliseconds: number, cause: string) {
    super(`The last start failed (${cause}); the next is tried in ${Math.ceil(milliseconds / 1000)} s.`);
    this.retryAfter = Math.max(1, Math.ceil(milliseconds / 1000));
  }
}

const firstDelay = 250;
const longestDelay = 30_000;
/** Milliseconds after which a failure is a new one and not a repetition. */
const steadyAfter = 60_000;

/** The one instance of a service: started when needed, by all who ask together; after a failure not at once again. */
export class ServiceInstance {
  readonly service: CloudRunService;
  readonly #surroundings: InstanceSurroundings;
  #starting: Promise<HandlerProcess> | undefined;
  #handler: HandlerProcess | undefined;
  #stopped = false;
  #failures = 0;
  #notBefore = 0;
  #lastFailure = "";

  constructor(service: CloudRunService, surroundings: InstanceSurroundings) {
    this.service = service;
    this.#surroundings = surroundings;
  }

  /** The running handler, if there is one. */
  get handler(): HandlerProcess | undefined {
    return this.#handler;
  }

  /**
   * A healthy handler, started if need be.
   * @throws UnknownImageError, SecretMissingError, StartupError, BackingOffError
   */
  async ready(): Promise<HandlerProcess> {
    if (this.#stopped) {
      throw new StartupError("The service has been stopped.");
    }
    if (this.#starting === undefined) {
      const remaining = this.#notBefore - performance.now();
      if (remaining > 0) {
        throw new BackingOffError(remaining, this.#lastFailure);
      }
      this.#starting = this.#start();
    }
    return this.#starting;
  }

  /** Ends the instance for good; the handler has ten seconds for what is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#handler?.stop();
    await this.#starting?.catch(() => undefined);
  }

  setClockOffset(offset: number): void {
    this.#handler?.setClockOffset(offset);
  }

  async #start(): Promise<HandlerProcess> {
    try {
      return await this.#startHandler();
    } catch (error) {
      this.#starting = undefined;
      this.#backOff(error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  async #startHandler(): Promise<HandlerProcess> {
    const { service } = this;
    const { bundles, secrets, endpoints, certificateAuthorityFile, clock } = this.#surroundings;
    const { file } = bundles[bundleOf(service, bundles)];
    const prepared = await prepareContainer(service, (name, stack) => secrets.read(name, stack, service));
    const container = { ...prepared, environment: withEmbeddedDatabase(prepared.environment) };
    const handler = new HandlerProcess({
      file,
      container,
      clockOffset: clock.offset,
      environment: {
        PORT: String(service.port),
        K_SERVICE: service.name,
        K_REVISION: service.revision,
        K_CONFIGURATION: service.name,
        KEYLESS_ENDPOINTS: JSON.stringify(endpoints(service)),
        KEYLESS_EMBEDDED_TEMPLATE: embeddedTemplateFile(),
        NODE_EXTRA_CA_CERTS: certificateAuthorityFile,
      },
      onLine: (line, stream) => this.#log(line, stream === "stderr" ? "ERROR" : undefined),
    });
    this.#handler = handler;
    const startedAt = performance.now();
    try {
      // stop() may have been called while the files were laid out.
      if (this.#stopped) {
        throw new StartupError("The service has been stopped.");
      }
      await waitUntilHealthy(handler, service.startupProbe);
    } catch (error) {
      this.#handler = undefined;
      await handler.stop();
      throw error;
    }
    void handler.exited.then(() => this.#afterExit(performance.now() - startedAt, handler));
    return handler;
  }

  #afterExit(lived: number, { lastErrorLine }: HandlerProcess): void {
    this.#starting = undefined;
    this.#handler = undefined;
    if (!this.#stopped) {
      if (lived > steadyAfter) {
        this.#failures = 0;
      }
      this.#backOff(`the handler ended by itself${lastErrorLine === undefined ? "" : `: ${lastErrorLine}`}`);
    }
  }

  #backOff(failure: string): void {
    this.#lastFailure = failure.replace(/\.$/, "");
    this.#notBefore = performance.now() + Math.min(firstDelay * 2 ** this.#failures, longestDelay);
    this.#failures += 1;
    this.#log(`Instance failed: ${failure}`, "ERROR");
  }

  #log(line: string, plainSeverity = "DEFAULT"): void {
    const { stack, name, revision } = this.service;
    const read = readLogLine(line);
    const severity = read.fields === undefined ? plainSeverity : read.severity;
    this.#surroundings.onLog?.({ stack, service: name, revision, ...read, severity });
  }
}

/** @throws UnknownImageError unless the image is the one that the handler's source makes, by repository name and digest */
function bundleOf(service: CloudRunService, bundles: HandlerBundles): HandlerName {
  const [, repository, digest] = /([^/@]+)@sha256:([0-9a-f]{64})$/.exec(service.image) ?? [];
  const name = handlerNames.find((handler) => handler === repository);
  if (name === undefined) {
    throw new UnknownImageError(
      `${service.stack}: ${service.name}: expected an image of our own handlers, .../token-broker@sha256:<digest> or .../iap-app@sha256:<digest>, got ${service.image}`,
    );
  }
  if (digest !== bundles[name].digest) {
    throw new UnknownImageError(
      `${service.stack}: ${service.name}: the image's digest ${digest} is not that of the bundle ${name}, ${bundles[name].digest}`,
    );
  }
  return name;
}
