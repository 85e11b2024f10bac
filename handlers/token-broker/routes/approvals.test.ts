import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { z } from "zod";
import { tokenExchangeGrantType, tokenTypes } from "../../../facts/token-exchange";
import { batchAccount, grantOf, policy, reportAccount } from "../testing/broker-fixture";
import { type TemporaryFolder, temporaryFolder } from "../testing/certificates";
import { createFrontClients, type FrontBroker, startFrontBroker } from "../testing/front-broker";
import { setUpTokenEndpoint } from "../testing/token-endpoint";

const [batchJob, reportServer] = policy.clients;
let broker: FrontBroker;
let clients: Awaited<ReturnType<typeof createFrontClients>>;
beforeAll(async () => {
  clients = await createFrontClients();
});
beforeEach(async () => {
  broker = await startFrontBroker({
    policy: {
      clients: [
        {
          ...batchJob,
          grants: [{ ...grantOf(batchAccount), approval: { approvers: ["report server"], validSeconds: 60 } }],
        },
        { ...reportServer, grants: [] },
      ],
    },
  });
});
afterEach(() => broker.close());

const pendingSchema = z.object({
  pending: z.array(z.looseObject({ id: z.uuid(), client: z.string(), account: z.string() })),
});

/** What waits for the approver, once something does. */
async function pendingId(): Promise<string> {
  for (;;) {
    const response = await broker.get("/approvals", clients.reportServer);
    const { pending } = pendingSchema.parse(await response.json());
    const [first] = pending;
    if (first !== undefined) return first.id;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const decide = (id: string, decision: string, headers = clients.reportServer) =>
  broker.post(`/approvals/${id}`, { "content-type": "application/json", ...headers }, JSON.stringify({ decision }));
const ask = () => broker.get("/get_wif_token", clients.batchJob);
const events = () => broker.records().map(({ event }) => event);

describe("a grant that needs an approval", () => {
  it("gives its token when another client consents, and obtains none before", async () => {
    broker.keeper.start();
    const waiting = ask();
    const id = await pendingId();
    expect(broker.upstreams.requests.entra).toHaveLength(0);
    const verdict = await decide(id, "approve");
    expect(await verdict.json()).toMatchObject({ id, client: "batch job", account: batchAccount, decision: "approve" });
    expect((await waiting).status).toBe(200);
    expect((await ask()).status).toBe(200);
    expect(events().filter((event) => String(event).startsWith("approval") || event === "token_issued")).toEqual([
      "approval_requested",
      "approval_given",
      "token_issued",
      "token_issued",
    ]);
    expect(broker.records()).toContainEqual(
      expect.objectContaining({
        event: "approval_given",
        approver: "report server",
        subject: "batch job",
        approvalId: id,
      }),
    );
  });

  it("gives none when the other client says no", async () => {
    const waiting = ask();
    await decide(await pendingId(), "deny");
    const response = await waiting;
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({ error: "access_denied", error_description: "the approver said no" });
    expect(broker.audited()).toEqual([expect.objectContaining({ reason: "approval_denied" })]);
  });

  it("cannot be approved by the client itself, by a stranger or by nobody", async () => {
    const waiting = ask();
    const id = await pendingId();
    expect((await decide(id, "approve", clients.batchJob)).status).toBe(404);
    expect((await decide(id, "approve", clients.stranger)).status).toBe(403);
    expect((await decide(id, "approve", { ...clients.batchJob, "x-client-cert-present": "false" })).status).toBe(401);
    const own = pendingSchema.parse(await (await broker.get("/approvals", clients.batchJob)).json());
    expect(own.pending).toEqual([]);
    await decide(id, "deny");
    expect((await waiting).status).toBe(403);
  });

  it("takes no verdict of another form, and none twice", async () => {
    const waiting = ask();
    const id = await pendingId();
    const form = { ...clients.reportServer, "content-type": "application/x-www-form-urlencoded" };
    for (const malformed of [
      await decide(id, "perhaps"),
      await decide(id, "approve", form),
      await broker.post(`/approvals/${id}`, { ...clients.reportServer, "content-type": "application/json" }, "{"),
    ]) {
      expect([malformed.status, await malformed.json()]).toEqual([
        400,
        {
          error: "invalid_request",
          error_description: 'expected {"decision":"approve"} or {"decision":"deny"}, as application/json',
        },
      ]);
    }
    expect((await decide("not-an-id", "approve")).status).toBe(404);
    expect((await decide(id, "deny")).status).toBe(200);
    expect((await decide(id, "approve")).status).toBe(404);
    expect((await waiting).status).toBe(403);
  });

  it("is not waited for when the broker ends", async () => {
    const waiting = ask();
    await pendingId();
    const closing = broker.close();
    const response = await waiting;
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ error_description: expect.stringContaining("the broker ended") });
    await closing;
    broker = await startFrontBroker();
  });
});

describe("a grant that needs an approval, in a token exchange", () => {
  it("is not approved by the client that presents the token, which learns of no request of its own", async () => {
    const setUp = await setUpTokenEndpoint();
    const pipeline = { jwt: { issuer: setUp.issuer.issuer, subject: "pipeline" } };
    const approval = { approvers: ["batch job", "report server"], validSeconds: 60 };
    const exchanging = await setUp.start({
      policy: {
        clients: [
          { ...batchJob, grantTypes: ["client_credentials", tokenExchangeGrantType] },
          { ...reportServer, grants: [] },
          { name: "pipeline", match: pipeline, grants: [{ ...grantOf(reportAccount), approval }] },
        ],
      },
    });
    const form = {
      grant_type: tokenExchangeGrantType,
      client_id: "batch job",
      subject_token: await setUp.issuer.sign("pipeline"),
      subject_token_type: tokenTypes.jwt,
    };
    const waiting = exchanging.post("/oauth2/token", setUp.clients.batchJob, new URLSearchParams(form));
    const pendingOf = async (headers: Record<string, string>) =>
      pendingSchema.parse(await (await exchanging.get("/approvals", headers)).json()).pending;
    let [request] = await pendingOf(setUp.clients.reportServer);
    while (request === undefined) [request] = await pendingOf(setUp.clients.reportServer);
    expect(request).toMatchObject({ client: "pipeline", actor: "batch job" });
    expect(await pendingOf(setUp.clients.batchJob)).toEqual([]);
    const verdict = (headers: Record<string, string>, decision: string) =>
      exchanging.post(
        `/approvals/${request?.id}`,
        { ...headers, "content-type": "application/json" },
        JSON.stringify({ decision }),
      );
    expect((await verdict(setUp.clients.batchJob, "approve")).status).toBe(404);
    expect((await verdict(setUp.clients.reportServer, "deny")).status).toBe(200);
    expect((await waiting).status).toBe(403);
    await exchanging.close();
    setUp.remove();
  });
});

describe("two verdicts that come in the same moment", () => {
  let folder: TemporaryFolder;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => folder.remove());

  it("are not both told to have counted", async () => {
    await broker.close();
    const approval = { approvers: ["report server"], validSeconds: 60 };
    broker = await startFrontBroker({
      // The audit of a file is written once for all that comes together: both have found the request before.
      audit: { file: join(folder.path, "audit.jsonl") },
      policy: {
        clients: [
          { ...batchJob, grants: [{ ...grantOf(batchAccount), approval }] },
          { ...reportServer, grants: [] },
        ],
      },
    });
    const waiting = ask();
    const id = await pendingId();
    const headers = Object.entries({ host: "x", ...clients.reportServer, "content-type": "application/json" });
    const request = (decision: string) => {
      const body = JSON.stringify({ decision });
      const all = [...headers, ["content-length", String(body.length)]].map(([name, value]) => `${name}: ${value}`);
      return `POST /approvals/${id} HTTP/1.1\r\n${all.join("\r\n")}\r\n\r\n${body}`;
    };
    const socket = connect(broker.port, "127.0.0.1");
    socket.write(request("deny") + request("approve"));
    let answers = "";
    while (answers.split("HTTP/1.1").length < 3 || !answers.endsWith("}"))
      answers += String(await once(socket, "data"));
    socket.destroy();
    expect(answers.match(/HTTP\/1.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 404"]);
    expect((await waiting).status).toBe(403);
  });
});
