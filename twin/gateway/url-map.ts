import type { JsonObject } from "../../analysis";
import { block, blocks, flag, text, texts } from "./resource-values";

/** Where a URL map sends a request. */
export type Route =
  | { readonly kind: "service"; readonly service: string }
  | { readonly kind: "redirect"; readonly redirect: UrlRedirect };

/** default_url_redirect or a path rule's url_redirect. */
export interface UrlRedirect {
  readonly https: boolean;
  readonly stripQuery: boolean;
  readonly status: 301 | 302 | 303 | 307 | 308;
  readonly host?: string;
  readonly path?: string;
}

const redirectStatus: Readonly<Record<string, UrlRedirect["status"]>> = {
  MOVED_PERMANENTLY_DEFAULT: 301,
  FOUND: 302,
  SEE_OTHER: 303,
  TEMPORARY_REDIRECT: 307,
  PERMANENT_REDIRECT: 308,
};

/** Hosts that the map's host rules name, without the catch-all "*". */
export function hostsOf(urlMap: JsonObject): readonly string[] {
  return blocks(urlMap, "host_rule")
    .flatMap((rule) => texts(rule, "hosts"))
    .filter((host) => host !== "*");
}

/**
 * Routes by Google's rules: the most specific host rule, then the longest matching path of its path matcher, then the
 * matcher's default, then the map's. Paths are compared case-sensitively and without the query; `*` counts only after
 * the last slash. Source: cloud.google.com/load-balancing/docs/url-map-concepts.
 */
export function route(urlMap: JsonObject, hostname: string, path: string): Route | undefined {
  const matcherName = pathMatcherFor(urlMap, hostname);
  if (matcherName === undefined) return target(urlMap, "default_service", "default_url_redirect");
  const matcher = blocks(urlMap, "path_matcher").find((candidate) => text(candidate, "name") === matcherName);
  if (matcher === undefined) return undefined;
  let best: { readonly length: number; readonly rule: JsonObject } | undefined;
  for (const rule of blocks(matcher, "path_rule")) {
    for (const pattern of texts(rule, "paths")) {
      if (pathMatches(pattern, path) && pattern.length > (best?.length ?? 0)) best = { length: pattern.length, rule };
    }
  }
  return best === undefined
    ? target(matcher, "default_service", "default_url_redirect")
    : target(best.rule, "service", "url_redirect");
}

/** `/a` is that path alone; `/a/*` everything below it, which leaves `/a` itself out. */
function pathMatches(pattern: string, path: string): boolean {
  return pattern.endsWith("/*") ? path.startsWith(pattern.slice(0, -1)) : pattern === path;
}

/** `*` alone matches all; `*.example.com` matches names with anything before the dot. */
export function hostMatches(pattern: string, hostname: string): boolean {
  if (pattern === "*") return true;
  const name = pattern.toLowerCase();
  return name.startsWith("*.")
    ? hostname.endsWith(name.slice(1)) && hostname.length > name.length - 1
    : name === hostname;
}

function pathMatcherFor(urlMap: JsonObject, hostname: string): string | undefined {
  let best: { readonly rank: number; readonly matcher: string | undefined } | undefined;
  for (const rule of blocks(urlMap, "host_rule")) {
    for (const host of texts(rule, "hosts")) {
      const rank = host.startsWith("*") ? host.length : Number.MAX_SAFE_INTEGER;
      if (hostMatches(host, hostname) && rank > (best?.rank ?? 0)) best = { rank, matcher: text(rule, "path_matcher") };
    }
  }
  return best?.matcher;
}

function target(holder: JsonObject, serviceName: string, redirectName: string): Route | undefined {
  const service = text(holder, serviceName);
  if (service !== undefined) return { kind: "service", service };
  const redirect = block(holder, redirectName);
  return redirect === undefined ? undefined : { kind: "redirect", redirect: urlRedirect(redirect) };
}

function urlRedirect(values: JsonObject): UrlRedirect {
  const host = text(values, "host_redirect");
  const path = text(values, "path_redirect");
  return {
    https: flag(values, "https_redirect"),
    stripQuery: flag(values, "strip_query"),
    status: redirectStatus[text(values, "redirect_response_code") ?? "MOVED_PERMANENTLY_DEFAULT"] ?? 301,
    ...(host === undefined ? {} : { host }),
    ...(path === undefined ? {} : { path }),
  };
}
