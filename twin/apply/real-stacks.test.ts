import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { iapServiceAgent } from "../../facts/iap";
import { projectDirectory } from "../runner/project-directory";
import { serviceAgentType } from "../store/own-records";
import { ResourceStore } from "../store/resource-store";
import { applyTerraformJson, type DeployStep } from "./apply-terraform-json";

const stacks = ["dev", "staging", "prod"] as const;
const variables = {
  token_broker_certificate_pem: "certificate",
  machine_trust_anchor_pem: "authority",
};

describe("the three environments", () => {
  let texts: ReadonlyMap<string, string>;
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "keyless-stacks-"));
    await promisify(execFile)(process.execPath, [join(projectDirectory(), "cli", "synth.cjs")], {
      cwd: projectDirectory(),
      env: { ...process.env, CDKTF_OUTDIR: directory },
    });
    const read = async (stack: string) =>
      [stack, await readFile(join(directory, "stacks", stack, "cdk.tf.json"), "utf8")] as const;
    texts = new Map(await Promise.all(stacks.map(read)));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const textOf = (stack: string) => texts.get(stack) ?? "";
  const projectOf = (stack: string) => ({
    stack,
    id: /"project": "([^"]+)"/.exec(textOf(stack))?.[1] ?? "",
    number: /"KEYLESS_PROJECT_NUMBER": "(\d+)"/.exec(textOf(stack))?.[1] ?? "",
  });

  /** Plays the deploy-time steps as Google would see them. */
  const play = (store: ResourceStore) => async (step: DeployStep) => {
    const email = iapServiceAgent(step.environment["KEYLESS_PROJECT_NUMBER"] ?? "");
    if (step.command.endsWith("iap-service-agent"))
      store.put({ stack: "google", type: serviceAgentType, identity: email, values: { email } });
    if (!step.command.endsWith("oauth-credential-disable")) return;
    for (const credential of store.ofType("google_iam_oauth_client_credential"))
      store.put({ ...credential, values: { ...credential.values, disabled: true } });
  };
  const load = (store: ResourceStore, stack: string, text = textOf(stack), runDeployStep = play(store)) =>
    applyTerraformJson(store, { stack, text }, { projects: stacks.map(projectOf), variables, runDeployStep });

  it.each(stacks)("%s is accepted as a whole, and each of its resources is another one", async (stack) => {
    const store = new ResourceStore();
    const applied = await load(store, stack);
    expect(applied.length).toBeGreaterThan(100);
    expect(store.all().filter((one) => one.stack === stack)).toHaveLength(applied.length);
    const identities = store.all().map(({ type, identity }) => `${type} ${identity}`);
    expect(new Set(identities).size).toBe(identities.length);
    expect(
      store
        .all()
        .filter(({ identity, address }) => identity === "" || identity.includes("undefined") || identity === address),
    ).toEqual([]);
  });

  it("lie side by side, and loading them again changes nothing", async () => {
    const store = new ResourceStore();
    for (const stack of stacks) await load(store, stack);
    const before = new Map(store.all().map((one) => [`${one.stack} ${one.address}`, one]));
    for (const stack of stacks) await load(store, stack);
    expect(new Map(store.all().map((one) => [`${one.stack} ${one.address}`, one]))).toEqual(before);
  });

  it("go as a whole, and then cannot come back under the same names for 30 days", async () => {
    const store = new ResourceStore();
    await load(store, "dev");
    await load(store, "dev", "{}");
    expect(store.all().filter(({ stack }) => stack === "dev")).toEqual([]);
    await expect(load(store, "dev")).rejects.toThrow("Error 409: Requested entity already exists");
  });

  it("keep what is protected in prod", async () => {
    const store = new ResourceStore();
    await load(store, "prod");
    await expect(load(store, "prod", "{}")).rejects.toThrow(/deletion_protection/);
    expect(store.ofType("google_cloud_run_v2_service").length).toBeGreaterThan(0);
  });

  it("are refused where the step that makes IAP's agent does nothing", async () => {
    const store = new ResourceStore();
    await expect(load(store, "dev", textOf("dev"), async () => undefined)).rejects.toThrow(
      /google_cloud_run_v2_service_iam_member.*Service account service-\d+@gcp-sa-iap\.iam\.gserviceaccount\.com does not exist\./,
    );
  });
});
