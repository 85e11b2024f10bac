import type { FastifyInstance } from "fastify";
import { iapAssertionHeader } from "../../../facts/iap";
import { createLogger } from "../../runtime";
import { buildIapApp } from "../app";
import { createRemoteKeySource } from "../assertion/key-source";
import { createAssertionVerifier } from "../assertion/verify";
import { appNames, type IapAppConfig, iapAppConfigSchema } from "../config";
import { createStaticDirectory, type Directory } from "../directory";
import { openEmbeddedRows } from "../rows/embedded";
import { testTemplate } from "../rows/testing/template";
import { listen, type TestClient } from "./client";
import { objectId } from "./local-graph";
import { audience, type LocalIap, workforcePool } from "./local-iap";

export const titles: Record<IapAppConfig["app"], string> = {
  landing: "AI Lab",
  login: "Sign in",
  logout: "Sign out",
  "service-desk": "Service desk",
  "marketing-immersion": "Marketing immersion",
  "asset-scanning": "Asset scanning",
};
export const pathOf = (app: IapAppConfig["app"]): string => (app === "landing" ? "/" : `/${app}`);

export const groups = {
  marketing: objectId(3),
  "asset-management": objectId(4),
  administrators: objectId(5),
} as const;

/** People of the directory, by the last part of their principal. */
export const people = {
  "desk-agent": { groups: [groups.marketing, groups["asset-management"]], reports: [] },
  administrator: { groups: Object.values(groups), reports: [] },
  outsider: { groups: [groups.administrators], reports: [] },
  guest: { groups: [], reports: [] },
};

export interface StartedApp {
  readonly app: FastifyInstance;
  readonly ask: TestClient;
  readonly logLines: readonly string[];
}

/** An app on a free port, with IAP's keys of the given one and, unless told, the people above in its directory. */
export async function startApp(
  iap: LocalIap,
  name: IapAppConfig["app"],
  {
    directory = createStaticDirectory(people),
    ...changes
  }: Partial<Omit<IapAppConfig, "directory">> & { directory?: Directory | undefined } = {},
): Promise<StartedApp> {
  const config = iapAppConfigSchema.parse({
    app: name,
    title: titles[name],
    path: pathOf(name),
    audiences: [audience],
    workforcePool,
    apps: appNames.map((app) => ({
      title: titles[app],
      path: pathOf(app),
      ...(app === "marketing-immersion" ? { groups: ["marketing"] } : {}),
    })),
    groups: Object.entries(groups).map(([group, id]) => ({ id, name: group })),
    directory: { kind: "static", people: {} },
    ...changes,
  });
  const logLines: string[] = [];
  const verify = createAssertionVerifier({ ...config, keys: createRemoteKeySource({ url: iap.jwksUrl }) });
  const logger = createLogger(name, { write: (line) => logLines.push(line) });
  const app = await buildIapApp(config, {
    verify,
    directory,
    openRows: (schema) => openEmbeddedRows(schema, testTemplate()),
    logger,
  });
  return { app, ask: await listen(app), logLines };
}

/** A browser with one person's session and its cookies. */
export class Browser {
  cookie = "";
  token = "";

  constructor(
    readonly iap: LocalIap,
    readonly ask: TestClient,
    readonly subject: string,
  ) {}

  async open(url: string) {
    const response = await this.ask({ url, headers: this.headers() });
    const [cookie] = [response.headers["set-cookie"]].flat();
    if (cookie) this.cookie = cookie.split(";")[0] ?? "";
    this.token = /name="form_token" value="([^"]+)"/.exec(response.body)?.[1] ?? "";
    return response;
  }

  submit(url: string, fields: Record<string, string> | string, headers: Record<string, string> = {}) {
    const form =
      typeof fields === "string" ? fields : new URLSearchParams({ form_token: this.token, ...fields }).toString();
    const type = { "content-type": "application/x-www-form-urlencoded" };
    return this.ask({ method: "POST", url, headers: { ...this.headers(), ...type, ...headers }, payload: form });
  }

  /** Sends a form with a file as browsers do. */
  async upload(url: string, fields: Record<string, string | File>, headers: Record<string, string> = {}) {
    const form = new FormData();
    for (const [name, value] of Object.entries({ form_token: this.token, ...fields })) form.append(name, value);
    const request = new Request("http://localhost/", { method: "POST", body: form });
    const type = { "content-type": request.headers.get("content-type") ?? "" };
    const payload = Buffer.from(await request.arrayBuffer());
    return this.ask({ method: "POST", url, headers: { ...this.headers(), ...type, ...headers }, payload });
  }

  headers(): Record<string, string> {
    return { [iapAssertionHeader]: this.iap.assertion(this.subject), ...(this.cookie ? { cookie: this.cookie } : {}) };
  }
}
