/** What a registry asks for before it does something. */
export type Challenge =
  | { readonly scheme: "basic" }
  | { readonly scheme: "bearer"; readonly realm: string; readonly service?: string; readonly scope?: string };

const parameter = /\s*([A-Za-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))\s*(?:,|$)/y;

/**
 * The challenge of a WWW-Authenticate header, if it is of a kind that registries use.
 * Source: RFC 9110 §11.6.1; distribution.github.io/distribution/spec/auth/token.
 */
export function parseChallenge(header: string | null): Challenge | undefined {
  if (header === null || header.length > 4_096) return undefined;
  const [, scheme, rest] = /^\s*(Basic|Bearer)(?:\s+(.*))?$/is.exec(header) ?? [];
  if (scheme === undefined) return undefined;
  if (scheme.toLowerCase() === "basic") return { scheme: "basic" };
  const values = parametersOf(rest ?? "");
  const realm = values?.get("realm");
  if (realm === undefined) return undefined;
  const service = values?.get("service");
  const scope = values?.get("scope");
  return { scheme: "bearer", realm, ...(service !== undefined && { service }), ...(scope !== undefined && { scope }) };
}

function parametersOf(text: string): ReadonlyMap<string, string> | undefined {
  const values = new Map<string, string>();
  parameter.lastIndex = 0;
  while (parameter.lastIndex < text.length) {
    const match = parameter.exec(text);
    const [, name = "", quoted, plain = ""] = match ?? [];
    const key = name.toLowerCase();
    // The same parameter twice could be read in two ways.
    if (match === null || values.has(key)) return undefined;
    values.set(key, quoted?.replace(/\\(.)/g, "$1") ?? plain);
  }
  return values;
}
