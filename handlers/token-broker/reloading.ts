import { createHash } from "node:crypto";
import { Reloadable } from "../runtime";
import type { Audit } from "./audit/audit";
import { CertificateWatch } from "./certificate-watch";
import type { PolicyConfig, TokenBrokerConfig } from "./config";
import { readSigningKeys, type SigningKeys, signingKeysOf } from "./issuer/signing-keys";
import type { Listener } from "./listener/listener";
import { type MutualTlsFiles, mutualTlsPaths, readMutualTlsFiles } from "./listener/mutual-tls-files";
import { MutualTlsListener } from "./listener/mutual-tls-listener";
import type { BrokerMetrics } from "./metrics";
import { Policy } from "./policy/policy";
import { readPolicy } from "./policy-file";
import { type EntraCredential, entraCredentialPaths, readEntraCredential } from "./sources/entra-credential";
import type { TokenBrokerTools } from "./token-broker-tools";

/** Milliseconds between two looks at the files. */
const lookEvery = 10_000;

interface Surroundings {
  readonly tools: TokenBrokerTools;
  readonly metrics: BrokerMetrics;
  readonly audit: Audit;
  readonly listener: Listener;
}

/** Everything of the broker that comes from files which may change while it runs. */
export class Reloading {
  readonly #surroundings: Surroundings;
  readonly #watched: { check(): boolean }[] = [];
  readonly #watch: CertificateWatch;
  #listenerFiles: Reloadable<MutualTlsFiles> | undefined;
  #entraCredential: Reloadable<EntraCredential> | undefined;
  #signingKeys: SigningKeys | undefined;
  #onPolicy: (policy: Policy) => void = () => undefined;
  #stops: (() => void)[] = [];

  /** Reads all files for the first time. @throws {ConfigurationError} */
  static async begin(config: TokenBrokerConfig, surroundings: Surroundings): Promise<Reloading> {
    const reloading = new Reloading(config, surroundings);
    if (config.issuer !== undefined) await reloading.#beginSigningKeys(config.issuer.signingKeyFiles);
    return reloading;
  }

  private constructor(config: TokenBrokerConfig, surroundings: Surroundings) {
    this.#surroundings = surroundings;
    const { tools, listener } = surroundings;
    this.#watch = new CertificateWatch(() => this.certificateEnds(), tools.clock, tools.logger);
    if (config.listener.kind === "mutual-tls" && listener instanceof MutualTlsListener) {
      const files = config.listener;
      this.#listenerFiles = this.#add(
        "listener",
        mutualTlsPaths(files),
        () => readMutualTlsFiles(files),
        (next) => listener.use(next),
      );
    }
    if (config.source.kind === "entra-client-assertion") this.#beginEntraCredential(config.source);
    if (tools.configurationFile !== undefined) this.#beginPolicy(tools.configurationFile, config);
  }

  entraCredential(): EntraCredential {
    if (this.#entraCredential === undefined) throw new TypeError("the source has no credential of its own");
    return this.#entraCredential.current;
  }

  signingKeys(): SigningKeys {
    if (this.#signingKeys === undefined) throw new TypeError("the broker is no issuer");
    return this.#signingKeys;
  }

  /** @param callback Called with each new policy. */
  onPolicy(callback: (policy: Policy) => void): void {
    this.#onPolicy = callback;
  }

  /** When each certificate of the broker ends, by what it is. */
  certificateEnds(): ReadonlyMap<string, Date> {
    const ends = new Map<string, Date>();
    const files = this.#listenerFiles?.current;
    if (files !== undefined) {
      ends.set("listener", new Date(files.certificate.validTo));
      const authorities = files.trust.authorities.map(({ validTo }) => new Date(validTo).getTime());
      ends.set("client_ca", new Date(Math.min(...authorities)));
    }
    if (this.#entraCredential !== undefined) ends.set("entra", this.#entraCredential.current.notAfter);
    return ends;
  }

  start(): void {
    this.#stops = [this.#surroundings.tools.clock.every(lookEvery, () => this.#look()), this.#watch.start()];
  }

  /** Looks at all files now. */
  now(): void {
    this.#look();
    this.#surroundings.audit.reopen();
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  #look(): void {
    for (const each of this.#watched) each.check();
  }

  #add<Value>(
    what: string,
    files: readonly string[],
    load: () => Value,
    onReload: (value: Value, previous: Value) => void,
  ): Reloadable<Value> {
    const { tools, metrics } = this.#surroundings;
    const reloadable = new Reloadable({
      what,
      files,
      load,
      logger: tools.logger,
      onReload: (value, previous) => {
        onReload(value, previous);
        metrics.reloaded(what, "accepted");
      },
      onFailure: () => metrics.reloaded(what, "refused"),
    });
    this.#watched.push(reloadable);
    return reloadable;
  }

  #beginEntraCredential(source: Parameters<typeof entraCredentialPaths>[0]): void {
    const { tools, audit } = this.#surroundings;
    const load = () => readEntraCredential(source, new Date(tools.clock.now().wall));
    this.#entraCredential = this.#add("source", entraCredentialPaths(source), load, ({ certificateThumbprint }) => {
      void audit.changed({ event: "source_changed", certificateThumbprint });
    });
  }

  #beginPolicy(file: string, config: TokenBrokerConfig): void {
    this.#add<PolicyConfig>(
      "policy",
      [file],
      () => readPolicy(file, config),
      (next, previous) => {
        if (JSON.stringify(next) === JSON.stringify(previous)) return;
        this.#onPolicy(new Policy(next));
        const policySha256 = createHash("sha256").update(JSON.stringify(next)).digest("hex");
        const clients = next.clients.map(({ name }) => name);
        void this.#surroundings.audit.changed({ event: "policy_changed", policySha256, clients });
      },
    );
  }

  async #beginSigningKeys(files: readonly string[]): Promise<void> {
    const { logger } = this.#surroundings.tools;
    const keys = this.#add(
      "issuer",
      files,
      () => readSigningKeys(files),
      (next) => {
        signingKeysOf(next).then(
          (ready) => {
            this.#signingKeys = ready;
          },
          (error: unknown) => logger.error({ err: error }, "the new signing keys cannot be used"),
        );
      },
    );
    this.#signingKeys = await signingKeysOf(keys.current);
  }
}
