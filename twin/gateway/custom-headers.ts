import type { HeaderField } from "./request-headers";

/** Values of a load balancer's header variables, without braces; one that is not given resolves to nothing. */
export type HeaderVariables = Readonly<Record<string, string>>;

/**
 * Expands a backend's custom_request_headers or custom_response_headers (`Name:value`, where `{variable}` stands for a
 * value of the load balancer, `{{` and `}}` for braces). A header whose value comes out empty is still listed, so that
 * the caller removes what the client sent under its name.
 * Source: cloud.google.com/load-balancing/docs/https/custom-headers.
 */
export function expandCustomHeaders(headers: readonly string[], variables: HeaderVariables): readonly HeaderField[] {
  return headers.flatMap((header) => {
    const colon = header.indexOf(":");
    if (colon < 1) return [];
    const value = header
      .slice(colon + 1)
      .replace(/\{\{|\}\}|\{([a-z0-9_]+)\}/g, (match, variable: string | undefined) => {
        if (variable === undefined) return match.slice(1);
        return Object.hasOwn(variables, variable) ? (variables[variable] ?? "") : "";
      });
    return [{ name: header.slice(0, colon).trim(), value: value.trim() }];
  });
}
