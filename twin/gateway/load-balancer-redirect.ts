import type { PublicOrigin } from "./collaborators";
import { publicUrl } from "./public-url";
import type { UrlRedirect } from "./url-map";

/** The address to which a URL map's redirect sends a request for `target` (path and query) on `hostname`. */
export function redirectAddress(
  redirect: UrlRedirect,
  hostname: string,
  target: string,
  publicOrigin: PublicOrigin,
): string {
  const [path = "/", query] = target.split(/\?(.*)/s);
  const kept = redirect.stripQuery || query === undefined ? "" : `?${query}`;
  return publicUrl(publicOrigin, `https://${redirect.host ?? hostname}${redirect.path ?? path}${kept}`);
}
