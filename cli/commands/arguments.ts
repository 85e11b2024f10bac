import { InvalidArgumentError } from "commander";

export const environmentNames = ["dev", "staging", "prod"] as const;
export type EnvironmentName = (typeof environmentNames)[number];

/** @throws {InvalidArgumentError} */
export function environmentName(text: string): EnvironmentName {
  return oneOf(environmentNames)(text);
}

/** The environments, and the stack of the organization. */
export const stackNames = [...environmentNames, "organization"] as const;
export type StackName = (typeof stackNames)[number];

/** @throws {InvalidArgumentError} */
export function stackName(text: string): StackName {
  return oneOf(stackNames)(text);
}

/** For arguments that may be given several times. */
export const stackNameList = (text: string, earlier: readonly StackName[] = []): StackName[] => [
  ...earlier,
  stackName(text),
];

/** For arguments that may be given several times. */
export const environmentNameList = (text: string, earlier: readonly EnvironmentName[] = []): EnvironmentName[] => [
  ...earlier,
  environmentName(text),
];

export const textList = (text: string, earlier: readonly string[] = []): string[] => [...earlier, text];

/** A parser for one of several words. */
export const oneOf =
  <const Word extends string>(words: readonly Word[]) =>
  (text: string): Word => {
    const word = words.find((candidate) => candidate === text);
    if (word === undefined) throw new InvalidArgumentError(`expected one of ${words.join(", ")}.`);
    return word;
  };

/** @throws {InvalidArgumentError} */
export function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new InvalidArgumentError("expected a port from 1 to 65535.");
  return port;
}

/** SHA-256 in hex. @throws {InvalidArgumentError} */
export function fingerprint(text: string): string {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new InvalidArgumentError("expected a fingerprint: 64 hexadecimal digits.");
  return text;
}

/** Examples at the end of a command's help. */
export const examples = (...lines: readonly (readonly [command: string, what: string])[]): string => {
  const width = Math.max(...lines.map(([command]) => command.length));
  return `\nExamples:\n${lines.map(([command, what]) => `  $ ${command.padEnd(width)}  ${what}`).join("\n")}`;
};
