/** A place in a JSON document: names of members and numbers of items. */
export type JsonPath = readonly (string | number)[];

export type JsonDocument =
  | { readonly ok: true; readonly value: unknown }
  /** Where the text stops being JSON, as far as the engine tells; lines and columns count from 1. */
  | { readonly ok: false; readonly kind: "no_json"; readonly at?: { readonly line: number; readonly column: number } }
  /** Members that stand twice in one object. */
  | { readonly ok: false; readonly kind: "repeated"; readonly paths: readonly JsonPath[] };

/**
 * Reads a JSON document that somebody may have written by hand: a byte order mark counts as nothing, and a member that stands
 * twice is refused, where JSON.parse would let the last one count and a reader believes the first (RFC 8259 §4).
 */
export function parseJsonDocument(text: string): JsonDocument {
  const document = text.replace(/^\ufeff/, "");
  let value: unknown;
  try {
    value = JSON.parse(document);
  } catch (error) {
    // Of the engine's words only the number: they quote the text around the fault, which may be a secret.
    const [, position] = (error instanceof Error ? / at position (\d+)/.exec(error.message) : null) ?? [];
    return position === undefined
      ? { ok: false, kind: "no_json" }
      : { ok: false, kind: "no_json", at: lineAndColumn(document, Number(position)) };
  }
  const paths = repeatedMembers(document);
  return paths.length === 0 ? { ok: true, value } : { ok: false, kind: "repeated", paths };
}

function lineAndColumn(text: string, position: number): { line: number; column: number } {
  const lines = text.slice(0, position).split("\n");
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

interface Container {
  /** Of an object: the names so far. */
  readonly names?: Set<string>;
  /** Where in it the reading is. */
  step: string | number;
  awaitsName: boolean;
}

/** @param text Valid JSON. */
function repeatedMembers(text: string): JsonPath[] {
  const open: Container[] = [];
  const repeated: JsonPath[] = [];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],]/g)) {
    const inside = open.at(-1);
    if (token === "{") open.push({ names: new Set(), step: "", awaitsName: true });
    else if (token === "[") open.push({ step: 0, awaitsName: false });
    else if (token === "}" || token === "]") open.pop();
    else if (token === "," && inside?.names !== undefined) inside.awaitsName = true;
    else if (token === "," && typeof inside?.step === "number") inside.step++;
    else if (inside?.names !== undefined && inside.awaitsName) {
      const name = String(JSON.parse(token));
      inside.step = name;
      inside.awaitsName = false;
      if (inside.names.has(name)) repeated.push(open.map(({ step }) => step));
      inside.names.add(name);
    }
  }
  return repeated;
}
