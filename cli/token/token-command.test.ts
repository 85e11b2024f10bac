import { execFile } from "node:child_process";
import { createPrivateKey } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { build } from "esbuild";
import { decodeJwt } from "jose";
import { audience, batchAccount, reportAccount } from "../../handlers/token-broker/testing/broker-fixture";
import { temporaryFolder } from "../../handlers/token-broker/testing/certificates";
import { type FakeService, startFakeService } from "../../handlers/token-broker/testing/fake-service";
import {
  brokerIssuer,
  type MutualTlsBroker,
  startMutualTlsBroker,
} from "../../handlers/token-broker/testing/mutual-tls-broker";
import { UserError } from "../user-error";
import { type FakeAnswer, startFakeBroker } from "./testing/fake-broker";
import { recordedSurroundings } from "./testing/surroundings";
import { tokenCommand } from "./token-command";

let broker: MutualTlsBroker;
beforeAll(async () => {
  broker = await startMutualTlsBroker();
});
afterAll(() => broker.close());

const address = () => ({ broker: broker.broker, ...broker.files });

async function run(
  options: Partial<Parameters<typeof tokenCommand>[0]> = {},
  environment: Record<string, string> = {},
) {
  const recorded = recordedSurroundings(environment);
  const status = await tokenCommand({ ...address(), ...options }, recorded.surroundings);
  return { status, printed: recorded.printed(), said: recorded.said() };
}

describe("keyless token", () => {
  it("prints the token alone, or with what belongs to it", async () => {
    const { status, printed } = await run();
    expect(status).toBe(0);
    expect(broker.upstreams.hasIssued(printed.trim())).toBe(true);
    const { printed: json } = await run({ format: "json", account: batchAccount });
    expect(JSON.parse(json)).toMatchObject({
      access_token: printed.trim(),
      account: batchAccount,
      token_type: "Bearer",
    });
  });

  it("writes a file for its owner alone", async () => {
    const output = join(broker.folder.path, "token");
    const { status, printed } = await run({ output });
    expect([status, printed]).toEqual([0, ""]);
    expect(broker.upstreams.hasIssued(readFileSync(output, "utf8").trim())).toBe(true);
    expect(statSync(output).mode & 0o777).toBe(0o600);
  });

  it("says in one line why there is no token, and writes nothing", async () => {
    const output = join(broker.folder.path, "none");
    const { status, printed, said } = await run({ account: reportAccount, output });
    expect([status, printed]).toEqual([1, ""]);
    expect(said).toBe("no token: access_denied: the policy does not grant this account to the client");
    expect(() => statSync(output)).toThrow("ENOENT");
  });

  it("says that the broker's certificate is not to be trusted, or that nobody is there", async () => {
    const distrusted = await run({ ca: undefined });
    expect(distrusted.said).toContain("the broker's certificate is not trusted, see --ca: ");
    const output = join(broker.folder.path, "distrusted");
    expect((await run({ ca: undefined, output, watch: true })).status).toBe(1);
    expect((await run({ broker: "https://localhost:1" })).said).toContain("ECONNREFUSED");
  });

  it.each<[string, Partial<Parameters<typeof tokenCommand>[0]>, string]>([
    ["plain HTTP", { broker: "http://localhost" }, "--broker: expected an origin"],
    ["a path", { broker: "https://localhost/x" }, "--broker: expected an origin"],
    ["a password", { broker: "https://:x@localhost" }, "--broker: expected an origin"],
    ["a certificate that is not there", { cert: "/absent" }, "--cert: cannot read /absent (ENOENT)"],
    ["a file to watch without a file", { watch: true }, "--watch: expected --output as well"],
    ["an ID token without an audience", { type: "id_token", clientId: "x" }, "--type id_token: expected --audience"],
    ["an ID token without a client", { type: "id_token", audience: "x" }, "--type id_token: expected --client-id"],
    ["an access token for an exchange", { format: "executable", type: "access_token" }, "--format executable"],
  ])("refuses %s", async (_, options, message) => {
    const failed = run(options);
    await expect(failed).rejects.toThrow(UserError);
    await expect(failed).rejects.toThrow(message);
  });
});

describe("keyless token, told to end while it waits", () => {
  it("ends at once, with 1 where it has no token, and with 0 where it kept a file fresh", async () => {
    const folder = temporaryFolder();
    const fake = await startFakeBroker(folder, () => "silence");
    const outcome = async (options: Partial<Parameters<typeof tokenCommand>[0]>) => {
      const recorded = recordedSurroundings();
      const before = fake.requests.length;
      const done = tokenCommand({ ...fake.address, timeout: 300, ...options }, recorded.surroundings);
      while (fake.requests.length === before) await pause(10);
      recorded.end();
      return [await done, recorded.said()];
    };
    expect(await outcome({})).toEqual([1, "no token: aborted: told to end before there was an answer"]);
    expect(await outcome({ output: join(folder.path, "token"), watch: true })).toEqual([0, ""]);
    await fake.close();
    folder.remove();
  });
});

describe("keyless token, with files that do not fit", () => {
  it("names the option and the file", async () => {
    const { folder, files, authority } = broker;
    const rubbish = folder.write("rubbish.pem", "rubbish");
    const other = folder.write("other-key.pem", authority.keyPem);
    const key = createPrivateKey(authority.keyPem);
    const encrypted = folder.write(
      "encrypted.pem",
      String(key.export({ type: "pkcs8", format: "pem", cipher: "aes-128-cbc", passphrase: "x" })),
    );
    await expect(run({ cert: rubbish })).rejects.toThrow(`--cert: ${rubbish} holds no PEM certificate`);
    await expect(run({ ca: rubbish })).rejects.toThrow(`--ca: ${rubbish} holds no PEM certificate`);
    await expect(run({ key: rubbish })).rejects.toThrow(`--key: ${rubbish} holds no PEM private key`);
    await expect(run({ key: encrypted })).rejects.toThrow(`--key: ${encrypted} is encrypted`);
    await expect(run({ key: other })).rejects.toThrow(`--key: ${other} is not the key of the certificate in`);
    const together = folder.write("together.pem", readFileSync(files.cert, "utf8") + readFileSync(files.key, "utf8"));
    expect((await run({ cert: together, key: together })).status).toBe(0);
    await expect(run({ cert: rubbish, output: join(folder.path, "x"), watch: true })).rejects.toThrow("--cert: ");
  });
});

describe("keyless token --format executable", () => {
  it("prints a JWT about the client, for the audience that Google's library asks for", async () => {
    const cache = join(broker.folder.path, "cache.json");
    const environment = { GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE: audience, GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE: cache };
    const { status, printed } = await run({ format: "executable", clientId: "batch job" }, environment);
    expect(status).toBe(0);
    const answer = JSON.parse(printed);
    expect(answer).toMatchObject({ version: 1, success: true, token_type: "urn:ietf:params:oauth:token-type:jwt" });
    expect(decodeJwt(answer.id_token)).toMatchObject({ iss: brokerIssuer, sub: "batch job", aud: audience });
    expect(readFileSync(cache, "utf8")).toBe(printed);
    expect(statSync(cache).mode & 0o777).toBe(0o600);
  });

  it("prints a refusal in the form of the same contract", async () => {
    const { status, printed } = await run({ format: "executable", clientId: "batch job", audience: "https://other" });
    expect(status).toBe(1);
    expect(JSON.parse(printed)).toEqual({
      version: 1,
      success: false,
      code: "invalid_target",
      message: "invalid_target: the policy does not grant this audience to the client",
    });
  });

  it("is what google-auth-library, google-auth of Python and gcloud take from a credential configuration", async () => {
    const folder = temporaryFolder();
    const google: FakeService = await startFakeService(() => ({
      headers: { "content-type": "application/json" },
      body: {
        access_token: "federated",
        issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
        token_type: "Bearer",
        expires_in: 3600,
        // gcloud asks whose token it is.
        active: true,
        username: "principal://iam.googleapis.com/batch-job",
      },
    }));
    const program = folder.write("keyless-token.cjs", "");
    await build({
      stdin: {
        contents: `import { tokenCommand } from "./token-command";
          tokenCommand({ ...JSON.parse(process.argv[2]), format: "executable" }).then((status) => { process.exitCode = status; });`,
        resolveDir: __dirname,
        loader: "ts",
      },
      bundle: true,
      platform: "node",
      format: "cjs",
      outfile: program,
      logLevel: "silent",
    });
    const options = folder.write("options.json", JSON.stringify({ ...address(), clientId: "batch job" }));
    const script = folder.write("run.sh", `#!/bin/sh\nexec ${process.execPath} ${program} "$(cat ${options})"\n`);
    const credentials = folder.write(
      "credentials.json",
      JSON.stringify({
        type: "external_account",
        audience,
        subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
        token_url: `${google.origin}/v1/token`,
        token_info_url: `${google.origin}/v1/introspect`,
        credential_source: { executable: { command: `/bin/sh ${script}`, timeout_millis: 10_000 } },
      }),
    );
    const environment = {
      ...process.env,
      GOOGLE_APPLICATION_CREDENTIALS: credentials,
      GOOGLE_CLOUD_PROJECT: "ailab-data-dev",
      GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES: "1",
      NO_PROXY: "127.0.0.1,localhost",
    };
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        "-e",
        `const { GoogleAuth } = require("google-auth-library");
         new GoogleAuth({ scopes: "https://www.googleapis.com/auth/cloud-platform" }).getAccessToken().then(console.log)`,
      ],
      { env: environment },
    );
    expect(stdout.trim()).toBe("federated");
    expect(google.requests).toHaveLength(1);
    const gcloudLibraries = "/usr/lib/google-cloud-sdk/lib/third_party";
    if (existsSync(gcloudLibraries)) {
      const asked = await promisify(execFile)(
        "python3",
        [
          "-c",
          `import google.auth, google.auth.transport.requests as transport
credentials, project = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
credentials.refresh(transport.Request())
print(credentials.token)`,
        ],
        { env: { ...environment, PYTHONPATH: gcloudLibraries } },
      );
      expect(asked.stdout.trim()).toBe("federated");
    } else console.warn("keyless token: not tried with google-auth of Python, which is not here");
    if (existsSync("/usr/bin/gcloud")) {
      const config = join(folder.path, "gcloud");
      mkdirSync(config);
      const env = { ...environment, CLOUDSDK_CONFIG: config, CLOUDSDK_CORE_DISABLE_PROMPTS: "1" };
      const gcloud = (...args: string[]) => promisify(execFile)("/usr/bin/gcloud", args, { env });
      await gcloud("auth", "login", `--cred-file=${credentials}`);
      expect((await gcloud("auth", "print-access-token")).stdout.trim()).toBe("federated");
    } else console.warn("keyless token: not tried with gcloud, which is not here");
    await google.close();
    folder.remove();
  });
});

describe("keyless token --watch", () => {
  it("keeps the file fresh, and never takes the last good token away", async () => {
    const folder = temporaryFolder();
    let number = 0;
    let failure: FakeAnswer | "cut" | undefined;
    const fake = await startFakeBroker(folder, () => {
      if (failure !== undefined) return failure;
      number++;
      return { body: { access_token: `token ${number}`, expires_in: 7, token_type: "Bearer" } };
    });
    const output = join(folder.path, "token");
    const content = () => readFileSync(output, "utf8").trim();
    const recorded = recordedSurroundings();
    const done = tokenCommand({ ...fake.address, output, watch: true }, recorded.surroundings);
    await recorded.whenSaid("token until");
    expect(content()).toBe("token 1");
    failure = { status: 503, headers: { "retry-after": "1" }, body: { error: "temporarily_unavailable" } };
    await recorded.whenSaid("the last token ends");
    expect(content()).toBe("token 1");
    failure = { body: { access_token: "", expires_in: 7 } };
    await recorded.whenSaid("cannot be read");
    failure = "cut";
    await pause(1_500);
    expect(content()).toBe("token 1");
    failure = undefined;
    while (content() === "token 1") await pause(50);
    expect(content()).toBe("token 2");
    recorded.end();
    expect(await done).toBe(0);
    await fake.close();
    folder.remove();
  });

  it("waits for a renewed certificate that is there in part, and for a folder that cannot be written", async () => {
    const folder = temporaryFolder();
    let number = 0;
    const fake = await startFakeBroker(folder, () => {
      number++;
      return { body: { access_token: `token ${number}`, expires_in: 7, token_type: "Bearer" } };
    });
    const held = join(folder.path, "held");
    mkdirSync(held);
    const output = join(held, "token");
    const recorded = recordedSurroundings();
    const certificate = readFileSync(fake.address.cert);
    const done = tokenCommand({ ...fake.address, output, watch: true }, recorded.surroundings);
    await recorded.whenSaid("token until");
    writeFileSync(fake.address.cert, "");
    await recorded.whenSaid("holds no PEM certificate; the last token ends");
    expect(readFileSync(output, "utf8")).toBe("token 1\n");
    writeFileSync(fake.address.cert, certificate);
    rmSync(held, { recursive: true });
    await recorded.whenSaid(`cannot write ${output} (ENOENT); the last token ends`);
    mkdirSync(held);
    while (!existsSync(output)) await pause(50);
    expect(readFileSync(output, "utf8")).toMatch(/^token [2-9]\n$/);
    recorded.end();
    expect(await done).toBe(0);
    await fake.close();
    folder.remove();
  }, 60_000);

  it("ends at once when it is refused from the start, and waits when the broker is only away", async () => {
    const folder = temporaryFolder();
    let failure: FakeAnswer | "cut" = "cut";
    const fake = await startFakeBroker(folder, () => failure);
    const recorded = recordedSurroundings();
    const output = join(folder.path, "token");
    const done = tokenCommand({ ...fake.address, output, watch: true }, recorded.surroundings);
    await recorded.whenSaid("no token yet");
    failure = { status: 403, body: { error: "access_denied", error_description: "not you" } };
    expect(await done).toBe(1);
    expect(recorded.said()).toContain("no token: access_denied: not you");
    await fake.close();
    folder.remove();
  });
});
