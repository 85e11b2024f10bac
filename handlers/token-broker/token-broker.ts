import type { FastifyInstance } from "fastify";
import { OpenConnections } from "../runtime";
import { createAdminServer } from "./admin-server";
import { Approvals } from "./approval/approvals";
import { Audit } from "./audit/audit";
import { AuditFileWatch } from "./audit/audit-file-watch";
import { FileTrail } from "./audit/audit-trail";
import { LogTrail } from "./audit/log-trail";
import { TokenVerifier } from "./bearer/token-verifier";
import type { TokenBrokerConfig } from "./config";
import { tokenChain } from "./exchange/issue-token";
import { TokenKeeper } from "./keeper/token-keeper";
import { logKeeperEvent } from "./keeper-log";
import { createListener } from "./listener/create-listener";
import { BrokerMetrics } from "./metrics";
import { describePolicy } from "./policy/describe-policy";
import { Policy } from "./policy/policy";
import { lookEvery, Reloading } from "./reloading";
import { RepeatedReads } from "./routes/repeated-reads";
import { createTokenBrokerServer } from "./server";
import { createSource, sourceMilliseconds } from "./sources/create-source";
import type { TokenBrokerTools } from "./token-broker-tools";

export type { TokenBrokerTools } from "./token-broker-tools";

/** Milliseconds for which requests may wait for a first token when the broker is told to end; it has nine seconds. */
const longestFarewell = 6_000;

export interface TokenBroker {
  /** For clients. */
  readonly server: FastifyInstance;
  /** For probes and metrics, where the configuration asks for one. */
  readonly admin: FastifyInstance | undefined;
  readonly keeper: TokenKeeper;
  /** Begins to keep tokens and to look after files and certificates. */
  start(): void;
  /** Looks at all files at once, and opens the audit file anew. */
  reload(): void;
}

/**
 * Puts the broker together; nothing is listened on or fetched yet. Closing the server ends all of it: requests that have
 * begun are finished first.
 *
 * @throws {ConfigurationError} For a bad file.
 */
export async function createTokenBroker(config: TokenBrokerConfig, given: TokenBrokerTools): Promise<TokenBroker> {
  const { clock, logger } = given;
  const metrics = new BrokerMetrics();
  const tools = { ...given, send: metrics.measured(given.send) };
  const now = () => new Date(clock.now().wall);
  const trail = config.audit ? new FileTrail(config.audit.file, logger, now) : new LogTrail(given.auditLogger(), now);
  const audit = new Audit(trail);
  const approvals = new Approvals(clock);
  const listener = createListener(config, logger, metrics);
  const reloading = await Reloading.begin(config, { tools, metrics, audit, listener });

  const source = createSource(config.source, {
    ...tools,
    now,
    providerAudience: config.exchange.audience,
    entraCredential: () => reloading.entraCredential(),
    onAssertionSigned: (certificateThumbprint) =>
      void audit.changed({ event: "assertion_signed", certificateThumbprint }),
  });
  let policy = new Policy(config.policy);
  const keeper = new TokenKeeper(policy.targets, {
    issue: tokenChain(source, config.exchange.audience, tools),
    clock,
    random: tools.random,
    sourceMilliseconds: sourceMilliseconds(config.source),
    onEvent: (event) => {
      metrics.keeperEvent(event);
      logKeeperEvent(logger, event);
    },
  });
  reloading.onPolicy((changed) => {
    policy = changed;
    keeper.keep(policy.targets);
    approvals.withdrawAll();
  });
  // Watching the process costs something, for nothing where nobody can read it.
  if (config.admin !== undefined) {
    metrics.observe({
      tokens: () => keeper.tokens,
      tokensMissing: () => keeper.readiness.kept - keeper.readiness.ready,
      certificateEnds: () => reloading.certificateEnds(),
      auditSequence: () => audit.sequence,
      approvalsPending: () => approvals.pending,
    });
  }

  const subjectTokens = new TokenVerifier(config.tokenIssuers, tools);
  const issuer = config.issuer && { url: config.issuer.url, keys: () => reloading.signingKeys() };
  let isEnding = false;
  const health = { keeper, isEnding: () => isEnding };
  const issuance = { keeper, approvals, audit, clock };
  const reads = new RepeatedReads({ listener, policy: () => policy, issuance, metrics, isEnding: health.isEnding });
  const context = {
    identification: { listener, clock, bearer: config.acceptBearer ? subjectTokens : undefined },
    policy: () => policy,
    issuance,
    metrics,
    reads,
    subjectTokens,
    issuer,
  };
  const server = createTokenBrokerServer({ context, logger, ...health });
  const admin = config.admin && createAdminServer({ metrics, issuer, logger, ...health });
  const adminConnections = admin && new OpenConnections(admin.server);
  server.addHook("preClose", async () => {
    isEnding = true;
    // Nobody need be waited for who waits for somebody else.
    approvals.stop();
    // A request that waits for an upstream that does not answer gets an answer of its own, before the process ends.
    giveUp = setTimeout(() => keeper.stop(), longestFarewell);
  });
  const openAuditAnew = () => {
    audit.reopen();
    // A file that is begun anew describes certificates again.
    reads.forget();
  };
  const auditFile = config.audit && new AuditFileWatch(config.audit.file, logger, openAuditAnew);
  let stopWatching = () => {};
  let giveUp: NodeJS.Timeout | undefined;
  // Requests that wait for a first token are finished before the keeper is stopped.
  server.addHook("onClose", async () => {
    reloading.stop();
    stopWatching();
    clearTimeout(giveUp);
    keeper.stop();
    const stopEnding = adminConnections?.endUnused();
    await admin?.close();
    stopEnding?.();
    await audit.close();
  });
  return {
    server,
    admin,
    keeper,
    start: () => {
      // A policy and a source that came with the start are as much a change as those that come later.
      void audit.changed({
        event: "audit_started",
        source: config.source.kind,
        certificateThumbprint:
          config.source.kind === "entra-client-assertion"
            ? reloading.entraCredential().certificateThumbprint
            : undefined,
        ...describePolicy(config.policy),
      });
      reloading.start();
      if (auditFile !== undefined) stopWatching = clock.every(lookEvery, () => auditFile.check());
      keeper.start();
    },
    reload: () => {
      reloading.now();
      openAuditAnew();
      auditFile?.opened();
    },
  };
}
