import { execFileSync } from "node:child_process";
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

  it("refuses a directory, and a pipe without waiting for who writes to it", async () => {
    const pipe = folder.write("x", "").replace(/x$/, "pipe");
    execFileSync("mkfifo", [pipe]);
    for (const file of [folder.path, pipe]) {
      await expect(source(file).fetch(signal)).rejects.toMatchObject({
        message: "token-file: unreadable: expected a regular file",
        retryable: false,
      });
    }
  });

  it("leaves a read that hangs behind, and begins no second one beside it", async () => {
    let reads = 0;
    let finish: (token: string) => void = () => {};
    const read = () => {
      reads++;
      return new Promise<string>((resolve) => {
        finish = resolve;
      });
    };
    const hanging = fileSource({ kind: "file", file: "/mnt/token", subjectTokenType: "jwt" }, read);
    for (let attempt = 0; attempt < 3; attempt++) {
      await expect(hanging.fetch(AbortSignal.timeout(10))).rejects.toMatchObject({ code: "timeout", retryable: true });
    }
    await expect(hanging.fetch(AbortSignal.abort())).rejects.toMatchObject({ code: "timeout" });
    const waiting = hanging.fetch(signal);
    expect(reads).toBe(1);
    finish("late-token");
    expect(await waiting).toMatchObject({ token: "late-token" });
    const next = hanging.fetch(signal);
    finish("next-token");
    expect(await next).toMatchObject({ token: "next-token" });
    expect(reads).toBe(2);
  });
});
