import { Readable } from "node:stream";
import { createRedaction, readLines, readLogLine } from "./handler-log";

describe("handler log", () => {
  const linesOf = async (...chunks: string[]) => {
    const lines: string[] = [];
    const stream = Readable.from(chunks);
    readLines(stream, (line) => lines.push(line));
    await new Promise((resolve) => stream.once("close", resolve));
    return lines;
  };

  it("puts lines together from pieces, and keeps the last one without a line end", async () => {
    expect(await linesOf("fir", "st\nsecond\n", "\n", "third")).toEqual(["first", "second", "third"]);
  });

  it("cuts a line that does not end", async () => {
    const [line = ""] = await linesOf(...Array.from({ length: 40 }, () => "x".repeat(4096)));
    expect(line.length).toBe(64 * 1024);
  });

  it("reads severity and message of a structured line, and takes anything else as text", () => {
    expect(readLogLine('{"severity":"WARNING","message":"late"}')).toMatchObject({
      severity: "WARNING",
      message: "late",
    });
    expect(readLogLine('{"msg":"short"}')).toMatchObject({ severity: "DEFAULT", message: "short" });
    expect(readLogLine("{broken")).toEqual({ severity: "DEFAULT", message: "{broken" });
    expect(readLogLine("[1]")).toEqual({ severity: "DEFAULT", message: "[1]" });
  });

  it("blots out secrets, line by line, and whatever looks like a token or a private key", () => {
    const redact = createRedaction(["-----BEGIN X-----\nc2VjcmV0LWtleQ==\n-----END X-----\n", "short"]);
    expect(redact("key c2VjcmV0LWtleQ== used")).toBe("key [secret] used");
    expect(redact("Bearer eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl!")).toBe("Bearer [secret]!");
    expect(redact("token ya29.c.b0Aaekm")).toBe("token [secret]");
    expect(redact("-----BEGIN PRIVATE KEY-----MIIB")).toBe("[secret]");
    expect(redact("a short word")).toBe("a short word");
  });
});
