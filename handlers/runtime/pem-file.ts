import { readFileSync } from "node:fs";
import { ConfigurationError } from "./configuration";
import { errorCode } from "./error-code";

/**
 * Reads a PEM file that the configuration names, and parses it.
 *
 * @param field Path of the field in the configuration, such as `source.keyFile`.
 * @param what What the file holds, in words, such as "certificate".
 * @throws {ConfigurationError} Naming the field, never the content.
 */
export function readPemFile<Parsed>(field: string, what: string, path: string, parse: (pem: Buffer) => Parsed): Parsed {
  let pem: Buffer;
  try {
    pem = readFileSync(path);
  } catch (error) {
    throw new ConfigurationError([`${field}: cannot read the file (${errorCode(error) ?? "unreadable"})`]);
  }
  try {
    return parse(pem);
  } catch {
    throw new ConfigurationError([`${field}: expected a PEM ${what}`]);
  }
}
