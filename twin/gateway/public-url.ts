import type { PublicOrigin } from "./collaborators";

/** The address under which a browser reaches `url`, an https URL of the real world, in the twin. */
export function publicUrl(publicOrigin: PublicOrigin, url: string): string {
  const { hostname, pathname, search } = new URL(realUrl(url));
  return `${publicOrigin(hostname)}${pathname}${search}`;
}

/**
 * The real form of a URL that may carry the twin's: `https://NAME.localhost:PORT/…` is `https://NAME/…`. Redirect URIs
 * are registered in their real form and compared in it.
 */
export function realUrl(url: string): string {
  return url.replace(/^https:\/\/([a-z0-9.-]+)\.localhost(:[0-9]+)?(?=[/?#]|$)/i, "https://$1");
}

/** Real host name of a Host header or an SNI name, lower case and without the port. */
export function realHostname(authority: string): string {
  return authority
    .toLowerCase()
    .replace(/:[0-9]+$/, "")
    .replace(/\.localhost$/, "");
}
