import {
  ComputeSecurityPolicy,
  type ComputeSecurityPolicyRule,
} from "@cdktf/provider-google/lib/compute-security-policy";
import { Construct } from "constructs";
import {
  cloudArmorLimits,
  type PreconfiguredWafRuleSet,
  type RateLimitInterval,
  rateLimitIntervals,
} from "../../facts/cloud-armor";
import { requireProjectId } from "../federation/project-id";
import { requireFlag, requireList, requireProperty } from "../federation/property-error";
import { requireMatch, resourceNamePattern } from "../gateway/property-rules";
import { requireAddressRanges } from "./ip-range";
import { denyRegions, wafExpression } from "./waf-expression";

/** A rule set that looks for attacks, and what of it is left out. */
export interface WafRuleSet {
  readonly ruleSet: PreconfiguredWafRuleSet;
  /** Signatures that match the application's own requests. */
  readonly optOut?: readonly string[];
}

export interface RateLimit {
  /** Requests of one client address that are let through in an interval; 1 to 1,000,000. */
  readonly requests: number;
  readonly intervalSeconds: RateLimitInterval;
  /** Seconds for which a client that went over is refused altogether; without, only what is over the limit is. */
  readonly banSeconds?: number;
}

export interface CloudArmorProps {
  readonly projectId: string;
  /** Name of the security policy. */
  readonly name: string;
  /** Ranges from which nobody gets through. */
  readonly deniedRanges?: readonly string[];
  /** ISO 3166-1 alpha-2 codes of regions from which nobody gets through. */
  readonly deniedRegions?: readonly string[];
  /** Rule sets in place of the standard ones (SQL injection, cross-site scripting, file inclusion, protocol attacks); an empty list looks for none. */
  readonly wafRuleSets?: readonly WafRuleSet[];
  /** How much the rule sets suspect: 1, the default, has the fewest false alarms; 4 the most. */
  readonly wafSensitivity?: 1 | 2 | 3 | 4;
  /** Whether the rule sets only log what they would refuse. True until their log has been read. */
  readonly wafPreview?: boolean;
  readonly rateLimit: RateLimit;
  /** Ranges from which requests are let through at all; without, from everywhere. */
  readonly allowedRanges?: readonly string[];
  /** Whether Google watches for floods and proposes rules. */
  readonly adaptiveProtection?: boolean;
}

/** For applications of any language behind JSON and form requests. */
const standardRuleSets: readonly WafRuleSet[] = [
  { ruleSet: "sqli-v33-stable" },
  { ruleSet: "xss-v33-stable" },
  { ruleSet: "lfi-v33-stable" },
  { ruleSet: "rfi-v33-stable" },
  { ruleSet: "rce-v33-stable" },
  { ruleSet: "protocolattack-v33-stable" },
  { ruleSet: "scannerdetection-v33-stable" },
  { ruleSet: "sessionfixation-v33-stable" },
];

/** Where each kind of rule begins. The first rule that matches decides, so what refuses stands before what lets through. */
const priorities = { deniedRanges: 1_000, deniedRegions: 2_000, waf: 3_000, admitted: 10_000 } as const;

/**
 * A Cloud Armor policy for a backend of the load balancer: denied addresses, denied regions, attacks, then the rate
 * limit, then the rest. A rule that admits or throttles ends the evaluation, so one before the attack rules would make
 * them unreachable; here the order cannot be got wrong. It is evaluated before Identity-Aware Proxy.
 * Source: cloud.google.com/armor/docs/security-policy-overview#eval-order.
 *
 * @throws PropertyError for a range, region, signature, name or number out of its form
 */
export class CloudArmor extends Construct {
  readonly policy: ComputeSecurityPolicy;

  constructor(scope: Construct, id: string, props: CloudArmorProps) {
    super(scope, id);
    this.#check(props);
    this.policy = new ComputeSecurityPolicy(this, "policy", {
      project: requireProjectId(this, props.projectId),
      name: props.name,
      type: "CLOUD_ARMOR",
      description: "Denied addresses and regions, attacks, rate limit, in this order",
      // Attacks in JSON bodies are seen as well as in forms.
      advancedOptionsConfig: { jsonParsing: "STANDARD", logLevel: "VERBOSE" },
      ...(requireFlag(this, "adaptiveProtection", props.adaptiveProtection) && {
        adaptiveProtectionConfig: { layer7DdosDefenseConfig: { enable: true, ruleVisibility: "STANDARD" } },
      }),
      rule: [
        ...this.#denied(props),
        ...this.#attacks(props),
        ...this.#admitted(props),
        ranges("Everything else", cloudArmorLimits.defaultPriority, ["*"], {
          action: props.allowedRanges === undefined ? "allow" : "deny(403)",
        }),
      ],
    });
  }

  #denied({ deniedRanges, deniedRegions }: CloudArmorProps): readonly ComputeSecurityPolicyRule[] {
    const byRange = chunks(deniedRanges ?? []).map((chunk, index) =>
      ranges("Denied addresses", priorities.deniedRanges + index, chunk, { action: "deny(403)" }),
    );
    const byRegion = denyRegions(this, deniedRegions ?? []).map((expression, index) => ({
      description: "Denied regions",
      action: "deny(403)",
      priority: priorities.deniedRegions + index,
      preview: false,
      match: { expr: { expression } },
    }));
    return [...byRange, ...byRegion];
  }

  #attacks({ wafRuleSets, wafSensitivity = 1, wafPreview = true }: CloudArmorProps) {
    const preview = requireFlag(this, "wafPreview", wafPreview);
    return (wafRuleSets ?? standardRuleSets).map(({ ruleSet, optOut = [] }, index) => ({
      description: `Attacks: ${ruleSet}`,
      action: "deny(403)",
      priority: priorities.waf + index,
      preview,
      match: { expr: { expression: wafExpression(this, ruleSet, wafSensitivity, optOut) } },
    }));
  }

  /** A throttle lets through what keeps to the limit, so it may only match who is admitted at all. */
  #admitted({ allowedRanges, rateLimit }: CloudArmorProps): readonly ComputeSecurityPolicyRule[] {
    const { requests, intervalSeconds, banSeconds } = rateLimit;
    return chunks(allowedRanges ?? ["*"]).map((chunk, index) =>
      ranges("Rate limit", priorities.admitted + index, chunk, {
        action: banSeconds === undefined ? "throttle" : "rate_based_ban",
        rateLimitOptions: {
          conformAction: "allow",
          exceedAction: "deny(429)",
          enforceOnKey: "IP",
          rateLimitThreshold: { count: requests, intervalSec: intervalSeconds },
          ...(banSeconds !== undefined && { banDurationSec: banSeconds }),
        },
      }),
    );
  }

  #check({ name, deniedRanges, allowedRanges, rateLimit, wafRuleSets }: CloudArmorProps): void {
    requireMatch(this, "name", name, resourceNamePattern, "expected 1 to 63 of a-z, 0-9 and -, a letter first");
    if (deniedRanges !== undefined) requireAddressRanges(this, "deniedRanges", deniedRanges);
    if (allowedRanges !== undefined) requireAddressRanges(this, "allowedRanges", allowedRanges);
    const { requests, intervalSeconds, banSeconds } = rateLimit;
    const most = cloudArmorLimits.rateLimitCount;
    const counts = Number.isInteger(requests) && requests >= 1 && requests <= most;
    requireProperty(this, "rateLimit.requests", `${requests}`, counts, `expected a whole number from 1 to ${most}`);
    const isInterval = rateLimitIntervals.includes(intervalSeconds);
    const intervals = `expected one of ${rateLimitIntervals.join(", ")}`;
    requireProperty(this, "rateLimit.intervalSeconds", `${intervalSeconds}`, isInterval, intervals);
    const bans = banSeconds === undefined || (Number.isInteger(banSeconds) && banSeconds >= 60 && banSeconds <= 86_400);
    requireProperty(this, "rateLimit.banSeconds", `${banSeconds}`, bans, "expected 60 to 86400 seconds");
    if (wafRuleSets !== undefined) requireList(this, "wafRuleSets", wafRuleSets);
    const sets = (wafRuleSets ?? []).map(({ ruleSet }) => ruleSet);
    const twice = sets.find((set, index) => sets.indexOf(set) !== index);
    requireProperty(this, "wafRuleSets", twice ?? "", twice === undefined, "expected each rule set once");
  }
}

function ranges(
  description: string,
  priority: number,
  srcIpRanges: readonly string[],
  rest: Pick<ComputeSecurityPolicyRule, "action" | "rateLimitOptions">,
): ComputeSecurityPolicyRule {
  const match = { versionedExpr: "SRC_IPS_V1", config: { srcIpRanges: [...srcIpRanges] } };
  return { description, priority, preview: false, match, ...rest };
}

function chunks(values: readonly string[]): readonly (readonly string[])[] {
  const size = cloudArmorLimits.rangesOfRule;
  return Array.from({ length: Math.ceil(values.length / size) }, (_, index) =>
    values.slice(index * size, (index + 1) * size),
  );
}
