import { inspect } from "node:util";
import { ResourceStore } from "../store/resource-store";
import { type AccessTokenRecord, TokenStore } from "./token-store";

const email = "mcp-server-dev@ailab-data-dev.iam.gserviceaccount.com";
const pool = "projects/1/locations/global/workloadIdentityPools/github-dev-01";

describe("the store of access tokens", () => {
  let store: ResourceStore;
  let tokens: TokenStore;
  beforeEach(() => {
    store = new ResourceStore();
    const put = (type: string, values: Record<string, string | boolean>) =>
      store.put({ stack: "dev", address: `${type}.x`, type, name: "x", values });
    put("google_service_account", { email });
    put("google_iam_workload_identity_pool", { name: pool });
    tokens = new TokenStore(store);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  const record = (seconds = 60): AccessTokenRecord => ({
    identity: { kind: "service-account", email },
    expiresAt: new Date(Date.now() + seconds * 1000),
    scopes: [],
  });
  const federated = (): AccessTokenRecord => ({
    ...record(),
    identity: {
      kind: "federated",
      pool,
      provider: `${pool}/providers/github`,
      subject: "s",
      groups: [],
      attributes: {},
    },
  });

  it("gives a new opaque token each time and finds what it stands for", () => {
    const [first, second] = [tokens.issue(record()), tokens.issue(federated())];
    expect(first).not.toBe(second);
    expect(tokens.find(first)?.identity).toEqual({ kind: "service-account", email });
    expect(tokens.find(second)?.identity.kind).toBe("federated");
    expect(tokens.find(`${first}x`)).toBeUndefined();
  });

  it("holds no token that could be read out of it", () => {
    const token = tokens.issue(record());
    expect(inspect(tokens, { depth: 9, showHidden: true })).not.toContain(token);
    expect(JSON.stringify(tokens)).not.toContain(token);
  });

  it("forgets a token at its end", () => {
    const token = tokens.issue(record(60));
    const now = Date.now();
    jest.spyOn(Date, "now").mockReturnValue(now + 60_001);
    expect(tokens.find(token)).toBeUndefined();
  });

  it("stops the tokens of an account or a pool that is disabled, and of one that is gone", () => {
    const [account, identity] = [tokens.issue(record()), tokens.issue(federated())];
    const disable = (type: string, disabled: boolean) => {
      const found = store.find(type, () => true);
      if (found !== undefined) store.put({ ...found, values: { ...found.values, disabled } });
    };
    disable("google_service_account", true);
    disable("google_iam_workload_identity_pool", true);
    expect([tokens.find(account), tokens.find(identity)]).toEqual([undefined, undefined]);
    disable("google_service_account", false);
    disable("google_iam_workload_identity_pool", false);
    expect([tokens.find(account), tokens.find(identity)]).not.toContain(undefined);
    store.remove("dev", "google_service_account.x");
    store.remove("dev", "google_iam_workload_identity_pool.x");
    expect([tokens.find(account), tokens.find(identity)]).toEqual([undefined, undefined]);
  });

  it("lets the oldest tokens make room, after those that have expired", () => {
    const oldest = tokens.issue(record(60));
    const expired = Array.from({ length: 5000 }, () => tokens.issue(record(-1)));
    const others = Array.from({ length: 4999 }, () => tokens.issue(record(60)));
    tokens.issue(record(60));
    expect(tokens.find(oldest)).toBeDefined();
    expect(expired.every((token) => tokens.find(token) === undefined)).toBe(true);
    for (let count = 0; count < 5000; count += 1) tokens.issue(record(60));
    expect(tokens.find(oldest)).toBeUndefined();
    expect(tokens.find(others.at(-1) ?? "")).toBeDefined();
  });
});
