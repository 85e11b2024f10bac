import type { X509Certificate } from "node:crypto";
import { Reloadable } from "../runtime";
import type { Audit } from "./audit/audit";
import { type CertificateLife, CertificateWatch } from "./certificate-watch";
import type { PolicyConfig, TokenBrokerConfig } from "./config";
import { readSigningKeys, type SigningKeys, signingKeysOf } from "./issuer/signing-keys";
import type { Listener } from "./listener/listener";
import {
  firstToEndOf,
  type MutualTlsFiles,
  mutualTlsPaths,
  readMutualTlsFiles,
  refuseEndedCertificate,
} from "./listener/mutual-tls-files";
import { MutualTlsListener } from "./listener/mutual-tls-listener";
import type { BrokerMetrics } from "./metrics";
import { describePolicy } from "./policy/describe-policy";
import { Policy } from "./policy/policy";
import { readPolicy } from "./policy-file";
import { type EntraCredential, entraCredentialPaths, readEntraCredential } from "./sources/entra-credential";
import type { TokenBrokerTools } from "./token-broker-tools";

/** Milliseconds between two looks at the files. */
export const lookEvery = 10_000;

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
    this.#watch = new CertificateWatch(() => this.#certificateLives(), tools.clock, tools.logger);
    if (config.listener.kind === "mutual-tls" && listener instanceof MutualTlsListener) {
      const files = config.listener;
      this.#listenerFiles = this.#add(
        "listener",
        mutualTlsPaths(files),
        () => {
          const read = readMutualTlsFiles(files);
          refuseEndedCertificate(read, new Date(tools.clock.now().wall));
          return read;
        },
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
    return new Map([...this.#certificateLives()].map(([certificate, { notAfter }]) => [certificate, notAfter]));
  }

  #certificateLives(): ReadonlyMap<string, CertificateLife> {
    const lives = new Map<string, CertificateLife>();
    const files = this.#listenerFiles?.current;
    if (files !== undefined) {
      lives.set("listener", lifeOf(files.firstToEnd));
      const [authority, ...others] = files.trust.authorities;
      if (authority !== undefined) lives.set("client_ca", lifeOf(firstToEndOf(authority, others)));
    }
    const entra = this.#entraCredential?.current;
    if (entra !== undefined) lives.set("entra", { notBefore: undefined, notAfter: entra.notAfter });
    return lives;
  }

  start(): void {
    this.#stops = [this.#surroundings.tools.clock.every(lookEvery, () => this.#look()), this.#watch.start()];
  }

  /** Looks at all files now. */
  now(): void {
    this.#look();
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
        void this.#surroundings.audit.changed({ event: "policy_changed", ...describePolicy(next) });
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

const lifeOf = ({ validFrom, validTo }: X509Certificate): CertificateLife => ({
  notBefore: new Date(validFrom),
  notAfter: new Date(validTo),
});
