import { X509Certificate } from "node:crypto";
import { z } from "zod";
import type { JsonObject } from "../../../analysis";
import { federationLimits } from "../../../facts/federation-limits";
import { all, atMost, worded } from "./checks";
import { googleRefusal } from "./google-refusal";
import type { Violation } from "./resource-rules";
import { block, blocks, text, texts } from "./values";

/** Members that an uploaded key may have. Source: cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools.providers#Oidc. */
const uploadedKey = z.strictObject({
  kty: z.enum(["RSA", "EC"]),
  alg: z.string().optional(),
  use: z.string().optional(),
  kid: z.string(),
  n: z.string().optional(),
  e: z.string().optional(),
  x: z.string().optional(),
  y: z.string().optional(),
  crv: z.string().optional(),
});
const uploadedKeys = z.strictObject({ keys: z.array(uploadedKey).min(1).max(federationLimits.uploadedKeys) });

/** What the provider checks of a workload provider's texts at plan time. */
export const workloadCredentialCheck = all(
  atMost("x509.trust_store.intermediate_cas", federationLimits.intermediates),
  worded("description", (value, name) =>
    [...value].length <= federationLimits.descriptionCharacters
      ? []
      : [`expected length of ${name} to be in the range (0 - ${federationLimits.descriptionCharacters})`],
  ),
);

/** What Google refuses of whose credentials a workload provider takes. */
export function refuseCredential(values: JsonObject, action: string): Violation | undefined {
  const refusal = (message: string, path: readonly string[]) => googleRefusal(action, 400, message, undefined, path);
  const oidc = block(values, "oidc");
  if (oidc !== undefined) {
    const issuer = text(oidc, "issuer_uri") ?? "";
    if (!/^https:\/\/[^\s?#]+$/.test(issuer)) return refusal("issuer_uri must be a valid https URI.", ["oidc"]);
    const audiences = texts(oidc, "allowed_audiences");
    const { allowedAudiences, audienceCharacters } = federationLimits;
    if (audiences.length > allowedAudiences)
      return refusal(`At most ${allowedAudiences} audiences are allowed.`, ["oidc"]);
    if (audiences.some((audience) => [...audience].length > audienceCharacters))
      return refusal(`An audience has at most ${audienceCharacters} characters.`, ["oidc"]);
    const keys = text(oidc, "jwks_json");
    if (keys !== undefined && !isKeySet(keys)) return refusal("Input JWK is not in a valid json format.", ["oidc"]);
  }
  const store = block(block(values, "x509") ?? {}, "trust_store");
  const anchors = blocks(store ?? {}, "trust_anchors");
  if (anchors.length > federationLimits.trustAnchors)
    return refusal(`At most ${federationLimits.trustAnchors} trust anchors are allowed.`, ["x509"]);
  const certificates = [...anchors, ...blocks(store ?? {}, "intermediate_cas")].map((one) =>
    text(one, "pem_certificate"),
  );
  return certificates.some((pem) => pem !== undefined && !isCertificate(pem))
    ? refusal("The certificate is not a valid PEM-encoded X.509 certificate.", ["x509"])
    : undefined;
}

function isKeySet(json: string): boolean {
  try {
    return uploadedKeys.safeParse(JSON.parse(json)).success;
  } catch {
    return false;
  }
}

function isCertificate(pem: string): boolean {
  if (Buffer.byteLength(pem) > federationLimits.certificateBytes) return false;
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
