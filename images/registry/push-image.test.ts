import { randomBytes } from "node:crypto";
import { digestOf } from "../digest";
import { handlerOciImage, type OciImage } from "../oci/oci-image";
import { uncompressedLayer } from "../recipe/uncompressed-layer";
import { writeTar } from "../tar/write-tar";
import { fixtureLayers, fixtureLock } from "../testing/fixture-lock";
import {
  type Misbehaviour,
  recordedPace,
  reply,
  type ScriptedRegistry,
  startScriptedRegistry,
} from "../testing/scripted-registry";
import { pushImage } from "./push-image";
import { RegistryClient } from "./registry-client";
import { RegistryError } from "./registry-error";
import type { RegistryTransportOptions } from "./registry-transport";

const entries = [{ kind: "file", path: "main.cjs", content: randomBytes(100_000) } as const];
const appLayer = uncompressedLayer(entries);
const image: OciImage = handlerOciImage(fixtureLock, appLayer);
const contents = new Map([...fixtureLayers, Buffer.concat([...writeTar(entries)])].map((one) => [digestOf(one), one]));
const [first, second] = fixtureLock.layers;
const password = "ya29.an-access-token";

let registry: ScriptedRegistry | undefined;
afterEach(async () => {
  await registry?.close();
  registry = undefined;
});

interface Push extends Partial<Omit<RegistryTransportOptions, "origin" | "fetch" | "pace">> {
  readonly repository?: string;
  readonly siblings?: readonly string[];
  readonly image?: OciImage;
}

async function started(misbehave?: Misbehaviour): Promise<ScriptedRegistry> {
  registry = await startScriptedRegistry(misbehave);
  return registry;
}

/** Pushes, and tells what came of it, which layers were opened, and what was said. */
async function push({ origin }: ScriptedRegistry, { repository = "p/app", siblings = [], ...options }: Push = {}) {
  const pace = recordedPace();
  const client = new RegistryClient({ origin, fetch, pace, patience: 60_000, ...options });
  const opened: string[] = [];
  const outcome = await pushImage({
    client,
    repository,
    image: options.image ?? image,
    siblings,
    pace,
    openLayer: async ({ digest }) => {
      opened.push(digest);
      const content = contents.get(digest) ?? Buffer.alloc(0);
      return async function* () {
        for (let at = 0; at < content.length; at += 16_384) yield content.subarray(at, at + 16_384);
      };
    },
  }).catch((error: unknown) => error);
  return { outcome, opened, ...pace };
}

const start = "POST /v2/p/app/blobs/uploads/";
const upload = expect.stringMatching(/^PUT \/v2\/p\/app\/blobs\/uploads\/[0-9a-f-]{36}$/);

describe("pushing an image", () => {
  it("sends what is missing and then the manifest, by digest and with a tag of its own", async () => {
    const there = await started();
    const { outcome, lines } = await push(there);
    const layers = image.layers.reduce((sum, { size }) => sum + size, 0);
    expect(outcome).toEqual({ sent: layers + image.config.size + image.manifest.length });
    const blob = (digest?: string) => [`HEAD /v2/p/app/blobs/${digest}`, start, upload];
    expect(there.heard()).toEqual([
      `HEAD /v2/p/app/manifests/${image.digest}`,
      ...[first?.digest, second?.digest, appLayer.digest, image.config.digest].flatMap(blob),
      `PUT /v2/p/app/manifests/${image.digest}`,
      `PUT /v2/p/app/manifests/${image.digest.slice("sha256:".length, "sha256:".length + 12)}`,
    ]);
    expect(lines.at(-1)).toMatch(/^p\/app@sha256:[0-9a-f]{64} is pushed, 0\.1 MB sent$/);
    const pulled = await new RegistryClient({ origin: there.origin, fetch, pace: recordedPace() }).manifest(
      "p/app",
      image.digest,
    );
    expect(pulled.content.toString()).toBe(image.manifest);
  });

  it("sends nothing a second time, and opens no layer", async () => {
    const there = await started();
    await push(there);
    there.heard();
    const { outcome, opened } = await push(there);
    expect(outcome).toEqual({ sent: 0 });
    expect(opened).toEqual([]);
    expect(there.heard()).toEqual([`HEAD /v2/p/app/manifests/${image.digest}`]);
  });

  it("sends only the layer that is new, when the source has changed", async () => {
    const there = await started();
    await push(there);
    const changed = [{ kind: "file", path: "main.cjs", content: Buffer.from("other") } as const];
    const layer = uncompressedLayer(changed);
    contents.set(layer.digest, Buffer.concat([...writeTar(changed)]));
    const { opened } = await push(there, { image: handlerOciImage(fixtureLock, layer) });
    expect(opened).toEqual([layer.digest]);
  });

  it("takes layers from a sibling that has them, instead of sending them", async () => {
    const there = await started();
    await push(there, { repository: "p/sibling" });
    there.heard();
    const { opened, lines, outcome } = await push(there, { siblings: ["p/absent", "p/sibling"] });
    expect(opened).toEqual([]);
    expect(outcome).toMatchObject({ sent: expect.any(Number) });
    expect(lines).toContain("layer 1 of 3 is taken from p/sibling");
    expect(
      there.requests.some(({ query }) => query.get("mount") === first?.digest && query.get("from") === "p/sibling"),
    ).toBe(true);
  });

  it("sends a blob again from its beginning when the connection breaks in the middle", async () => {
    let broken = 0;
    const there = await started(({ method, query }, _, __, request) => {
      if (method !== "PUT" || query.get("digest") !== appLayer.digest || broken === 2) return undefined;
      broken += 1;
      request.once("data", () => request.socket.destroy());
      return "answered";
    });
    const { outcome, pauses } = await push(there);
    expect(outcome).toMatchObject({ sent: expect.any(Number) });
    expect(pauses).toEqual([1_000, 2_000]);
    expect(there.registry.hasBlob("p/app", appLayer.digest)).toBe(true);
  });

  it("waits as long as the registry asks, and grows its pauses where it does not", async () => {
    const there = await started((_, response, index) => {
      if (index === 0) return reply(response, 429, { "retry-after": "7" });
      return index < 3 ? reply(response, 503) : undefined;
    });
    const { outcome, pauses, lines } = await push(there);
    expect(outcome).toMatchObject({ sent: expect.any(Number) });
    expect(pauses).toEqual([7_000, 2_000, 4_000]);
    expect(lines[0]).toMatch(/^HEAD \S+ answered 429; trying again in 7 s$/);
  });

  it("gives up when its patience ends, with the last answer", async () => {
    const there = await started((_, response) => reply(response, 502));
    const { outcome, pauses } = await push(there);
    expect(outcome).toMatchObject({
      code: "gave-up",
      message: expect.stringMatching(/^Gave up: HEAD \S+ answered 502$/),
    });
    expect(pauses.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(60_000);
    expect(pauses.at(-1)).toBe(16_000);
  });

  it("gives up at once on a registry that asks for more patience than there is", async () => {
    const there = await started((_, response) => reply(response, 503, { "retry-after": "86400" }));
    const { outcome, pauses } = await push(there);
    expect(outcome).toMatchObject({ code: "gave-up" });
    expect(pauses).toEqual([]);
  });

  const refused = JSON.stringify({ errors: [{ code: "DENIED", message: 'Permission\n"x" denied' }] });

  it("says in the registry's words that somebody may not, on one line", async () => {
    const there = await started(({ method }, response) =>
      method === "POST" ? reply(response, 403, {}, refused) : undefined,
    );
    const { outcome, pauses } = await push(there);
    expect(pauses).toEqual([]);
    expect(outcome).toMatchObject({
      code: "not-authorized",
      message: `POST ${there.origin}/v2/p/app/blobs/uploads/ answered 403 DENIED: Permission "x" denied`,
    });
  });

  it("tries a refusal again where rights may be on their way", async () => {
    const there = await started(({ method }, response, index) =>
      method === "POST" && index < 5 ? reply(response, 403, {}, refused) : undefined,
    );
    const { outcome, pauses, lines } = await push(there, { propagating: true });
    expect(outcome).toMatchObject({ sent: expect.any(Number) });
    expect(pauses.length).toBeGreaterThan(0);
    expect(lines.join()).toContain('answered 403 DENIED: Permission "x" denied; trying again');
  });

  it.each<[problem: string, code: string, misbehave: Misbehaviour]>([
    [
      "stores something else than was sent",
      "mismatch",
      ({ method, path }, response, _, request) => {
        if (method !== "PUT" || !path.includes("/blobs/")) return undefined;
        request.resume();
        return reply(response, 201, { "docker-content-digest": digestOf("else") });
      },
    ],
    [
      "stores the manifest under another digest",
      "mismatch",
      ({ method, path }, response) =>
        method === "PUT" && path.includes("/manifests/")
          ? reply(response, 201, { "docker-content-digest": digestOf("else") })
          : undefined,
    ],
    [
      "has a blob of that digest in another size",
      "mismatch",
      ({ method, path }, response) =>
        method === "HEAD" && path.includes("/blobs/") ? reply(response, 200, { "content-length": "1" }) : undefined,
    ],
    [
      "sends uploads to another host",
      "unexpected-answer",
      ({ method }, response) =>
        method === "POST" ? reply(response, 202, { location: "https://upload.example/x" }) : undefined,
    ],
    [
      "sends uploads to another port",
      "unexpected-answer",
      ({ method }, response) =>
        method === "POST" ? reply(response, 202, { location: "http://127.0.0.1:1/x" }) : undefined,
    ],
    [
      "names no place for uploads",
      "unexpected-answer",
      ({ method }, response) => (method === "POST" ? reply(response, 202) : undefined),
    ],
    [
      "leads elsewhere",
      "unexpected-answer",
      (_, response) => reply(response, 307, { location: "https://registry.example/" }),
    ],
    [
      "calls the manifest wrong",
      "refused",
      ({ method, path }, response) =>
        method === "PUT" && path.includes("/manifests/") ? reply(response, 400) : undefined,
    ],
    ["answers what nobody expects", "refused", (_, response) => reply(response, 418)],
    [
      "asks for an unknown kind of authorization",
      "unexpected-answer",
      (_, response) => reply(response, 401, { "www-authenticate": "Negotiate" }),
    ],
    ["asks for nothing in particular", "unexpected-answer", (_, response) => reply(response, 401)],
  ])("stops at once when the registry %s", async (_, code, misbehave) => {
    const there = await started(misbehave);
    const { outcome, pauses } = await push(there, { credentials: async () => ({ username: "u", password }) });
    expect(outcome).toBeInstanceOf(RegistryError);
    expect(outcome).toMatchObject({ code, message: expect.stringMatching(/^[^\n]+$/) });
    expect(pauses).toEqual([]);
  });
});

describe("a registry that asks who is there", () => {
  const basic = `Basic ${Buffer.from(`oauth2accesstoken:${password}`).toString("base64")}`;
  const credentials = async () => ({ username: "oauth2accesstoken", password });
  let realm = "";

  /** Gives tokens at /token to whoever has the password, and serves who has one. */
  const bearer: Misbehaviour = ({ path, headers, query }, response) => {
    if (path === "/token") {
      const isKnown = headers["authorization"] === basic;
      return reply(
        response,
        isKnown ? 200 : 401,
        {},
        JSON.stringify({ token: `for ${query.getAll("scope")}`.replace(/\W/g, "_") }),
      );
    }
    if (headers["authorization"]?.toString().startsWith("Bearer for_repository_p_app_pull")) return undefined;
    const challenge = `Bearer realm="${realm}",service="registry.example",scope="repository:p/app:pull"`;
    return reply(response, 401, { "www-authenticate": challenge });
  };

  it("is given a token of its own token service, one for reading and one for writing", async () => {
    const there = await started(bearer);
    realm = `${there.origin}/token`;
    const { outcome } = await push(there, { credentials });
    expect(outcome).toMatchObject({ sent: expect.any(Number) });
    const asked = there.requests.filter(({ path }) => path === "/token");
    expect(asked.map(({ query }) => [query.get("service"), query.get("scope")])).toEqual([
      ["registry.example", "repository:p/app:pull"],
      ["registry.example", "repository:p/app:pull,push"],
    ]);
    const elsewhere = there.requests.filter(({ path }) => path !== "/token");
    expect(elsewhere.some(({ headers }) => headers["authorization"] === basic)).toBe(false);
  });

  it("is asked for a new token when the old one has ended in the middle", async () => {
    let ended = false;
    const there = await started((received, response, index, request) => {
      if (received.method === "PUT" && !ended) {
        ended = true;
        request.resume();
        return reply(response, 401, { "www-authenticate": `Bearer realm="${realm}"` });
      }
      return bearer(received, response, index, request);
    });
    realm = `${there.origin}/token`;
    expect((await push(there, { credentials })).outcome).toMatchObject({ sent: expect.any(Number) });
  });

  it("is given user and password where it wants them in every request", async () => {
    const there = await started(({ headers }, response) =>
      headers["authorization"] === basic ? undefined : reply(response, 401, { "www-authenticate": 'Basic realm="r"' }),
    );
    expect((await push(there, { credentials })).outcome).toMatchObject({ sent: expect.any(Number) });
  });

  it("gets no password for a token service on another host, and is told so", async () => {
    const there = await started(bearer);
    const other = await startScriptedRegistry((_, response) => reply(response, 401));
    try {
      realm = `${other.origin}/token`;
      // Plain HTTP to a host of its own choosing is refused before; as https it would be asked without the password.
      const { outcome } = await push(there, { credentials });
      expect(outcome).toMatchObject({ code: "unexpected-answer" });
      expect(other.requests).toEqual([]);
    } finally {
      await other.close();
    }
  });

  it("sees the password go to nobody else, even over TLS", async () => {
    const seen: (readonly [string, string | undefined])[] = [];
    const there = await started(bearer);
    realm = "https://tokens.example/token";
    const client = new RegistryClient({
      origin: there.origin,
      pace: recordedPace(),
      credentials,
      fetch: async (url, init) => {
        if (url.startsWith(there.origin)) return fetch(url, init);
        seen.push([url, init.headers["authorization"]]);
        return new Response("{}", { status: 401 });
      },
    });
    await expect(client.hasManifest("p/app", image.digest)).rejects.toMatchObject({
      code: "not-authorized",
      message: expect.stringContaining("without credentials, as it is another host"),
    });
    expect(seen).toEqual([
      ["https://tokens.example/token?service=registry.example&scope=repository%3Ap%2Fapp%3Apull", undefined],
    ]);
  });

  it.each([
    ["no address", "token"],
    ["no https address", "http://tokens.example/token"],
    ["a file", "file:///etc/passwd"],
    ["an address with a password", "https://user:secret@tokens.example/"],
  ])("is not believed when it names %s for tokens", async (_, wrong) => {
    const there = await started(bearer);
    realm = wrong;
    const { outcome } = await push(there, { credentials });
    expect(outcome).toMatchObject({ code: "unexpected-answer" });
  });

  it.each([
    ["nothing", ""],
    ["no JSON", "<html>"],
    ["a token that breaks the header", JSON.stringify({ token: "a\r\nx: y" })],
    ["an endless text", `{"token":"${"a".repeat(70_000)}"}`],
  ])("fails when its token service answers %s", async (_, body) => {
    const there = await started(({ path }, response) =>
      path === "/token"
        ? reply(response, 200, {}, body)
        : reply(response, 401, { "www-authenticate": `Bearer realm="${realm}"` }),
    );
    realm = `${there.origin}/token`;
    expect((await push(there, { credentials })).outcome).toMatchObject({ code: "unexpected-answer" });
  });

  it("never sees its password or token in an error or a line", async () => {
    const echo: Misbehaviour = ({ path, headers }, response) => {
      const body = JSON.stringify({ errors: [{ code: "UNAUTHORIZED", message: "no" }] });
      if (path === "/token") return reply(response, 200, {}, JSON.stringify({ access_token: "registry-token" }));
      return reply(
        response,
        headers["authorization"] === undefined ? 401 : 403,
        { "www-authenticate": `Bearer realm="${realm}"` },
        body,
      );
    };
    const there = await started(echo);
    realm = `${there.origin}/token`;
    const { outcome, lines } = await push(there, { credentials, propagating: true });
    expect(outcome).toMatchObject({ code: "gave-up" });
    expect([String(outcome), ...lines].join("\n")).not.toMatch(/ya29|registry-token/);
  });
});
