import { googleMetadataFlavor } from "../../../facts/metadata-servers";
import { boundedFetch } from "./bounded-fetch";

const account = "/computeMetadata/v1/instance/service-accounts/default";
const limits = { timeout: 3_000, maximumBytes: 16 * 1024 } as const;

export type MetadataText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: string };

/** The metadata server of the machine that the app runs on: tokens of the service's own account, without a key. */
export interface MetadataServer {
  /** An ID token signed by Google (accounts.google.com) whose `sub` is the account's numeric id. */
  identityToken(audience: string): Promise<MetadataText>;
  /** The JSON answer with an access token (RFC 6749 §5.1). */
  accessToken(scope: string): Promise<MetadataText>;
}

/**
 * @param origin Without a trailing slash.
 * Source: cloud.google.com/run/docs/container-contract#metadata-server.
 */
export function createMetadataServer(origin: string): MetadataServer {
  const read = async (path: string): Promise<MetadataText> => {
    const { name, value } = googleMetadataFlavor;
    const answer = await boundedFetch(`${origin}${account}${path}`, { headers: { [name]: value }, ...limits });
    if (!answer.ok) return { ok: false, problem: `the metadata server gave no usable answer: ${answer.problem}` };
    if (answer.status !== 200)
      return { ok: false, problem: `the metadata server answered with status ${answer.status}` };
    // Whatever else answers at this address, such as a captive portal, does not say so.
    if (answer.headers.get(name) !== value) return { ok: false, problem: "the answer is not the metadata server's" };
    return { ok: true, text: answer.body.toString("utf8").trim() };
  };
  return {
    identityToken: (audience) => read(`/identity?${new URLSearchParams({ audience, format: "full" })}`),
    accessToken: (scope) => read(`/token?${new URLSearchParams({ scopes: scope })}`),
  };
}
