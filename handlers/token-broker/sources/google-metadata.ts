import { googleMetadataFlavor } from "../../../facts/metadata-servers";
import { tokenTypes } from "../../../facts/token-exchange";
import type { SourceConfigOf } from "../config";
import { refusal } from "../upstream/answer";
import type { ExternalTokenSource, SourceTools } from "./external-token-source";
import { readToken } from "./token-text";

const noAccount = {
  code: "http_404",
  description: "the machine has no service account",
  remedy: "attach one to the machine",
};

/**
 * The ID token of the service account of a Google virtual machine, container or function.
 * Source: cloud.google.com/compute/docs/instances/verifying-instance-identity.
 */
export function googleMetadataSource(
  { audience }: SourceConfigOf<"google-metadata">,
  { send, endpoints, providerAudience }: SourceTools,
): ExternalTokenSource {
  // A provider without audiences of its own takes its full name, with https: or without.
  const query = new URLSearchParams({ audience: audience ?? `https:${providerAudience}`, format: "full" });
  const url = `${endpoints.googleMetadata}/computeMetadata/v1/instance/service-accounts/default/identity?${query}`;
  const headers = { [googleMetadataFlavor.name]: googleMetadataFlavor.value };
  return {
    async fetch(signal) {
      const response = await send({ upstream: "google-metadata", method: "GET", url, headers }, signal);
      if (response.status === 404) throw refusal("google-metadata", response, noAccount);
      if (response.status !== 200) throw refusal("google-metadata", response, undefined);
      return readToken("google-metadata", response.body, { type: tokenTypes.idToken });
    },
  };
}
