/** Limits and names of Cloud Armor. Source: cloud.google.com/armor (security-policy-overview, rule-tuning, rate-limiting-overview, quotas). */
export const cloudArmorLimits = {
  /** Address ranges of one basic rule. */
  rangesOfRule: 10,
  /** The rule that every policy ends with; the highest priority number there is. */
  defaultPriority: 2_147_483_647,
  /** Requests of a rate limit's threshold. */
  rateLimitCount: 1_000_000,
  /** Region codes that one expression compares at most: five subexpressions of one comparison each. */
  subexpressionsOfRule: 5,
} as const;

/** The preconfigured rule sets of the OWASP Core Rule Set 3.3 that fit any web application. */
export const preconfiguredWafRuleSets = [
  "sqli-v33-stable",
  "xss-v33-stable",
  "lfi-v33-stable",
  "rfi-v33-stable",
  "rce-v33-stable",
  "methodenforcement-v33-stable",
  "scannerdetection-v33-stable",
  "protocolattack-v33-stable",
  "php-v33-stable",
  "sessionfixation-v33-stable",
  "java-v33-stable",
  "nodejs-v33-stable",
  "cve-canary",
  "json-sqli-canary",
] as const;
export type PreconfiguredWafRuleSet = (typeof preconfiguredWafRuleSets)[number];

/** A signature of a rule set: `owasp-crs-v030301-id942350-sqli`, or `google-mrs-v202112-id1-cve`. */
export const wafSignaturePattern = /^(owasp-crs|google-mrs)-v[0-9]{6}-id[0-9]{1,8}-[a-z]{2,20}$/;

/** Seconds over which a rate limit counts. */
export const rateLimitIntervals = [10, 30, 60, 120, 180, 240, 270, 300, 600, 900, 1200, 1800, 2700, 3600] as const;
export type RateLimitInterval = (typeof rateLimitIntervals)[number];
