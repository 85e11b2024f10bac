import { directReportsPath, groupType, transitiveMembershipsPath, userType } from "../../../facts/microsoft-graph";
import type { TokenCache } from "./entra-token";
import { listObjectIds, type ObjectIds } from "./graph-list";
import { type Directory, type DirectoryAnswer, objectIdPattern, unknown } from "./membership";

export interface GraphDirectoryOptions {
  /** Origin of Microsoft Graph, without a trailing slash. */
  readonly graph: string;
  readonly tokens: TokenCache;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** Seconds that the directory is left alone after it asked for a pause without saying how long. */
const defaultPause = 10;
/** Seconds: no pause is longer, whatever the directory says. */
const longestPause = 300;

/**
 * Asks Microsoft Graph for a person's groups and reports; every question costs requests, so `createCachedDirectory` belongs
 * in front of it. While Graph wants a pause (429, or 503 with Retry-After), nobody is asked about.
 */
export function createGraphDirectory({ graph, tokens, clock }: GraphDirectoryOptions): Directory {
  let pause: { readonly from: number; readonly until: number } | undefined;

  /** Seconds until Graph may be asked again; 0 for now. A clock set back ends the pause. */
  const pauseLeft = (): number => {
    const now = clock();
    if (pause === undefined || now < pause.from || now >= pause.until) return 0;
    return Math.ceil((pause.until - now) / 1000);
  };

  const ask = async (subject: string): Promise<Both> => {
    const token = await tokens.get();
    if (!token.ok) {
      const problem = token.refused ? "directory_refused" : "directory_unavailable";
      return { failed: { ok: false, problem, detail: token.detail } };
    }
    const list = (path: string, type: string) => listObjectIds(graph, path, type, token.token, clock);
    const [groups, reports] = await Promise.all([
      list(transitiveMembershipsPath(subject), groupType),
      list(directReportsPath(subject), userType),
    ]);
    if (!groups.ok) return failed(groups, token.token);
    if (!reports.ok) return failed(reports, token.token);
    return { membership: { groups: groups.ids, reports: reports.ids } };
  };

  const failed = (answer: Extract<ObjectIds, { ok: false }>, token: string): Both => {
    const { tokenRefused, ...rest } = answer;
    if (tokenRefused === true) tokens.discard(token);
    if (rest.problem === "directory_throttled" || rest.retryAfterSeconds !== undefined) {
      const seconds = Math.min(longestPause, rest.retryAfterSeconds ?? defaultPause);
      const from = clock();
      pause = { from, until: from + seconds * 1000 };
    }
    return { failed: rest, again: tokenRefused === true };
  };

  return {
    async find(subject) {
      if (!objectIdPattern.test(subject)) return unknown("unknown_person", { detail: "the subject is no object id" });
      const left = pauseLeft();
      if (left > 0) return unknown("directory_throttled", { retryAfterSeconds: left });
      let answer = await ask(subject);
      // A token that was revoked, or signed with a key that Graph no longer knows: another one, once.
      if ("failed" in answer && answer.again === true) answer = await ask(subject);
      return "failed" in answer ? answer.failed : { ok: true, membership: answer.membership };
    },
  };
}

type Both =
  | { readonly membership: Extract<DirectoryAnswer, { ok: true }>["membership"] }
  | { readonly failed: Extract<DirectoryAnswer, { ok: false }>; readonly again?: boolean };
