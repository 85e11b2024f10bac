import { objectIdPattern } from "../directory/membership";

/** In whose name a transaction runs: what the policies know of a person. */
export interface Reader {
  /** From a verified assertion. */
  readonly principal: string;
  /** Object ids of the person's groups, from the directory. */
  readonly groups: readonly string[];
  /** Principals of the people whose manager the person is, from the directory. */
  readonly reports: readonly string[];
}

/** A principal holds neither blank nor control character, which is what lists of them rest on. */
const principalPattern = /^[^\s\p{C}]+$/u;

/**
 * The values of keyless.principal, keyless.groups and keyless.reports.
 *
 * @throws TypeError for what could be read as more than one entry of a list, or would stand for nobody in particular.
 */
export function readerSettings({ principal, groups, reports }: Reader): readonly [string, string, string] {
  if (!principalPattern.test(principal)) throw new TypeError("the reader has no principal");
  if (!groups.every((group) => objectIdPattern.test(group))) throw new TypeError("a group is not an object id");
  if (!reports.every((report) => principalPattern.test(report))) throw new TypeError("a report is not a principal");
  return [principal, groups.join(" "), reports.join(" ")];
}

/**
 * Sets all three until the end of the transaction, however it ends, so that nobody inherits them.
 *
 * @param principal and the others as SQL: a parameter, or a quoted literal.
 */
export const settingsWith = (principal: string, groups: string, reports: string): string =>
  `select set_config('keyless.principal', ${principal}, true), set_config('keyless.groups', ${groups}, true), set_config('keyless.reports', ${reports}, true)`;
