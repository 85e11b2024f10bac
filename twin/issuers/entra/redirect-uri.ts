/** Where a host of the real world is reached in the twin: "https://NAME.localhost:PORT" of NAME. */
export type PublicOrigin = (realHost: string) => string;

/**
 * Redirect URIs are registered under real names, and a browser has to be sent to where the twin serves them. An address of this
 * machine, as developers register them, stays as it is.
 */
export function reachableRedirectUri(registered: string, publicOrigin: PublicOrigin): string {
  if (!URL.canParse(registered)) return registered;
  const { protocol, hostname, origin } = new URL(registered);
  const isHere =
    hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "127.0.0.1" || hostname === "[::1]";
  return protocol === "https:" && !isHere && registered.startsWith(origin)
    ? publicOrigin(hostname) + registered.slice(origin.length)
    : registered;
}

/**
 * The form in which a requested redirect URI is reached, where it is one of the registered: to the letter, in either its
 * real form or the twin's (RFC 9700 §2.1: no patterns, no prefixes).
 */
export function matchRedirectUri(
  requested: string,
  registered: readonly string[],
  publicOrigin: PublicOrigin,
): string | undefined {
  for (const uri of registered) {
    const reachable = reachableRedirectUri(uri, publicOrigin);
    if (requested === uri || requested === reachable) return reachable;
  }
  return undefined;
}
