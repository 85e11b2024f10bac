import type { z } from "zod";
import { dev } from "./dev";
import { prod } from "./prod";
import { type Environment, environmentSchema } from "./schema";
import { staging } from "./staging";

export const environmentNames = ["dev", "staging", "prod"] as const;
export type EnvironmentName = (typeof environmentNames)[number];

const inputs: Readonly<Record<EnvironmentName, unknown>> = { dev, staging, prod };

/** An environment file says something that it may not. The message has one line for each problem. */
export class EnvironmentError extends Error {
  override readonly name = "EnvironmentError";

  /** @param problems one line each: file, path in it, expected form */
  constructor(readonly problems: readonly string[]) {
    super(problems.join("\n"));
  }
}

/**
 * The environment of that name, checked.
 *
 * @throws EnvironmentError
 */
export function loadEnvironment(name: EnvironmentName): Environment {
  const file = `environments/${name}.ts`;
  const environment = parseEnvironment(inputs[name], file);
  if (environment.name !== name)
    throw new EnvironmentError([`${file}: name: expected "${name}", got "${environment.name}"`]);
  return environment;
}

/**
 * Checks what an environment file says.
 *
 * @param file named in the messages
 * @throws EnvironmentError
 */
export function parseEnvironment(input: unknown, file: string): Environment {
  const result = environmentSchema.safeParse(input);
  if (result.success) return result.data;
  throw new EnvironmentError(result.error.issues.flatMap((issue) => linesOf(issue).map((line) => `${file}: ${line}`)));
}

/** `gateway.apps[0].path: expected / or /one-segment` */
export function linesOf(issue: z.core.$ZodIssue): string[] {
  const path = pathOf(issue.path);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => `${pathOf([...issue.path, key])}: expected no such key`);
  }
  const message = issue.message
    .replace(/^(Invalid input|Too small|Too big): /, "")
    .replace("received undefined", "got nothing")
    .replace(", received ", ", got ");
  return [`${path === "" ? "the environment" : path}: ${message.replaceAll(/\s*\n\s*/g, " ")}`];
}

function pathOf(path: readonly PropertyKey[]): string {
  return path
    .map((part) =>
      typeof part === "number"
        ? `[${part}]`
        : /^[A-Za-z_]\w*$/.test(String(part))
          ? `.${String(part)}`
          : `[${JSON.stringify(String(part))}]`,
    )
    .join("")
    .replace(/^\./, "");
}
