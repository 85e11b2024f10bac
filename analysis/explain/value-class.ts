/**
 * What kind of value a claim has, in words that do not give it away: a token's content belongs into no terminal, log or
 * ticket.
 */
export function valueClass(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (typeof value === "boolean") return "a truth value";
  if (typeof value === "number") return "a number";
  if (typeof value === "string") return textClass(value);
  if (Array.isArray(value)) {
    if (value.length === 0) return "an empty list";
    const kinds = new Set(value.map((item) => (typeof item === "string" ? "texts" : "values of other kinds")));
    return `a list of ${value.length} ${kinds.size === 1 ? [...kinds][0] : "values"}`;
  }
  return `an object of ${Object.keys(value).length} entries`;
}

const forms: readonly (readonly [RegExp, string])[] = [
  [/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i, "an id in the form of a UUID"],
  [/^[0-9]+$/, "a text of digits"],
  [/^refs\/heads\/./, "a branch"],
  [/^refs\/tags\/./, "a tag"],
  [/^refs\/pull\/[0-9]+\//, "a pull request"],
  [/^repo:[^:]+:pull_request$/, "a workflow on a pull request"],
  [/^spiffe:\/\/./, "a SPIFFE id"],
  [/^arn:aws[a-z-]*:/, "an ARN of AWS"],
  [/^https?:\/\//, "a URL"],
  [/^[^@\s]+@[^@\s]+\.[^@\s]+$/, "an e-mail address"],
];

function textClass(value: string): string {
  if (value === "") return "an empty text";
  const form = forms.find(([pattern]) => pattern.test(value))?.[1];
  return form ?? `a text of ${value.length} characters`;
}

/** How a value misses a text that a condition compares it with; undefined where they have nothing in common. */
export function nearMiss(value: unknown, expected: string): string | undefined {
  if (typeof value === "number" || typeof value === "boolean")
    return String(value) === expected ? `the same, but ${valueClass(value)} where a text is compared` : undefined;
  if (typeof value !== "string" || value === expected || value === "" || expected === "") return undefined;
  if (value.toLowerCase() === expected.toLowerCase()) return "the same but for upper and lower case";
  if (value.trim() === expected.trim()) return "the same but for spaces around it";
  if (value.replace(/\/$/, "") === expected.replace(/\/$/, "")) return "the same but for a slash at the end";
  if (value.startsWith(expected)) return "longer: it begins with what is compared";
  if (expected.startsWith(value)) return "shorter: what is compared begins with it";
  return undefined;
}

/** Names of claims as they may be shown: whoever makes a token chooses them, too. */
export const claimName = (name: string): string => (/^[A-Za-z0-9_.:/-]{1,64}$/.test(name) ? name : "(an odd name)");
