/** A request target whose path has exactly one reading, so that routing and the app behind cannot differ. */
export type RequestTarget =
  | { readonly ok: true; readonly path: string; readonly query: string; readonly target: string }
  | { readonly ok: false; readonly reason: RequestTargetRefusal };

export type RequestTargetRefusal =
  | "not_origin_form"
  | "forbidden_character"
  | "malformed_escape"
  | "encoded_separator"
  | "encoded_control_character"
  | "empty_segment"
  | "dot_segment";

/** RFC 3986 §2.3; their escapes are a second spelling of the same path. */
const unreserved = /^[A-Za-z0-9._~-]$/;
/** RFC 3986 pchar and "/", with "%" left for the escapes; a backslash is a separator to some servers. */
const pathCharacters = /^[A-Za-z0-9._~!$&'()*+,;=:@%/-]*$/;
/** What a browser may send after "?": printable ASCII without "#". */
const queryCharacters = /^[\x21\x22\x24-\x7e]*$/;

/**
 * Reads the request target in origin form (RFC 9112 §3.2.1). Escaped unreserved characters are decoded, as RFC 3986
 * §6.2.2.2 allows; whatever two servers could read in two ways is refused rather than mended: encoded slashes and
 * backslashes, empty and dot segments, control characters.
 */
export function readRequestTarget(target: string): RequestTarget {
  const refused = (reason: RequestTargetRefusal): RequestTarget => ({ ok: false, reason });
  if (!target.startsWith("/")) return refused("not_origin_form");
  const mark = target.indexOf("?");
  const rawPath = mark === -1 ? target : target.slice(0, mark);
  const query = mark === -1 ? "" : target.slice(mark + 1);
  if (!pathCharacters.test(rawPath) || !queryCharacters.test(query)) return refused("forbidden_character");
  if (/%(?![0-9A-Fa-f]{2})/.test(rawPath)) return refused("malformed_escape");
  if (/%(2f|5c)/i.test(rawPath)) return refused("encoded_separator");
  if (/%([01][0-9a-f]|7f)/i.test(rawPath)) return refused("encoded_control_character");
  const path = rawPath.replace(/%[0-9A-Fa-f]{2}/g, (written) => {
    const character = String.fromCharCode(Number.parseInt(written.slice(1), 16));
    return unreserved.test(character) ? character : written.toUpperCase();
  });
  if (path.includes("//")) return refused("empty_segment");
  if (path.split("/").some((segment) => segment === "." || segment === "..")) return refused("dot_segment");
  return { ok: true, path, query, target: mark === -1 ? path : `${path}?${query}` };
}
