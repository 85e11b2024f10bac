import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { batchAccount } from "../../handlers/token-broker/testing/broker-fixture";
import { temporaryFolder } from "../../handlers/token-broker/testing/certificates";
import {
  idTokenAudience,
  type MutualTlsBroker,
  startMutualTlsBroker,
} from "../../handlers/token-broker/testing/mutual-tls-broker";
import { unsignedJwt } from "../../handlers/token-broker/testing/source-tools";
import { UserError } from "../user-error";
import { agentCommand } from "./agent-command";
import { startFakeBroker } from "./testing/fake-broker";
import { recordedSurroundings } from "./testing/surroundings";

const run = promisify(execFile);
let broker: MutualTlsBroker;
let agent: { authority: string; end(): Promise<number> };

beforeAll(async () => {
  broker = await startMutualTlsBroker();
  const recorded = recordedSurroundings();
  const done = agentCommand(
    { broker: broker.broker, ...broker.files, clientId: "batch job", projectNumber: "710000000001" },
    recorded.surroundings,
  );
  const line = await recorded.whenPrinted("GCE_METADATA_HOST");
  const authority = /GCE_METADATA_HOST=(\S+)/.exec(line)?.[1] ?? "none";
  agent = {
    authority,
    end: () => {
      recorded.end();
      return done;
    },
  };
});
afterAll(async () => {
  expect(await agent.end()).toBe(0);
  await broker.close();
});

const environment = () => ({
  ...process.env,
  GCE_METADATA_HOST: agent.authority,
  GCE_METADATA_ROOT: agent.authority,
  GCE_METADATA_IP: agent.authority,
  NO_PROXY: "127.0.0.1,localhost",
});
let idToken: string | undefined;
/** The ID token that the account has for the audience; the agent keeps it from the first time on. */
const accountIdToken = (): string => {
  if (idToken === undefined) {
    idToken = unsignedJwt({ exp: Math.floor(Date.now() / 1000) + 3_600, aud: idTokenAudience });
    broker.upstreams.plan("iamCredentials", { status: 200, body: { token: idToken } });
  }
  return idToken;
};
const gcloud = ["/usr/bin/gcloud", "/usr/local/bin/gcloud", "/snap/bin/gcloud"].find((path) => existsSync(path));
const gcloudLibraries = "/usr/lib/google-cloud-sdk/lib/third_party";

/** A test that another program's presence decides on; its absence is said. */
function withProgram(program: string, isThere: boolean): typeof it {
  if (!isThere) console.warn(`keyless agent: not tried with ${program}, which is not here`);
  return isThere ? it : it.skip;
}

describe("keyless agent", () => {
  it("is a metadata server to google-auth-library", async () => {
    const script = `const { GoogleAuth } = require("google-auth-library");
      (async () => {
        const auth = new GoogleAuth({ scopes: "https://www.googleapis.com/auth/cloud-platform" });
        const client = await auth.getClient();
        const { token } = await client.getAccessToken();
        console.log(JSON.stringify({ kind: client.constructor.name, token, project: await auth.getProjectId() }));
      })()`;
    const { stdout } = await run(process.execPath, ["-e", script], { env: environment() });
    const answer = JSON.parse(stdout);
    expect(answer).toMatchObject({ kind: "Compute", project: "ailab-data-dev" });
    expect(broker.upstreams.hasIssued(answer.token)).toBe(true);
  });

  it("gives google-auth-library an ID token for an audience", async () => {
    const token = accountIdToken();
    const script = `const { GoogleAuth } = require("google-auth-library");
      new GoogleAuth().getIdTokenClient(${JSON.stringify(idTokenAudience)})
        .then((client) => client.idTokenProvider.fetchIdToken(${JSON.stringify(idTokenAudience)})).then(console.log)`;
    const { stdout } = await run(process.execPath, ["-e", script], { env: environment() });
    expect(stdout.trim()).toBe(token);
  });

  it("answers curl", async () => {
    const url = `http://${agent.authority}/computeMetadata/v1/instance/service-accounts/default/email`;
    const { stdout } = await run("curl", ["--silent", "--noproxy", "*", "--header", "Metadata-Flavor: Google", url]);
    expect(stdout).toBe(batchAccount);
  });

  it("answers Python's urllib", async () => {
    const script = `
import json, urllib.request
request = urllib.request.Request("http://${agent.authority}/computeMetadata/v1/instance/service-accounts/default/token", headers={"Metadata-Flavor": "Google"})
print(json.load(urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request))["access_token"])`;
    const { stdout } = await run("python3", ["-c", script]);
    expect(broker.upstreams.hasIssued(stdout.trim())).toBe(true);
  });

  withProgram("google-auth of Python", existsSync(gcloudLibraries))(
    "is a metadata server to google-auth of Python",
    async () => {
      const script = `
import google.auth, google.auth.transport.requests as transport
credentials, project = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
credentials.refresh(transport.Request())
print(credentials.token, project, credentials.service_account_email)`;
      const env = { ...environment(), PYTHONPATH: gcloudLibraries };
      const { stdout } = await run("python3", ["-c", script], { env });
      const [token = "", project, email] = stdout.trim().split(" ");
      expect(broker.upstreams.hasIssued(token)).toBe(true);
      expect([project, email]).toEqual(["ailab-data-dev", batchAccount]);
    },
  );

  withProgram("gcloud", gcloud !== undefined)(
    "gives gcloud its account, project and tokens",
    async () => {
      const folder = temporaryFolder();
      const config = join(folder.path, "gcloud");
      mkdirSync(config);
      const env = { ...environment(), CLOUDSDK_CONFIG: config, CLOUDSDK_CORE_DISABLE_PROMPTS: "1" };
      const ask = async (...args: string[]) => (await run(gcloud ?? "gcloud", args, { env })).stdout.trim();
      expect(await ask("config", "get-value", "account")).toBe(batchAccount);
      expect(broker.upstreams.hasIssued(await ask("auth", "print-access-token"))).toBe(true);
      const token = accountIdToken();
      expect(await ask("auth", "print-identity-token", `--audiences=${idTokenAudience}`)).toBe(token);
      folder.remove();
    },
    60_000,
  );

  it("listens for this machine only", async () => {
    const options = { broker: broker.broker, ...broker.files };
    for (const host of ["0.0.0.0", "::", "10.0.0.1", "example.com"]) {
      await expect(agentCommand({ ...options, host }, recordedSurroundings().surroundings)).rejects.toThrow(UserError);
    }
  });

  it.each(["127.0.0.2", "::1", "localhost"])("listens on %s where it is told to, and answers there", async (host) => {
    const recorded = recordedSurroundings();
    const done = agentCommand({ broker: broker.broker, ...broker.files, host, json: true }, recorded.surroundings);
    const printed = JSON.parse(await recorded.whenPrinted("GCE_METADATA_HOST"));
    const url = `http://${printed.GCE_METADATA_HOST}/computeMetadata/v1/instance/service-accounts/default/email`;
    const { stdout } = await run("curl", ["--silent", "--noproxy", "*", "--header", "Metadata-Flavor: Google", url]);
    expect(stdout).toBe(batchAccount);
    recorded.end();
    expect(await done).toBe(0);
  });

  it("ends when it is told to, in spite of connections that do not end what they have begun", async () => {
    const recorded = recordedSurroundings();
    const done = agentCommand({ broker: broker.broker, ...broker.files }, recorded.surroundings);
    const line = await recorded.whenPrinted("GCE_METADATA_HOST");
    const port = Number(/GCE_METADATA_HOST=[^:]+:(\d+)/.exec(line)?.[1]);
    const open = ["", "GET / HTTP/1.1\r\nHost:"].map((begun) => {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => undefined);
      socket.write(begun);
      return socket;
    });
    await Promise.all(open.map((socket) => once(socket, "connect")));
    const closed = open.map((socket) => new Promise((resolve) => socket.once("close", resolve)));
    recorded.end();
    expect(await done).toBe(0);
    await Promise.all(closed);
  });

  it("does not start with files that do not fit, nor with a broker whose certificate it does not trust", async () => {
    const options = { broker: broker.broker, ...broker.files };
    const { surroundings, said } = recordedSurroundings();
    const key = broker.folder.write("other-key.pem", broker.authority.keyPem);
    await expect(agentCommand({ ...options, key }, surroundings)).rejects.toThrow("--key: ");
    expect(await agentCommand({ ...options, ca: undefined }, surroundings)).toBe(1);
    expect(said()).toContain("the broker's certificate is not trusted, see --ca");
  });

  it("says in one line that the port is taken", async () => {
    const [, port] = agent.authority.split(":");
    const options = { broker: broker.broker, ...broker.files, port: Number(port) };
    await expect(agentCommand(options, recordedSurroundings().surroundings)).rejects.toThrow("EADDRINUSE");
  });

  it("does not start for a client that the broker refuses, and waits for a broker that is away", async () => {
    const folder = temporaryFolder();
    let answer: Parameters<typeof startFakeBroker>[1] = () => "cut";
    const fake = await startFakeBroker(folder, () => answer());
    const recorded = recordedSurroundings();
    const done = agentCommand(fake.address, recorded.surroundings);
    await recorded.whenSaid("no token: ");
    answer = () => ({ status: 403, body: { error: "access_denied", error_description: "not you" } });
    expect(await done).toBe(1);
    expect(recorded.said()).toContain("access_denied: not you");
    await fake.close();
    folder.remove();
  });
});

describe("the broker itself", () => {
  it("gives Python's requests a token over mutual TLS", async () => {
    const { cert, key, ca } = broker.files;
    const script = `
import requests
answer = requests.get("${broker.broker}/get_wif_token", cert=("${cert}", "${key}"), verify="${ca}")
print(answer.status_code, answer.json()["access_token"])`;
    const isThere = await run("python3", ["-c", "import requests"]).then(
      () => true,
      () => false,
    );
    if (!isThere) return console.warn("the broker: not tried with Python's requests, which is not here");
    const { stdout } = await run("python3", ["-c", script], { env: environment() });
    const [status, token = ""] = stdout.trim().split(" ");
    expect(status).toBe("200");
    expect(broker.upstreams.hasIssued(token)).toBe(true);
  });
});
