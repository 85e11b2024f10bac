import { createHash, createHmac } from "node:crypto";

/** Credentials of a session, or of a user. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/**
 * The headers that make a POST without a body to `https://HOST/?QUERY` a signed one, by Signature Version 4.
 * Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html.
 *
 * @param query In canonical form already: encoded and sorted.
 * @param moreHeaders To be signed as well; names in lower case.
 */
export function signedHeaders(
  request: {
    readonly host: string;
    readonly query: string;
    readonly region: string;
    readonly service: string;
    readonly moreHeaders: Readonly<Record<string, string>>;
  },
  credentials: AwsCredentials,
  now: Date,
): Readonly<Record<string, string>> {
  const date = now.toISOString().replace(/[-:]|\.\d+/g, "");
  const day = date.slice(0, 8);
  const headers: Record<string, string> = {
    host: request.host,
    "x-amz-date": date,
    ...(credentials.sessionToken !== undefined && { "x-amz-security-token": credentials.sessionToken }),
    ...request.moreHeaders,
  };
  const names = Object.keys(headers).sort();
  const canonicalRequest = [
    "POST",
    "/",
    request.query,
    ...names.map((name) => `${name}:${headers[name]}`),
    "",
    names.join(";"),
    sha256(""),
  ].join("\n");
  const scope = `${day}/${request.region}/${request.service}/aws4_request`;
  const stringToSign = ["AWS4-HMAC-SHA256", date, scope, sha256(canonicalRequest)].join("\n");
  const steps = [day, request.region, request.service, "aws4_request"];
  const key = steps.reduce<string | Buffer>((last, step) => hmac(last, step), `AWS4${credentials.secretAccessKey}`);
  const signature = hmac(key, stringToSign).toString("hex");
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`,
  };
}
