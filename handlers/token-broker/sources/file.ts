import { type FileHandle, open } from "node:fs/promises";
import { tokenTypes } from "../../../facts/token-exchange";
import { errorCode } from "../../runtime";
import type { SourceConfigOf } from "../config";
import { UpstreamError } from "../upstream/upstream-error";
import type { ExternalTokenSource } from "./external-token-source";
import { readToken } from "./token-text";

const longestFile = 256 * 1024;

/** A token that somebody else puts in a file and keeps fresh there: it is read anew each time. */
export function fileSource({ file, jsonField, subjectTokenType }: SourceConfigOf<"file">): ExternalTokenSource {
  const form = { type: subjectTokenTypes[subjectTokenType], jsonField };
  return { fetch: async () => readToken("token-file", await readBounded(file), form) };
}

/** The forms that a source may name in its configuration. */
export const subjectTokenTypes = {
  jwt: tokenTypes.jwt,
  id_token: tokenTypes.idToken,
  access_token: tokenTypes.accessToken,
  saml2: tokenTypes.saml2,
} as const;

async function readBounded(file: string): Promise<string> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, "r");
    const buffer = Buffer.alloc(longestFile + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    if (bytesRead > longestFile) throw unreadable(`the file is longer than ${longestFile} bytes`, false);
    return buffer.subarray(0, bytesRead).toString("utf8");
  } catch (error) {
    if (error instanceof UpstreamError) throw error;
    // Whoever writes the file may be about to: it is looked for again.
    throw unreadable(`cannot read the file (${errorCode(error) ?? "unreadable"})`, true);
  } finally {
    await handle?.close();
  }
}

const unreadable = (description: string, retryable: boolean): UpstreamError =>
  new UpstreamError({ upstream: "token-file", code: "unreadable", description, retryable });
