import { z } from "zod";
import { batchAccount, grantOf, policy } from "../testing/broker-fixture";
import { createFrontClients, type FrontBroker, startFrontBroker } from "../testing/front-broker";

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
  broker.post(`/approvals/${id}`, { ...headers, "content-type": "application/json" }, JSON.stringify({ decision }));
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
    expect((await decide(id, "perhaps")).status).toBe(400);
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
