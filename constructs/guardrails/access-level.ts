import { AccessContextManagerAccessLevel } from "@cdktf/provider-google/lib/access-context-manager-access-level";
import { Construct } from "constructs";
import { type ConstructPlace, requireForm, requireProperty, requireSome } from "../federation/property-error";
import { requirePlainText } from "../federation/property-text";
import { isReference } from "../federation/reference";
import { requireAddressRanges } from "./ip-range";

export interface AccessLevelProps {
  /** `accessPolicies/NUMBER`. */
  readonly accessPolicy: string;
  /** A letter first, then letters, digits and _; at most 50 characters. */
  readonly name: string;
  /** For people; at most 200 characters. */
  readonly title: string;
  /** Public address ranges from which the level holds; host bits are zero. */
  readonly addressRanges: readonly string[];
  /** ISO 3166-1 alpha-2 codes; the level holds only from these regions as well. */
  readonly regions?: readonly string[];
}

/** Ranges that Access Context Manager refuses: it looks at public addresses. */
const privateRange = /^(10\.|192\.168\.|172\.(1[6-9]|2[0-9]|3[01])\.|127\.|169\.254\.|f[cd])/i;

/**
 * An access level: where a request comes from. It counts in the ingress rules of a service perimeter, and in IAM
 * conditions of Identity-Aware Proxy; in conditions of other roles it does not work.
 * Source: cloud.google.com/access-context-manager/docs/access-level-attributes.
 *
 * @throws PropertyError for a range out of form, and for none, which would mean every address
 */
export class AccessLevel extends Construct {
  /** `accessPolicies/NUMBER/accessLevels/NAME`; conditions compare it by letter case too. */
  readonly name: string;

  constructor(scope: Construct, id: string, props: AccessLevelProps) {
    super(scope, id);
    const { accessPolicy, name, title, addressRanges, regions } = props;
    requireAccessPolicy(this, accessPolicy);
    requireForm(this, "name", name, /^[A-Za-z][A-Za-z0-9_]{0,49}$/, "expected letters, digits and _, a letter first");
    requirePlainText(this, "title", title, 200);
    requireAddressRanges(this, "addressRanges", addressRanges);
    for (const range of addressRanges) {
      const rule = "expected a public range: a private one is named by its VPC network";
      requireProperty(this, "addressRanges", range, !privateRange.test(range), rule);
      const narrow = "expected a narrower range: this one is every address";
      requireProperty(this, "addressRanges", range, !range.endsWith("/0"), narrow);
    }
    for (const region of regions === undefined ? [] : requireSome(this, "regions", regions))
      requireForm(this, "regions", region, /^[A-Z]{2}$/, "expected an ISO 3166-1 alpha-2 code in capitals");
    const level = new AccessContextManagerAccessLevel(this, "level", {
      parent: accessPolicy,
      name: `${accessPolicy}/accessLevels/${name}`,
      title,
      basic: {
        conditions: [{ ipSubnetworks: [...addressRanges], ...(regions !== undefined && { regions: [...regions] }) }],
      },
    });
    this.name = level.name;
  }
}

/**
 * Full names of access levels, or references to them.
 *
 * @throws PropertyError for another form, such as `*`, and for none, which would mean every caller
 */
export function requireAccessLevels(scope: ConstructPlace, property: string, levels: readonly string[]): string[] {
  const rule = "expected the full name of an access level: accessPolicies/NUMBER/accessLevels/NAME";
  for (const level of requireSome(scope, property, levels)) {
    const isLevel =
      isReference(level) || /^accessPolicies\/[0-9]{1,25}\/accessLevels\/[A-Za-z][A-Za-z0-9_]{0,49}$/.test(level);
    requireProperty(scope, property, level, isLevel, rule);
  }
  return [...levels];
}

/** @throws PropertyError unless it is `accessPolicies/NUMBER`, or a reference to one */
export function requireAccessPolicy(scope: Construct, accessPolicy: string): void {
  const number = accessPolicy.replace(/^accessPolicies\//, "");
  const isPolicy = accessPolicy !== number && (/^[0-9]{1,25}$/.test(number) || isReference(number));
  requireProperty(scope, "accessPolicy", accessPolicy, isPolicy, "expected accessPolicies/NUMBER");
}
