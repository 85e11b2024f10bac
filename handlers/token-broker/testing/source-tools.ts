import { type EnvironmentVariables, readEndpoints } from "../../runtime";
import type { SourceTools } from "../sources/external-token-source";
import { sendOverNetwork } from "../upstream/upstream-request";
import { audience } from "./broker-fixture";

/** Tools whose metadata servers all stand at one origin. */
export function sourceToolsAt(origin: string, environment: EnvironmentVariables = {}): SourceTools {
  return {
    send: sendOverNetwork,
    now: () => new Date(),
    endpoints: {
      ...readEndpoints({}),
      azureMetadata: origin,
      awsMetadata: origin,
      awsContainer: origin,
      googleMetadata: origin,
    },
    environment,
    providerAudience: audience,
  };
}

/** A JWT that nobody has signed, with these claims. */
export function unsignedJwt(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "RS256", typ: "JWT" })}.${part(claims)}.${Buffer.from("signature").toString("base64url")}`;
}
