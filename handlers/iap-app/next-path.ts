import { iapModeParameter } from "../../facts/iap";

/** Stands for our own origin while a path is resolved; the name is reserved (RFC 2606), so no input can mean it. */
const base = "https://this-site.invalid";

/**
 * Where to go on to after the login page: a path of this site with its query, spelled anew by the URL parser.
 *
 * @returns undefined for everything that a browser could take for another site ("//host", "/\host", "/..//host",
 *   control characters that browsers drop) and for IAP's own commands, which would sign the person out.
 */
export function safeNextPath(next: string): string | undefined {
  if (!/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(next) || next.length > 2000 || !URL.canParse(next, base))
    return undefined;
  const url = new URL(next, base);
  // Dot segments may leave a second slash in front, which would make the rest a host name.
  if (url.origin !== base || url.pathname.startsWith("//")) return undefined;
  if (url.searchParams.has(iapModeParameter)) return undefined;
  return url.pathname + url.search;
}
