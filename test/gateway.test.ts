import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { Testing } from "cdktf";
import { loadEnvironments } from "../cli/environments";
import { deployStepOnTwin } from "../cli/start/deploy-step-on-twin";
import { startEmptyTwin } from "../cli/start/local-twin";
import { Browser, type Page } from "../cli/tour/browser";
import { assertionFor, requestInside, serviceAddress } from "../cli/tour/inside";
import { dev } from "../environments/dev";
import { EnvironmentStack } from "../environments/environment-stack";
import { parseEnvironment } from "../environments/load";
import { iapAssertionHeader } from "../facts/iap";
import type { Twin } from "../twin";

/** One more entry in the list of apps, and nothing else: a second desk for another team. */
const added = {
  name: "facilities-desk",
  serves: "service-desk",
  title: "Facilities desk",
  path: "/facilities",
  groups: ["employees"],
  readsDirectory: true,
  keepsRows: true,
};
/** And one whose team brings a container of its own. */
const ownImage = {
  name: "floor-plans",
  image: `europe-west4-docker.pkg.dev/other-team/images/floor-plans@sha256:${"5e".repeat(32)}`,
  title: "Floor plans",
  path: "/floor-plans",
  groups: ["employees"],
};
const environment = parseEnvironment(
  { ...dev, gateway: { ...dev.gateway, apps: [...dev.gateway.apps, added, ownImage] } },
  "environments/dev.ts",
);
const text = Testing.synth(new EnvironmentStack(Testing.app(), environment));
const resources: Record<string, Record<string, Record<string, unknown>>> = JSON.parse(text).resource;
/** Those that the twin can run. */
const ourApps = environment.gateway.apps.filter(({ image }) => image === undefined);
const ofType = (type: string) => Object.values(resources[type] ?? {});

let twin: Twin;
beforeAll(async () => {
  twin = await startEmptyTwin([environment]);
  await twin.apply({ stack: environment.name, text }, (step) => deployStepOnTwin(twin, step));
}, 120_000);
afterAll(() => twin?.close());

const url = (path: string) => `${twin.origin(environment.gateway.domain)}${path}`;
const isLogin = ({ url: address }: Page) => new URL(address).hostname.startsWith("login.microsoftonline.com");
async function signIn(person: string, path: string): Promise<{ browser: Browser; page: Page }> {
  const browser = new Browser(twin.fetch);
  const page = await browser.open(url(path));
  return { browser, page: isLogin(page) ? await browser.submit(page, "person", person) : page };
}
const context = () => ({ twin, environment, environments: loadEnvironments(), directory: tmpdir() });
const asked = (assertion: string) => ({ [iapAssertionHeader]: assertion, accept: "application/json" });

describe("an app that is one more entry in the environment", () => {
  it("is served at its path, with a backend, a service and an account of its own", async () => {
    const { page } = await signIn("marketing-manager", "/facilities");
    expect([page.status, new URL(page.url).pathname]).toEqual([200, "/facilities"]);
    expect(page.text).toContain("<h1>Facilities desk</h1>");
    const accounts = ofType("google_cloud_run_v2_service").map(
      (service) => JSON.stringify(service["template"]).match(/google_service_account\.[\w-]+/)?.[0],
    );
    expect(new Set(accounts).size).toBe(accounts.length);
  }, 60_000);

  it("stands in the navigation and among the tiles of all apps, with the group to ask for", async () => {
    const { page } = await signIn("desk-agent", "/");
    expect(page.text).toContain('<a href="/facilities">Facilities desk</a>');
    expect(page.text).toMatch(/Facilities desk<\/a>\s*<span class="quiet">For members of <code>employees<\/code>/);
  }, 60_000);

  it("keeps its rows apart from those of the app that it is a second one of", async () => {
    const { browser, page } = await signIn("desk-agent", "/facilities");
    const created = await browser.submit(page, "subject", undefined, { subject: "Door squeaks", description: "" });
    expect(created.text).toContain("Door squeaks");
    const desk = await browser.open(url("/service-desk"));
    expect(desk.status).toBe(200);
    expect(desk.text).not.toContain("Door squeaks");
  }, 60_000);

  it("takes no assertion that was made for another app", async () => {
    const { browser } = await signIn("desk-agent", "/facilities");
    expect((await browser.open(url("/facilities/identity"))).status).toBe(200);
    const assertion = await assertionFor(context(), "facilities-desk", "desk-agent");
    const answer = await requestInside(context(), "service-desk", "/service-desk", asked(assertion));
    expect([answer.status, answer.text]).toEqual([401, expect.stringContaining("audience_mismatch")]);
  }, 60_000);
});

describe("an app with an image of its own", () => {
  it("runs that image, and is told what to verify its assertions by", () => {
    const service = ofType("google_cloud_run_v2_service").find(({ name }) => name === "app-floor-plans");
    const template = JSON.stringify(service?.["template"]);
    expect(template).toContain(ownImage.image);
    expect(template).toMatch(
      /backendServices\/\$\{google_compute_backend_service\.[\w-]*floor-plans[\w-]*\.generated_id\}/,
    );
  });

  it("stands behind the sign-in, where the twin says that it has no such container", async () => {
    const said: unknown[] = [];
    const unsubscribe = twin.decisions.subscribe(({ explanation }) => said.push(explanation));
    const { page } = await signIn("desk-agent", "/floor-plans");
    unsubscribe();
    expect(page.status).toBe(503);
    expect(said).toContainEqual(expect.stringContaining(ownImage.image));
  }, 60_000);
});

/** The security checklist of the gateway, line by line. */
describe("locked ingress", () => {
  it("is what every service is deployed with, and nobody outside may invoke one", () => {
    for (const service of ofType("google_cloud_run_v2_service"))
      expect(service["ingress"]).toBe("INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER");
    const members = ofType("google_cloud_run_v2_service_iam_member").map(({ member }) => member);
    expect(new Set(members)).toEqual(
      new Set([`serviceAccount:service-${environment.project.number}@gcp-sa-iap.iam.gserviceaccount.com`]),
    );
  });

  it.each(environment.gateway.apps.map(({ name, path }) => [name, path]))(
    "keeps %s out of reach by Cloud Run's own address",
    async (name, path) => {
      const answer = await new Browser(twin.fetch).open(`${serviceAddress(context(), name)}${path}`);
      expect([answer.status, answer.text]).toEqual([404, expect.stringContaining("Page not found")]);
    },
  );
});

describe("IAP in front", () => {
  it("is switched on for every backend of the people's gateway, with the workforce pool and nothing else", () => {
    const people = ofType("google_compute_backend_service").filter(({ name }) => name !== "machine-front");
    expect(people).toHaveLength(environment.gateway.apps.length);
    for (const backend of people) expect(backend["iap"]).toEqual({ enabled: true });
    for (const { access_settings: settings } of ofType("google_iap_settings"))
      expect(settings).toMatchObject({ identity_sources: ["WORKFORCE_IDENTITY_FEDERATION"] });
  });

  it.each(environment.gateway.apps.map(({ path }) => [path]))("asks whoever opens %s to sign in", async (path) => {
    expect(isLogin(await new Browser(twin.fetch).open(url(path)))).toBe(true);
  });

  it.each([
    "//service-desk",
    "/service-desk%2f..%2flanding",
    "/service-desk%5c..%5clanding",
    "/SERVICE-DESK",
    "/service-desk/",
    "/service-desk;x=1",
    "/healthz",
    "/service-desk/healthz",
  ])("lets nobody past itself by the spelling %s", async (path) => {
    const answer = await twin.fetch(url(path), { redirect: "manual", headers: { accept: "text/html" } });
    // Refused as ambiguous, or sent to the sign-in; an app never answers.
    expect([302, 400]).toContain(answer.status);
    if (answer.status === 302) expect(answer.headers.get("location")).toMatch(/^https:\/\/auth\.cloud\.google\./);
  });
});

describe("the signed assertion", () => {
  it.each(["forged", "expired", "wrong-audience"] as const)(
    "is refused by every app where it is %s",
    async (fault) => {
      for (const { name, path } of ourApps) {
        const assertion = await assertionFor(context(), name, "administrator", fault);
        const answer = await requestInside(context(), name, path, asked(assertion));
        expect([name, answer.status]).toEqual([name, 401]);
      }
    },
    60_000,
  );

  it("is what counts, and no header that a client can send", async () => {
    const unsigned = { "x-goog-authenticated-user-email": "sts.google.com:administrator@ailab.com" };
    for (const { name, path } of ourApps)
      expect((await requestInside(context(), name, path, unsigned)).status).toBe(401);
  }, 60_000);
});

describe("administrators", () => {
  it("are told of outputs that there are", () => {
    const named = [...readFileSync("docs/admin-access.md", "utf8").matchAll(/terraform output -raw (\w+)/g)].map(
      ([, name]) => name,
    );
    expect(named).toHaveLength(2);
    expect(Object.keys(JSON.parse(text).output)).toEqual(expect.arrayContaining(named));
  });
});

describe("no callback in the app", () => {
  it("is registered anywhere: Entra sends people back to Google's sign-in, Google to IAP", () => {
    const registered = ofType("azuread_application_redirect_uris").flatMap(({ redirect_uris: uris }) => uris);
    expect(registered.length).toBeGreaterThan(0);
    for (const uri of registered) expect(uri).toMatch(/^https:\/\/auth\.cloud\.google\//);
    for (const { allowed_redirect_uris: uris } of ofType("google_iam_oauth_client"))
      expect(JSON.stringify(uris)).toMatch(/^\["https:\/\/iap\.googleapis\.com\//);
  });

  it.each(["/callback", "/login/callback", "/oauth2/callback", "/.auth/login/aad/callback"])(
    "answers at %s",
    async (path) => {
      const { browser } = await signIn("desk-agent", "/");
      expect((await browser.open(url(`${path}?code=x&state=y`))).status).toBe(404);
    },
    60_000,
  );

  it("has a secret to redeem a code with: no app's configuration or mount holds one", () => {
    for (const service of ofType("google_cloud_run_v2_service").filter(({ name }) => name !== "token-broker")) {
      expect(JSON.stringify(service)).not.toMatch(/secret|password/i);
    }
  });
});
