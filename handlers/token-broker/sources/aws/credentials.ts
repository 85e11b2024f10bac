import { z } from "zod";
import { parseSuccess, refusal } from "../../upstream/answer";
import { UpstreamError } from "../../upstream/upstream-error";
import type { UpstreamResponse } from "../../upstream/upstream-request";
import type { SourceTools } from "../external-token-source";
import type { AwsCredentials } from "./signature";

type Tools = Pick<SourceTools, "send" | "endpoints" | "environment">;

const credentialsSchema = z.object({
  AccessKeyId: z.string().min(1),
  SecretAccessKey: z.string().min(1),
  Token: z.string().min(1),
});

/**
 * The machine's credentials: of the environment, else of the container's task, else of the instance (IMDSv2).
 *
 * @throws {UpstreamError}
 */
export async function readAwsCredentials(tools: Tools, signal: AbortSignal): Promise<AwsCredentials> {
  const { environment, endpoints } = tools;
  const accessKeyId = environment["AWS_ACCESS_KEY_ID"];
  const secretAccessKey = environment["AWS_SECRET_ACCESS_KEY"];
  if (accessKeyId && secretAccessKey) {
    return { accessKeyId, secretAccessKey, sessionToken: environment["AWS_SESSION_TOKEN"] || undefined };
  }
  const relative = environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"];
  if (relative) {
    if (!/^\/[^/]/.test(relative)) throw fault("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is no path");
    return toCredentials(await get(tools, `${endpoints.awsContainer}${relative}`, {}, signal));
  }
  const folder = "/latest/meta-data/iam/security-credentials/";
  const roles = await readInstanceData(tools, folder, signal, "attach a role to the instance");
  const role = roles.body.trim().split("\n")[0] ?? "";
  if (!/^[\w+=,.@-]{1,128}$/.test(role)) throw fault("the instance has no role");
  return toCredentials(await readInstanceData(tools, `${folder}${role}`, signal));
}

/** @throws {UpstreamError} */
export async function readAwsRegion(tools: Tools, signal: AbortSignal): Promise<string> {
  const { environment } = tools;
  const region = environment["AWS_REGION"] || environment["AWS_DEFAULT_REGION"];
  const found = region || (await readInstanceData(tools, "/latest/meta-data/placement/region", signal)).body.trim();
  if (!/^[a-z]{2}(-[a-z]+)+-\d$/.test(found)) throw fault("expected the name of a region");
  return found;
}

/** Version 2 of the service only: a session's token first, which a forged request cannot get. */
async function readInstanceData(
  tools: Tools,
  path: string,
  signal: AbortSignal,
  remedyWhereNone?: string,
): Promise<UpstreamResponse> {
  const origin = tools.endpoints.awsMetadata;
  const session = await tools.send(
    {
      upstream: "aws",
      method: "PUT",
      url: `${origin}/latest/api/token`,
      headers: { "x-aws-ec2-metadata-token-ttl-seconds": "300" },
    },
    signal,
  );
  if (session.status !== 200) throw refusal("aws", session, undefined);
  return get(tools, `${origin}${path}`, { "x-aws-ec2-metadata-token": session.body.trim() }, signal, remedyWhereNone);
}

async function get(
  { send }: Tools,
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
  remedyWhereNone?: string,
): Promise<UpstreamResponse> {
  const response = await send({ upstream: "aws", method: "GET", url, headers }, signal);
  if (response.status === 404 && remedyWhereNone !== undefined) {
    throw refusal("aws", response, { code: "http_404", description: "there is none", remedy: remedyWhereNone });
  }
  if (response.status !== 200) throw refusal("aws", response, undefined);
  return response;
}

function toCredentials(response: UpstreamResponse): AwsCredentials {
  const { AccessKeyId, SecretAccessKey, Token } = parseSuccess("aws", response, credentialsSchema);
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token };
}

const fault = (description: string): UpstreamError =>
  new UpstreamError({ upstream: "aws", code: "malformed_response", description, retryable: false });
