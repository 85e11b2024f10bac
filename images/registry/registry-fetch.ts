import { RegistryError } from "./registry-error";

/** What is sent. */
export type RequestBody = Uint8Array<ArrayBuffer> | AsyncIterable<Uint8Array>;

export interface RegistryResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: AsyncIterable<Uint8Array> | null;
}

/** As much of fetch as is used; met by Node's own and by one that trusts the twin's authority. */
export type RegistryFetch = (
  url: string,
  init: {
    method: string;
    headers: Record<string, string>;
    body?: RequestBody;
    duplex?: "half";
    redirect: "manual";
    signal: AbortSignal;
  },
) => Promise<RegistryResponse>;

/** The body of an answer, which may not be longer than `limit` bytes. @throws {RegistryError} `unexpected-answer` */
export async function readAtMost(response: RegistryResponse, limit: number, where: string): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > limit) throw new RegistryError("unexpected-answer", `${where} answered with more than ${limit} bytes.`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** Frees the connection of an answer whose body nobody wants. */
export async function discard(response: RegistryResponse): Promise<void> {
  try {
    let size = 0;
    for await (const piece of response.body ?? []) {
      size += piece.length;
      if (size > 65_536) return;
    }
  } catch {
    // The answer is known already; how its body ends changes nothing.
  }
}
