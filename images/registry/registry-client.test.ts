import { randomBytes } from "node:crypto";
import { digestOf } from "../digest";
import { mediaTypes } from "../oci/oci-image";
import { type Misbehaviour, recordedPace, reply, startScriptedRegistry } from "../testing/scripted-registry";
import { RegistryClient } from "./registry-client";
import type { RegistryFetch } from "./registry-fetch";

const content = randomBytes(50_000);
const blob = { digest: digestOf(content), size: content.length };
const text = content.toString("latin1");

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function client(misbehave: Misbehaviour, using: RegistryFetch = fetch) {
  const registry = await startScriptedRegistry(misbehave);
  closers.push(registry.close);
  const credentials = async () => ({ username: "u", password: "p" });
  const from = new RegistryClient({ origin: registry.origin, fetch: using, pace: recordedPace(), credentials });
  return Object.assign(from, { requests: registry.requests, origin: registry.origin });
}

async function read(from: RegistryClient): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of from.readBlob("p/base", blob)) pieces.push(piece);
  return Buffer.concat(pieces);
}

describe("reading a blob", () => {
  const whole: Misbehaviour = (_, response) => {
    response.end(content);
    return "answered";
  };

  it("gives the content that the digest names", async () => {
    expect(await read(await client(whole))).toEqual(content);
  });

  it("follows the registry to where the blob lies, and says there nothing of who asks", async () => {
    const there = await client(({ path, headers }, response, index, request) => {
      if (path === "/elsewhere")
        return whole({ method: "GET", path, headers, query: new URLSearchParams() }, response, index, request);
      if (headers["authorization"] === undefined) return reply(response, 401, { "www-authenticate": "Basic" });
      return reply(response, 307, { location: "/elsewhere" });
    });
    expect(await read(there)).toEqual(content);
    expect(there.requests.map(({ path, headers }) => [path, headers["authorization"]])).toEqual([
      [`/v2/p/base/blobs/${blob.digest}`, undefined],
      [`/v2/p/base/blobs/${blob.digest}`, expect.stringMatching(/^Basic /)],
      ["/elsewhere", undefined],
    ]);
  });

  it.each([
    ["plain HTTP elsewhere", "http://storage.example/blob"],
    ["a service of the machine itself", "http://127.0.0.1:1/blob"],
    ["a file", "file:///etc/passwd"],
    ["itself, endlessly", "/v2/p/base/blobs/again"],
    ["nowhere", ""],
  ])("does not follow it to %s", async (_, location) => {
    const there = await client((_received, response) => reply(response, 307, location === "" ? {} : { location }));
    await expect(read(there)).rejects.toMatchObject({ code: "unexpected-answer" });
    expect(there.requests.length).toBeLessThanOrEqual(4);
  });

  it.each<[problem: string, body: Buffer]>([
    ["shorter", content.subarray(1)],
    ["longer", Buffer.concat([content, Buffer.from("x")])],
    ["other", randomBytes(content.length)],
    ["no", Buffer.alloc(0)],
  ])("fails for %s content", async (_, body) => {
    const there = await client((_received, response) => {
      response.end(body);
      return "answered";
    });
    await expect(read(there)).rejects.toMatchObject({ code: "mismatch" });
  });

  it("reads no more of an endless answer than the blob is long", async () => {
    let sent = 0;
    const there = await client((_, response) => {
      const send = () => {
        while (!response.destroyed) {
          sent += 65_536;
          if (!response.write(Buffer.alloc(65_536))) {
            response.once("drain", send);
            return;
          }
        }
      };
      send();
      return "answered";
    });
    await expect(read(there)).rejects.toMatchObject({ code: "mismatch" });
    expect(sent).toBeLessThan(20_000_000);
  });
});

describe("reading a manifest", () => {
  const manifest = '{"schemaVersion":2}';
  const typed = { "content-type": mediaTypes.manifest };

  it("gives it with its digest, whatever it was asked by", async () => {
    const there = await client((_, response) => reply(response, 200, typed, manifest));
    const expected = { mediaType: mediaTypes.manifest, digest: digestOf(manifest), content: Buffer.from(manifest) };
    expect(await there.manifest("p/base", "24")).toEqual(expected);
    expect(await there.manifest("p/base", digestOf(manifest))).toEqual(expected);
  });

  it.each<[problem: string, code: string, status: number, headers: Record<string, string>, body: string]>([
    ["another one than the digest names", "mismatch", 200, typed, '{"schemaVersion":3}'],
    ["one of an unknown type", "unexpected-answer", 200, { "content-type": "text/html" }, manifest],
    ["one without a type", "unexpected-answer", 200, {}, manifest],
    ["one of more than 4 MiB", "unexpected-answer", 200, typed, text.repeat(90)],
    ["none", "not-found", 404, {}, ""],
    ["a redirect", "unexpected-answer", 302, { location: "https://elsewhere.example/" }, ""],
  ])("fails when it gets %s", async (_, code, status, headers, body) => {
    const there = await client((_received, response) => reply(response, status, headers, body));
    await expect(there.manifest("p/base", digestOf(manifest))).rejects.toMatchObject({ code });
  });
});
