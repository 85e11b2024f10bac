import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { tokenTypes } from "../../../facts/token-exchange";
import { errorCode } from "../../runtime";
import type { SourceConfigOf } from "../config";
import { UpstreamError } from "../upstream/upstream-error";
import type { ExternalTokenSource } from "./external-token-source";
import { readToken } from "./token-text";

const longestFile = 256 * 1024;

/** A token that somebody else puts in a file and keeps fresh there: it is read anew each time. */
export function fileSource(
  { file, jsonField, subjectTokenType }: SourceConfigOf<"file">,
  read: (file: string) => Promise<string> = readBounded,
): ExternalTokenSource {
  const form = { type: subjectTokenTypes[subjectTokenType], jsonField };
  let reading: Promise<string> | undefined;
  return {
    async fetch(signal) {
      // One at a time: each that hangs keeps a thread, of which the process has few, and its audit needs one as well.
      reading ??= read(file).finally(() => {
        reading = undefined;
      });
      return readToken("token-file", await unlessGivenUp(reading, signal), form);
    },
  };
}

/** A read cannot be interrupted, and hangs where a file system of the network does; nobody need wait for it. */
function unlessGivenUp(reading: Promise<string>, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const giveUp = () =>
      reject(
        new UpstreamError({ upstream: "token-file", code: "timeout", description: "no file in time", retryable: true }),
      );
    if (signal.aborted) giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    reading.then(resolve, reject).finally(() => signal.removeEventListener("abort", giveUp));
  });
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
    // Not waiting for a writer, as the opening of a pipe would.
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!(await handle.stat()).isFile()) throw unreadable("expected a regular file", false);
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
