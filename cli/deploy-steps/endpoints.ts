import { z } from "zod";
import { googleEndpoints } from "../../facts/google-endpoints";
import { DeployStepError } from "./deploy-step-error";

/** Origins of the interfaces that steps call. */
export interface DeployStepEndpoints {
  readonly iam: string;
  readonly serviceUsage: string;
  readonly sqlAdmin: string;
  readonly cloudRun: string;
  /** In place of every host of Artifact Registry. */
  readonly containerRegistry?: string | undefined;
}

/** Without TLS the token would cross the network in the clear; on the loopback address there is none to cross. */
const loopback = /^(localhost|127\.0\.0\.1|\[::1\]|.+\.localhost)$/;

const origin = z.string().refine((text) => {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return (
    url.origin === text && (url.protocol === "https:" || (url.protocol === "http:" && loopback.test(url.hostname)))
  );
}, "expected an origin, such as https://iam.example:8443, without a path; http on the loopback address only");

/** The variable is shared with the handlers, whose entries are none of a step's business. */
const schema = z.object({
  iam: origin.default(googleEndpoints.iam),
  serviceUsage: origin.default(googleEndpoints.serviceUsage),
  sqlAdmin: origin.default(googleEndpoints.sqlAdmin),
  cloudRun: origin.default(googleEndpoints.cloudRun),
  containerRegistry: origin.optional(),
});

/**
 * Google's own addresses, or those of `KEYLESS_ENDPOINTS`, which only the local twin and tests set.
 * @throws {DeployStepError} `invalid-input`
 */
export function readEndpoints(environment: NodeJS.ProcessEnv): DeployStepEndpoints {
  const parsed = schema.safeParse(parse(environment["KEYLESS_ENDPOINTS"] ?? "{}"));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = ["KEYLESS_ENDPOINTS", ...(issue?.path ?? [])].join(".");
  throw new DeployStepError("invalid-input", `${path}: ${issue?.message ?? "expected a JSON object of origins"}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new DeployStepError("invalid-input", "KEYLESS_ENDPOINTS: expected a JSON object of origins");
  }
}
