/**
 * Cookies of the sign-in. All carry the `__Host-` prefix (RFC 6265bis §4.1.3.2), so that a sibling host can neither set
 * nor widen them; `Lax`, because the flow comes back from another site by a top-level GET.
 */

/** Values of a Cookie header under one name, in order; a browser may send several. */
export function cookieValues(header: string | undefined, name: string): readonly string[] {
  return pairs(header).flatMap(([key, value]) => (key === name ? [value] : []));
}

/** The header without the cookies whose name `drop` names; undefined where nothing is left. */
export function withoutCookies(header: string | undefined, drop: (name: string) => boolean): string | undefined {
  const kept = pairs(header).filter(([name]) => !drop(name));
  return kept.length === 0 ? undefined : kept.map(([name, value]) => `${name}=${value}`).join("; ");
}

/** @param maxAge seconds; 0 removes the cookie */
export function setCookie(name: string, value: string, maxAge: number): string {
  return `${name}=${value}; Path=/; Max-Age=${maxAge}; Secure; HttpOnly; SameSite=Lax`;
}

function pairs(header: string | undefined): readonly (readonly [string, string])[] {
  return (header ?? "").split(";").flatMap((part) => {
    const equals = part.indexOf("=");
    return equals < 1 ? [] : [[part.slice(0, equals).trim(), part.slice(equals + 1).trim()] as const];
  });
}
