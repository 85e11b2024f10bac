import { z } from "zod";
import { DeployStepError } from "./deploy-step-error";

export const projectId = z.string().regex(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, "expected a project id");
export const projectNumber = z.string().regex(/^[0-9]{1,32}$/, "expected a project number");
export const oauthClient = z.string().regex(/^[a-z][a-z0-9-]{4,61}[a-z0-9]$/, "expected the id of an OAuth client");
export const oauthCredential = z.string().regex(/^[a-z0-9-]{4,32}$/, "expected the id of an OAuth client's credential");
export const generatedClientId = z.string().regex(/^[A-Za-z0-9._-]{1,128}$/, "expected a generated client id");

/**
 * The inputs of a step, read from their environment variables.
 * @throws {DeployStepError} `invalid-input` that names the variable
 */
export function readInputs<Inputs>(
  environment: NodeJS.ProcessEnv,
  variables: { readonly [Input in keyof Inputs]: string },
  schema: z.ZodType<Inputs>,
): Inputs {
  const names = new Map<string, string>(Object.entries(variables));
  const given = [...names].map(([input, variable]) => [input, environment[variable]]);
  const parsed = schema.safeParse(Object.fromEntries(given));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const input = String(issue?.path[0] ?? "");
  throw new DeployStepError(
    "invalid-input",
    `${names.get(input) ?? input}: ${issue?.message ?? "expected another value"}`,
  );
}
