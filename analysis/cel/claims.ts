import type { CelInput } from "@bufbuild/cel";

/** Bounds of what a credential may bring to an evaluation: comprehensions walk it, so its size is time. */
export const claimLimits = { depth: 32, values: 4096, characters: 262_144 } as const;

export class UnreadableClaimsError extends Error {
  override readonly name = "UnreadableClaimsError";
}

/**
 * JSON as CEL sees it: objects become maps by entry, so that a claim named `__proto__` or `constructor` is an ordinary
 * key; numbers are doubles, as in google.protobuf.Struct, so `assertion.n == 1` holds and `assertion.n + 1` has no overload.
 * @throws {UnreadableClaimsError} for what is not JSON, or is larger than `claimLimits`
 */
export function claimsToCel(claims: unknown): CelInput {
  let values = 0;
  let characters = 0;
  const convert = (value: unknown, depth: number): CelInput => {
    values += 1;
    if (values > claimLimits.values) throw new UnreadableClaimsError(`more than ${claimLimits.values} values`);
    if (depth > claimLimits.depth) throw new UnreadableClaimsError(`nested deeper than ${claimLimits.depth} levels`);
    if (value === null || typeof value === "boolean") return value;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    if (typeof value === "string") return counted(value);
    if (Array.isArray(value)) return value.map((item) => convert(item, depth + 1));
    if (typeof value === "object") {
      return new Map(Object.entries(value).map(([key, item]) => [counted(key), convert(item, depth + 1)]));
    }
    throw new UnreadableClaimsError("a value that is not JSON");
  };
  const counted = (text: string): string => {
    characters += text.length;
    if (characters > claimLimits.characters)
      throw new UnreadableClaimsError(`more than ${claimLimits.characters} characters`);
    return text;
  };
  return convert(claims, 0);
}
