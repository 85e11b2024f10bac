import { existsSync } from "node:fs";
import { connect } from "node:net";
import { Client, credentials, type ServiceError, status } from "@grpc/grpc-js";
import { UNKNOWN } from "../rules";
import { loadSchemas } from "../schema";
import { decodeMessage, encodeMessage } from "./descriptor";
import { encodeValue } from "./dynamic-value";
import { type ProviderServer, serveProvider } from "./provider-server";
import type { ProviderService } from "./provider-service";
import { schemaResponse } from "./schema-response";

/** Answers with what it was asked. */
const echo: ProviderService = {
  schemas: () => schemaResponse(loadSchemas("azuread")),
  configure: () => [{ severity: "warning", summary: "configured" }],
  validateResource: (type, config) => [
    {
      severity: "error",
      summary: `${type} ${JSON.stringify(config)}`,
      detail: "in detail",
      path: [{ attributeName: "oidc" }, { elementKeyInt: 0 }, { attributeName: "map" }, { elementKeyString: "key" }],
    },
  ],
  validateDataSource: () => [],
  upgradeState: (_, state) => ({ state, diagnostics: [] }),
  readResource: (_, state) => ({ state, diagnostics: [] }),
  planResource: (_, { proposed }) => ({
    state: proposed,
    requiresReplace: [[{ attributeName: "name" }]],
    diagnostics: [],
  }),
  applyResource: () => {
    throw new Error("secret detail");
  },
  importResource: (_, id) => ({ state: id === "none" ? null : { id }, diagnostics: [] }),
  readDataSource: (_, config) => ({ state: config, diagnostics: [] }),
};

describe("a provider server", () => {
  const errors: unknown[] = [];
  let server: ProviderServer;
  let client: Client;

  beforeAll(async () => {
    server = await serveProvider(echo, { onError: (error, method) => errors.push([method, error]) });
    client = clientOf(server);
  });

  afterAll(async () => {
    client.close();
    await server.close();
  });

  function clientOf({ attachment: { Addr } }: ProviderServer): Client {
    const address = Addr.Network === "unix" ? `unix:${Addr.String}` : Addr.String;
    return new Client(address, credentials.createInsecure());
  }

  function call(method: string, request: Uint8Array, by = client): Promise<Buffer> {
    const asIs = (bytes: Buffer) => bytes;
    return new Promise((resolve, reject) => {
      by.makeUnaryRequest<Buffer, Buffer>(
        `/tfplugin5.Provider/${method}`,
        asIs,
        asIs,
        Buffer.from(request),
        (error, answer) => (error !== null || answer === undefined ? reject(error) : resolve(answer)),
      );
    });
  }

  const failure = async (attempt: Promise<unknown>): Promise<Pick<ServiceError, "code" | "details">> =>
    attempt.then(
      () => {
        throw new Error("The call was answered");
      },
      ({ code, details }: ServiceError) => ({ code, details }),
    );

  it("is found by its process and its socket", () => {
    expect(server.attachment).toMatchObject({ Protocol: "grpc", ProtocolVersion: 5, Pid: process.pid, Test: true });
    expect(existsSync(server.attachment.Addr.String)).toBe(true);
  });

  it("sends all schemas in one answer, and says that once is enough", async () => {
    const answer = decodeMessage("GetSchemaResponse", await call("GetSchema", Buffer.alloc(0)));
    expect(answer).toMatchObject({
      serverCapabilities: { getProviderSchemaOptional: true },
      provider: { block: { attributes: expect.arrayContaining([expect.objectContaining({ name: "tenant_id" })]) } },
      resourceSchemas: {
        azuread_application_password: {
          block: {
            attributes: expect.arrayContaining([
              expect.objectContaining({
                name: "value",
                computed: true,
                sensitive: true,
                type: Buffer.from('"string"'),
              }),
            ]),
            blockTypes: [expect.objectContaining({ typeName: "timeouts", nesting: 1 })],
          },
        },
      },
    });
  });

  it("says which methods it does not offer", async () => {
    expect(await failure(call("GetMetadata", Buffer.alloc(0)))).toMatchObject({ code: status.UNIMPLEMENTED });
  });

  it.each(["GetFunctions", "GetResourceIdentitySchemas", "Stop"])("answers %s with nothing", async (method) => {
    expect(await call(method, Buffer.alloc(0))).toHaveLength(0);
  });

  it("carries values, unknown ones too, and paths of what replaces", async () => {
    const proposedNewState = encodeValue({ id: UNKNOWN, name: "n" });
    const request = encodeMessage("PlanRequest", { typeName: "t", proposedNewState, priorPrivate: Buffer.from("p") });
    expect(decodeMessage("PlanResponse", await call("PlanResourceChange", request))).toMatchObject({
      plannedState: { msgpack: Buffer.from(proposedNewState.msgpack) },
      plannedPrivate: Buffer.from("p"),
      requiresReplace: [{ steps: [{ attributeName: "name" }] }],
      legacyTypeSystem: true,
    });
  });

  it("carries diagnostics with the place they are about", async () => {
    const request = encodeMessage("TypeAndConfig", { typeName: "t", config: encodeValue({ a: 1 }) });
    expect(decodeMessage("Diagnostics", await call("ValidateResourceTypeConfig", request))).toMatchObject({
      diagnostics: [
        {
          severity: 1,
          summary: 't {"a":1}',
          detail: "in detail",
          attribute: {
            steps: [
              { attributeName: "oidc" },
              { elementKeyInt: 0 },
              { attributeName: "map" },
              { elementKeyString: "key" },
            ],
          },
        },
      ],
    });
    const configured = await call("Configure", encodeMessage("ConfigureRequest", { config: encodeValue({}) }));
    expect(decodeMessage("Diagnostics", configured)).toMatchObject({
      diagnostics: [{ severity: 2, summary: "configured", attribute: null }],
    });
  });

  it("gives the provider's configuration back, reads old states, imports and reads data", async () => {
    const config = encodeValue({ project: "p" });
    const bytes = { msgpack: Buffer.from(config.msgpack), json: expect.anything() };
    expect(
      decodeMessage(
        "PrepareResponse",
        await call("PrepareProviderConfig", encodeMessage("PrepareRequest", { config })),
      ),
    ).toMatchObject({ preparedConfig: bytes });
    expect(
      decodeMessage(
        "ReadDataSourceResponse",
        await call("ReadDataSource", encodeMessage("TypeAndConfig", { typeName: "t", config })),
      ),
    ).toMatchObject({ state: bytes });
    const rawState = { json: Buffer.from('{"project":"p"}') };
    expect(
      decodeMessage(
        "UpgradeResponse",
        await call("UpgradeResourceState", encodeMessage("UpgradeRequest", { typeName: "t", rawState })),
      ),
    ).toMatchObject({ upgradedState: bytes });
    const imported = (id: string) => call("ImportResourceState", encodeMessage("ImportRequest", { typeName: "t", id }));
    expect(decodeMessage("ImportResponse", await imported("i"))).toMatchObject({
      importedResources: [{ typeName: "t" }],
    });
    expect(decodeMessage("ImportResponse", await imported("none"))).toMatchObject({ importedResources: [] });
  });

  it("says of its own errors no more than that they happened, and tells its log the rest", async () => {
    errors.length = 0;
    const request = encodeMessage("ApplyRequest", { typeName: "t" });
    expect(await failure(call("ApplyResourceChange", request))).toEqual({
      code: status.INTERNAL,
      details: "The twin could not answer ApplyResourceChange; its log says why.",
    });
    expect(errors).toEqual([["ApplyResourceChange", new Error("secret detail")]]);
  });

  it.each([
    ["bytes that are no message", "ReadResource", Buffer.from([0xff, 0xff, 0xff])],
    ["no type", "ReadResource", Buffer.alloc(0)],
    [
      "a value that is no value",
      "ReadResource",
      encodeMessage("ReadRequest", { typeName: "t", currentState: { msgpack: Buffer.from([0xc1]) } }),
    ],
    [
      "a state that is no JSON",
      "UpgradeResourceState",
      encodeMessage("UpgradeRequest", { typeName: "t", rawState: { json: Buffer.from("{") } }),
    ],
  ])("refuses %s and stays up", async (_, method, request) => {
    expect(await failure(call(method, request))).toMatchObject({ code: status.INTERNAL });
    expect(await call("Stop", Buffer.alloc(0))).toHaveLength(0);
  });

  it("refuses a message that is too large and stays up", async () => {
    expect(await failure(call("ReadResource", Buffer.alloc(17 * 1024 * 1024)))).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
    });
    expect(await call("Stop", Buffer.alloc(0))).toHaveLength(0);
  });

  it("outlives clients that vanish or never spoke the protocol", async () => {
    const vanished = clientOf(server);
    const call = failure(
      new Promise((_, reject) =>
        vanished.makeUnaryRequest("/tfplugin5.Provider/GetSchema", Buffer.from, Buffer.from, Buffer.alloc(0), reject),
      ),
    );
    vanished.close();
    await call;
    await new Promise<void>((resolve) => {
      const socket = connect(server.attachment.Addr.String, () => {
        socket.write("GET / HTTP/1.1\r\n\r\n");
        socket.destroy();
        resolve();
      });
    });
    const other = clientOf(server);
    await new Promise<void>((resolve, reject) =>
      other.makeUnaryRequest(
        "/tfplugin5.Provider/Stop",
        (bytes: Buffer) => bytes,
        (bytes: Buffer) => bytes,
        Buffer.alloc(0),
        (error) => (error === null ? resolve() : reject(error)),
      ),
    );
    other.close();
  });

  it("listens on the loopback address where there are no sockets in files, and leaves nothing behind", async () => {
    const byPort = await serveProvider(echo, { transport: "port" });
    expect(byPort.attachment.Addr).toEqual({ Network: "tcp", String: expect.stringMatching(/^127\.0\.0\.1:\d+$/) });
    const visitor = clientOf(byPort);
    expect(await call("Stop", Buffer.alloc(0), visitor)).toHaveLength(0);
    visitor.close();
    await byPort.close();
    await byPort.close();

    const bySocket = await serveProvider(echo);
    await bySocket.close();
    expect(existsSync(bySocket.attachment.Addr.String)).toBe(false);
  });
});
