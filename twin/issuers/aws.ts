import { randomBytes, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { type SignedRequest, signatureMatches } from "./aws-signature";

/** Temporary credentials of an assumed role, as AWS hands them out. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAt: Date;
}

/** What GetCallerIdentity answers. */
export interface AwsCallerIdentity {
  readonly arn: string;
  readonly account: string;
  readonly userid: string;
}

export type AwsVerification =
  | { readonly verified: true; readonly caller: AwsCallerIdentity; readonly expiresAt: Date }
  | { readonly verified: false; readonly explanation: string };

interface Session extends AwsCredentials {
  readonly caller: AwsCallerIdentity;
}

/** Google's serialization of a signed GetCallerIdentity request. */
const requestSchema = z.object({
  url: z.url(),
  method: z.literal("POST"),
  headers: z.array(z.object({ key: z.string().min(1), value: z.string() })).max(32),
  body: z.literal("").optional(),
});

const authorizationPattern =
  /^AWS4-HMAC-SHA256 Credential=(?<accessKeyId>[A-Z0-9]{16,128})\/(?<day>\d{8})\/(?<region>[a-z0-9-]+)\/(?<service>[a-z0-9-]+)\/aws4_request, ?SignedHeaders=(?<signedHeaders>[a-z0-9;-]+), ?Signature=(?<signature>[0-9a-f]{64})$/;

/** Milliseconds by which a request's date may be off: AWS refuses it beyond 15 minutes. */
const requestAgeLimit = 15 * 60_000;

const audienceHeader = "x-goog-cloud-target-resource";

/**
 * Amazon's security token service, as far as Google's federation asks it: who signed this request?
 * Source: cloud.google.com/iam/docs/workload-identity-federation-with-other-clouds and the STS reference (aws4_request).
 */
export class Aws {
  readonly #sessions = new Map<string, Session>();

  /** Credentials of a role's session, as the metadata service of an instance gives them. */
  assumeRole(role: {
    readonly account: string;
    readonly roleName: string;
    readonly sessionName: string;
    readonly lifetimeSeconds?: number;
  }): AwsCredentials {
    const accessKeyId = `ASIA${letters(16)}`;
    const credentials = {
      accessKeyId,
      secretAccessKey: randomBytes(30).toString("base64"),
      sessionToken: randomBytes(180).toString("base64"),
      expiresAt: new Date(Date.now() + (role.lifetimeSeconds ?? 3600) * 1000),
    };
    this.#sessions.set(accessKeyId, {
      ...credentials,
      caller: {
        arn: `arn:aws:sts::${role.account}:assumed-role/${role.roleName}/${role.sessionName}`,
        account: role.account,
        userid: `AROA${letters(17)}:${role.sessionName}`,
      },
    });
    return credentials;
  }

  /**
   * Who signed the request in a subject token of type aws4_request.
   * @param audience full name of the provider, beginning with `//iam.googleapis.com/`; the request must be meant for it,
   *   or one made for another provider could be replayed here.
   */
  verifyCallerIdentity(subjectToken: string, audience: string): AwsVerification {
    const refused = (explanation: string): AwsVerification => ({ verified: false, explanation });
    const parsed = parseRequest(subjectToken);
    if (parsed === undefined) return refused("The subject token is not a serialized GetCallerIdentity request.");
    const { request, accessKeyId, signature } = parsed;
    const target = request.headers.get(audienceHeader);
    if (target !== audience && target !== `https:${audience}`) {
      return refused(`The header ${audienceHeader} does not name this provider.`);
    }
    const session = this.#sessions.get(accessKeyId);
    if (session === undefined) return refused("AWS does not know the access key.");
    if (session.expiresAt.getTime() <= Date.now()) return refused("The AWS credentials have expired.");
    if (!secretsEqual(request.headers.get("x-amz-security-token") ?? "", session.sessionToken)) {
      return refused("The session token does not belong to the access key.");
    }
    if (Math.abs(Date.now() - requestTime(request.date)) > requestAgeLimit) {
      return refused("The signed request is older than 15 minutes, or from the future.");
    }
    if (!signatureMatches(request, session.secretAccessKey, signature))
      return refused("The AWS signature does not verify.");
    return { verified: true, caller: session.caller, expiresAt: session.expiresAt };
  }
}

function parseRequest(
  subjectToken: string,
): { request: SignedRequest; accessKeyId: string; signature: string } | undefined {
  const parsed = requestSchema.safeParse(decodeJson(subjectToken));
  if (!parsed.success) return undefined;
  const url = new URL(parsed.data.url);
  const host = /^sts(?:\.(?<region>[a-z0-9-]+))?\.amazonaws\.com$/.exec(url.host);
  if (url.protocol !== "https:" || host === null || url.pathname !== "/" || url.username !== "" || url.hash !== "")
    return undefined;
  if ([...url.searchParams].length !== 2) return undefined;
  if (url.searchParams.get("Action") !== "GetCallerIdentity" || url.searchParams.get("Version") !== "2011-06-15")
    return undefined;

  const headers = new Map<string, string>();
  for (const { key, value } of parsed.data.headers) {
    const name = key.toLowerCase();
    if (headers.has(name)) return undefined;
    headers.set(name, value);
  }
  const authorization = authorizationPattern.exec(headers.get("authorization") ?? "")?.groups;
  const date = headers.get("x-amz-date") ?? "";
  if (authorization === undefined || !/^\d{8}T\d{6}Z$/.test(date) || headers.get("host") !== url.host) return undefined;
  const { accessKeyId = "", day = "", region = "", service = "", signedHeaders = "", signature = "" } = authorization;
  const signed = signedHeaders.split(";");
  const mustBeSigned = ["host", "x-amz-date", "x-amz-security-token"];
  if (!mustBeSigned.every((name) => signed.includes(name)) || !signed.every((name) => headers.has(name)))
    return undefined;
  if (signed.join() !== [...new Set(signed)].sort().join()) return undefined;
  if (service !== "sts" || day !== date.slice(0, 8) || (host.groups?.["region"] ?? "us-east-1") !== region)
    return undefined;
  return {
    request: { method: parsed.data.method, url, headers, signedHeaders: signed, date, region, service },
    accessKeyId,
    signature,
  };
}

/** Clients send the JSON percent-encoded once more than the form does. */
function decodeJson(subjectToken: string): unknown {
  if (subjectToken.length > 16_384) return undefined;
  try {
    return JSON.parse(decodeURIComponent(subjectToken));
  } catch {
    return undefined;
  }
}

function requestTime(date: string): number {
  return Date.parse(date.replace(/^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/, "$1-$2-$3T$4:$5:$6Z"));
}

function secretsEqual(given: string, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Upper-case letters and digits of base 32. */
function letters(count: number): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  return [...randomBytes(count)].map((byte) => alphabet[byte % 32]).join("");
}
