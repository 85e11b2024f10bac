/** Parameters of a form, each once. */
export type FormParameters =
  | { readonly ok: true; readonly parameters: ReadonlyMap<string, string> }
  | { readonly ok: false; readonly reason: "parameter_repeated" | "parameter_malformed"; readonly hint?: string };

const mostParameters = 50;

/**
 * Reads the body of a token request: a parameter without a value counts as left out, and none may stand twice (RFC 6749
 * §3.2). Lenient parsers take the first or the last of two, and two parsers in a row can differ.
 */
export function readFormParameters(body: string): FormParameters {
  const parameters = new Map<string, string>();
  const seen = new Set<string>();
  if (body === "") return { ok: true, parameters };
  const pairs = body.split("&");
  if (pairs.length > mostParameters) return { ok: false, reason: "parameter_malformed" };
  for (const pair of pairs) {
    const separator = pair.indexOf("=");
    const name = decode(separator < 0 ? pair : pair.slice(0, separator));
    const value = decode(separator < 0 ? "" : pair.slice(separator + 1));
    if (name === undefined || value === undefined || name === "") return { ok: false, reason: "parameter_malformed" };
    if (seen.has(name)) {
      // A name of the client's own making is not said back to it.
      return { ok: false, reason: "parameter_repeated", ...(/^[a-z_]{1,40}$/.test(name) && { hint: name }) };
    }
    seen.add(name);
    if (value !== "") parameters.set(name, value);
  }
  return { ok: true, parameters };
}

function decode(text: string): string | undefined {
  try {
    const decoded = decodeURIComponent(text.replaceAll("+", " "));
    // RFC 6749 appendix A: no parameter has control characters.
    return /[\p{Cc}]/u.test(decoded) ? undefined : decoded;
  } catch {
    return undefined;
  }
}
