import { tokenTypes } from "../../../../facts/token-exchange";
import type { SourceConfigOf } from "../../config";
import type { ExternalTokenSource, SourceTools } from "../external-token-source";
import { readAwsCredentials, readAwsRegion } from "./credentials";
import { type AwsCredentials, signedHeaders } from "./signature";

const query = "Action=GetCallerIdentity&Version=2011-06-15";

/**
 * A GetCallerIdentity request, signed but not sent: Google sends it, and learns from Amazon who signed it.
 * Source: cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token (aws4_request).
 *
 * @param providerAudience Under the signature as well, so that the request is of no use to another provider.
 */
export function callerIdentityToken(
  region: string,
  providerAudience: string,
  credentials: AwsCredentials,
  now: Date,
): string {
  const host = `sts.${region}.amazonaws.com`;
  const headers = signedHeaders(
    { host, query, region, service: "sts", moreHeaders: { "x-goog-cloud-target-resource": providerAudience } },
    credentials,
    now,
  );
  return encodeURIComponent(
    JSON.stringify({
      url: `https://${host}?${query}`,
      method: "POST",
      headers: Object.entries(headers).map(([key, value]) => ({ key, value })),
    }),
  );
}

/** The identity of an AWS role: of an instance, a container or the environment. */
export function awsSource({ region }: SourceConfigOf<"aws">, tools: SourceTools): ExternalTokenSource {
  return {
    async fetch(signal) {
      const [credentials, where] = await Promise.all([
        readAwsCredentials(tools, signal),
        region ?? readAwsRegion(tools, signal),
      ]);
      const token = callerIdentityToken(where, tools.providerAudience, credentials, tools.now());
      return { token, type: tokenTypes.awsRequest, expiresAt: undefined };
    },
  };
}
