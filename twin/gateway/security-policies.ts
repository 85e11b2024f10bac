import { BlockList, isIP } from "node:net";
import type { JsonObject, Resource } from "../../analysis";
import type { ResourceStore } from "../store/resource-store";
import type { Backend } from "./backends";
import { DerivedValues } from "./derived-values";
import { block, blocks, digits, flag, refersTo, text, texts } from "./resource-values";

/** A rule of a Cloud Armor policy, as far as the twin can evaluate it. */
interface SecurityRule {
  readonly priority: number;
  readonly action: string;
  /** Undefined where the match is an expression, which the twin knows nothing to evaluate by: no regions, no attack signatures. */
  readonly matches: ((address: string) => boolean) | undefined;
  readonly limit: { readonly count: number; readonly seconds: number; readonly banSeconds: number } | undefined;
}

interface SecurityPolicy {
  readonly name: string;
  readonly rules: readonly SecurityRule[];
}

/** What a policy says of a request; nothing where it lets it through. */
export interface SecurityRefusal {
  readonly status: number;
  readonly policy: string;
  readonly priority: number;
}

/** Requests of one address under one rule. */
interface Count {
  since: number;
  requests: number;
  bannedUntil: number;
}

/** Addresses that are counted at most; beyond, all counts begin anew. */
const maximumCounts = 10_000;

/**
 * Cloud Armor in front of a backend: the first rule by priority whose match holds decides, before IAP is asked.
 * Source: cloud.google.com/armor/docs/security-policy-overview#eval-order, rate-limiting-overview.
 */
export class SecurityPolicies {
  readonly #store: ResourceStore;
  readonly #policies: DerivedValues<SecurityPolicy | undefined>;
  readonly #counts = new Map<string, Count>();

  constructor(store: ResourceStore) {
    this.#store = store;
    this.#policies = new DerivedValues(store);
  }

  /** @param address of the client; @param now milliseconds since 1970 */
  check(backend: Backend, address: string | undefined, now: number): SecurityRefusal | undefined {
    const { stack, securityPolicy } = backend;
    if (securityPolicy === undefined) return undefined;
    const policy = this.#policies.get(`${stack}\n${securityPolicy}`, () => this.#read(stack, securityPolicy));
    // A policy that is named and not there lets nobody through.
    if (policy === undefined) return { status: 503, policy: securityPolicy, priority: 0 };
    const client = plainAddress(address);
    for (const rule of policy.rules) {
      if (rule.matches?.(client) !== true) continue;
      const status = this.#decide(rule, `${policy.name}\n${rule.priority}\n${client}`, now);
      return status === undefined ? undefined : { status, policy: policy.name, priority: rule.priority };
    }
    return undefined;
  }

  /** Status of the refusal; undefined where the rule lets the request through. */
  #decide({ action, limit }: SecurityRule, key: string, now: number): number | undefined {
    const denied = /^deny\((\d{3})\)$/.exec(action)?.[1];
    if (denied !== undefined) return Number(denied);
    if (limit === undefined) return undefined;
    const count = this.#count(key, limit.seconds * 1000, now);
    if (now < count.bannedUntil) return 429;
    count.requests += 1;
    if (count.requests <= limit.count) return undefined;
    if (limit.banSeconds > 0) count.bannedUntil = now + limit.banSeconds * 1000;
    return 429;
  }

  #count(key: string, interval: number, now: number): Count {
    const known = this.#counts.get(key);
    if (known !== undefined && now - known.since < interval && now >= known.since) return known;
    if (this.#counts.size >= maximumCounts) this.#counts.clear();
    const fresh = { since: now, requests: 0, bannedUntil: known?.bannedUntil ?? 0 };
    this.#counts.set(key, fresh);
    return fresh;
  }

  #read(stack: string, reference: string): SecurityPolicy | undefined {
    const resource: Resource | undefined = this.#store.find(
      "google_compute_security_policy",
      (candidate) => candidate.stack === stack && refersTo(reference, candidate),
    );
    if (resource === undefined) return undefined;
    const rules = blocks(resource.values, "rule")
      .filter((rule) => !flag(rule, "preview"))
      .map(readRule)
      .sort((one, other) => one.priority - other.priority);
    return { name: text(resource.values, "name") ?? reference, rules };
  }
}

function readRule(rule: JsonObject): SecurityRule {
  const match = block(rule, "match") ?? {};
  const config = block(match, "config");
  const options = block(rule, "rate_limit_options");
  const threshold = options && block(options, "rate_limit_threshold");
  const number = (values: JsonObject | undefined, name: string) => Number((values && digits(values, name)) ?? 0);
  return {
    priority: number(rule, "priority"),
    action: text(rule, "action") ?? "",
    matches: config && matcherOf(texts(config, "src_ip_ranges")),
    limit: threshold && {
      count: number(threshold, "count"),
      seconds: number(threshold, "interval_sec"),
      banSeconds: number(options, "ban_duration_sec"),
    },
  };
}

function matcherOf(ranges: readonly string[]): (address: string) => boolean {
  if (ranges.includes("*")) return () => true;
  const list = new BlockList();
  for (const range of ranges) {
    const [network = "", prefix] = range.split("/");
    const version = isIP(network);
    if (version === 0) continue;
    const family = version === 4 ? "ipv4" : "ipv6";
    list.addSubnet(network, Number(prefix ?? (version === 4 ? 32 : 128)), family);
  }
  return (address) => isIP(address) !== 0 && list.check(address, isIP(address) === 4 ? "ipv4" : "ipv6");
}

/** An IPv4 address that a socket for both versions gives as `::ffff:a.b.c.d`. */
const plainAddress = (address: string | undefined): string => (address ?? "").replace(/^::ffff:(?=\d+\.)/i, "");
