import { z } from "zod";
import { microsoftGraphPageSize } from "../../../facts/microsoft-graph";
import { parseJson } from "../assertion/compact";
import { boundedFetch, retryAfterSeconds } from "../upstream/bounded-fetch";
import { type DirectoryAnswer, objectIdPattern, type unknown } from "./membership";

/** What a list may cost: whoever is above it is refused, since a part of their memberships would be a wrong answer. */
const most = { pages: 20, objects: 5_000 } as const;
const limits = { timeout: 5_000, maximumBytes: 2 * 1024 * 1024 } as const;

const pageSchema = z.object({
  value: z.array(z.object({ "@odata.type": z.string(), id: z.string().toLowerCase().regex(objectIdPattern) })),
  "@odata.nextLink": z.string().optional(),
});

export type ObjectIds =
  | { readonly ok: true; readonly ids: readonly string[] }
  | (Extract<DirectoryAnswer, { ok: false }> & { readonly tokenRefused?: true });

/**
 * The object ids of one type in a list of Microsoft Graph, all pages of it. No cast in the path, for a cast is answered
 * from an index that lags behind (`ConsistencyLevel: eventual`): the type is compared here.
 * Source: learn.microsoft.com/graph/api/user-list-transitivememberof, learn.microsoft.com/graph/paging.
 *
 * @param origin Of Graph. @param type As in `@odata.type`.
 */
export async function listObjectIds(
  origin: string,
  path: string,
  type: string,
  token: string,
  clock: () => number,
): Promise<ObjectIds> {
  const ids: string[] = [];
  let url: string | undefined = `${origin}${path}?$select=id&$top=${microsoftGraphPageSize}`;
  for (let page = 0; url !== undefined; page += 1) {
    if (page >= most.pages) return problem("too_many_memberships");
    const answer = await boundedFetch(url, { headers: { authorization: `Bearer ${token}` }, ...limits });
    if (!answer.ok) return problem("directory_unavailable", `Graph gave no usable answer: ${answer.problem}`);
    if (answer.status !== 200) return refusal(answer.status, retryAfterSeconds(answer.headers, clock()));
    const parsed = pageSchema.safeParse(parseJson(answer.body));
    if (!parsed.success) return problem("directory_malformed", "a page of Graph has another form than expected");
    for (const object of parsed.data.value) if (object["@odata.type"] === type) ids.push(object.id);
    if (ids.length > most.objects) return problem("too_many_memberships");
    const next: string | undefined = parsed.data["@odata.nextLink"];
    // The token goes with the next request too: only to the same list of the same server.
    if (next !== undefined && !isPageOf(next, origin, path))
      return problem("directory_malformed", "the next page of Graph is at another place");
    url = next;
  }
  return { ok: true, ids: [...new Set(ids)] };
}

function isPageOf(link: string, origin: string, path: string): boolean {
  if (!URL.canParse(link)) return false;
  const url = new URL(link);
  return url.origin === origin && url.pathname === path && url.username === "" && url.password === "";
}

const problem = (name: Parameters<typeof unknown>[0], detail?: string): ObjectIds => ({
  ok: false,
  problem: name,
  ...(detail === undefined ? {} : { detail }),
});

/** Source: learn.microsoft.com/graph/errors, learn.microsoft.com/graph/throttling. */
function refusal(status: number, pause: number | undefined): ObjectIds {
  const detail = `Graph answered with status ${status}`;
  const retry = pause === undefined ? {} : { retryAfterSeconds: pause };
  switch (status) {
    case 401:
      return { ok: false, problem: "directory_refused", detail, tokenRefused: true };
    case 403:
      return { ok: false, problem: "directory_refused", detail };
    case 404:
      return { ok: false, problem: "unknown_person", detail };
    case 429:
      return { ok: false, problem: "directory_throttled", detail, ...retry };
    default:
      return { ok: false, problem: "directory_unavailable", detail, ...retry };
  }
}
