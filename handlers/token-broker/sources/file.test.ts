import { tokenTypes } from "../../../facts/token-exchange";
import { temporaryFolder } from "../testing/certificates";
import { unsignedJwt } from "../testing/source-tools";
import { fileSource } from "./file";

const folder = temporaryFolder();
afterAll(() => folder.remove());
const signal = new AbortController().signal;
const source = (file: string, jsonField?: string) =>
  fileSource({ kind: "file", file, subjectTokenType: "jwt", ...(jsonField !== undefined && { jsonField }) });

describe("the source of a file", () => {
  it("reads the token anew each time", async () => {
    const first = unsignedJwt({ exp: 1_900_000_000 });
    const file = folder.write("token", `${first}\n`);
    const from = source(file);
    expect(await from.fetch(signal)).toEqual({
      token: first,
      type: tokenTypes.jwt,
      expiresAt: new Date(1_900_000_000_000),
    });
    folder.write("token", "opaque-token");
    expect(await from.fetch(signal)).toEqual({ token: "opaque-token", type: tokenTypes.jwt, expiresAt: undefined });
  });

  it("reads a field of a JSON file", async () => {
    const file = folder.write("token.json", '{"access_token":"a.b.c"}');
    expect(await source(file, "access_token").fetch(signal)).toMatchObject({ token: "a.b.c" });
  });

  it("says that the file is away, which may pass, without its path", async () => {
    const away = source(folder.write("x", "").replace(/x$/, "absent"));
    await expect(away.fetch(signal)).rejects.toMatchObject({
      message: "token-file: unreadable: cannot read the file (ENOENT)",
      retryable: true,
    });
  });

  it("refuses a file without end", async () => {
    await expect(source("/dev/zero").fetch(signal)).rejects.toMatchObject({ retryable: false });
    await expect(source(folder.write("long", "x".repeat(300_000))).fetch(signal)).rejects.toMatchObject({
      code: "unreadable",
      retryable: false,
    });
  });
});
