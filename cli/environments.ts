import { EnvironmentError, type EnvironmentName, environmentNames, loadEnvironment } from "../environments/load";
import type { Environment } from "../environments/schema";
import { UserError } from "./user-error";

export type Environments = Readonly<Record<EnvironmentName, Environment>>;

/**
 * All environments, checked.
 * @throws {UserError} with one line for each problem: file, path in it, expected form
 */
export function loadEnvironments(): Environments {
  try {
    return { dev: loadEnvironment("dev"), staging: loadEnvironment("staging"), prod: loadEnvironment("prod") };
  } catch (error) {
    if (error instanceof EnvironmentError) throw new UserError(error.message);
    throw error;
  }
}

export const inOrder = (environments: Environments): readonly Environment[] =>
  environmentNames.map((name) => environments[name]);
