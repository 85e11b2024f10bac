import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { loadEnvironments } from "../../cli/environments";
import { startLocalTwin } from "../../cli/start/local-twin";
import { Progress } from "../../cli/start/progress";
import type { Twin } from "../../twin";

/** Debian's Chromium, or the one that CHROMIUM names. */
const executablePath = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** A folder for screenshots, outside the repository; none are taken unless it is named. */
const screenshots = process.env["KEYLESS_SCREENSHOTS"];

/** Milliseconds for a page; a service with a database of its own takes seconds to start. */
const patience = 60_000;

/** One twin with all environments, and a browser before it. */
export class BrowserFixture {
  readonly #contexts: BrowserContext[] = [];

  private constructor(
    readonly twin: Twin,
    readonly browser: Browser,
    /** Of the gateway of dev. */
    readonly origin: string,
  ) {}

  static async start(): Promise<BrowserFixture> {
    const environments = loadEnvironments();
    const twin = await startLocalTwin(new Progress({ write: () => true }), environments);
    try {
      const browser = await chromium.launch({
        executablePath,
        args: [
          "--no-sandbox",
          "--disable-quic",
          "--no-first-run",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-sync",
        ],
      });
      const fixture = new BrowserFixture(twin, browser, twin.origin(environments.dev.gateway.domain));
      await fixture.#startServices(environments.dev.gateway.apps.map(({ path }) => path));
      return fixture;
    } catch (error) {
      await twin.close();
      throw error;
    }
  }

  /** All at once: each takes seconds at its first request, and the two that a test needs would come one after the other. */
  async #startServices(paths: readonly string[]): Promise<void> {
    const visitor = await this.visitor();
    await visitor.signIn("administrator", "/");
    await Promise.all(paths.map(async (path) => visitor.open(path, await visitor.context.newPage())));
    await this.closeWindows();
  }

  /** A window of a browser of its own: no cookies of others. */
  async visitor(options: Parameters<Browser["newContext"]>[0] = {}): Promise<Visitor> {
    const context = await this.browser.newContext({ ignoreHTTPSErrors: true, ...options });
    context.setDefaultTimeout(patience);
    this.#contexts.push(context);
    return new Visitor(this, context, await context.newPage());
  }

  /** Closes the windows, not the twin. */
  async closeWindows(): Promise<void> {
    await Promise.all(this.#contexts.splice(0).map((context) => context.close()));
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.twin.close();
  }
}

/** Somebody at a browser. */
export class Visitor {
  /** What the browser complained about: blocked by a policy, a script's fault. */
  readonly complaints: string[] = [];

  constructor(
    readonly fixture: BrowserFixture,
    readonly context: BrowserContext,
    readonly page: Page,
  ) {
    context.on("console", (message) => {
      // A status of 4xx or 5xx is logged as an error too; those are looked at where they are expected.
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
        this.complaints.push(message.text());
    });
    context.on("weberror", (error) => this.complaints.push(String(error.error())));
  }

  /** Opens a path of the gateway. */
  async open(path: string, page = this.page): Promise<number> {
    const response = await page.goto(`${this.fixture.origin}${path}`);
    return response?.status() ?? 0;
  }

  /** Picks an account on Entra's page. */
  async pick(person: string, page = this.page): Promise<void> {
    await page.getByRole("heading", { name: "Pick an account" }).waitFor();
    // The way back leads over several hosts; the page at its end is the next one to load.
    const back = page.waitForEvent("load");
    await page.locator(`button[name=person][value=${person}]`).click();
    await back;
  }

  /** Opens a path of the gateway and signs in. */
  async signIn(person: string, path: string, page = this.page): Promise<void> {
    await this.open(path, page);
    await this.pick(person, page);
  }

  heading(page = this.page): Promise<string> {
    return page.getByRole("heading", { level: 1 }).innerText();
  }

  /** Text of the cells of a table's first column that heads its rows. */
  rowHeadings(table: string, page = this.page): Promise<string[]> {
    return page.getByRole("table", { name: table, exact: true }).getByRole("rowheader").allInnerTexts();
  }

  async screenshot(name: string, page = this.page): Promise<void> {
    if (screenshots === undefined) return;
    mkdirSync(screenshots, { recursive: true });
    await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
  }
}

/** Tests that are given the running twin and browser. */
export type FixtureOf = (fixture: () => BrowserFixture) => void;

/** Describes what needs a browser; says why where there is none. */
export function describeInBrowser(what: string, tests: FixtureOf): void {
  const missing = existsSync(executablePath) ? undefined : `no browser at ${executablePath}`;
  if (missing !== undefined) process.stderr.write(`skipped: ${what}: ${missing}\n`);
  const title = missing === undefined ? what : `${what} (${missing})`;
  (missing === undefined ? describe : describe.skip)(title, () => {
    let started: BrowserFixture | undefined;
    const fixture = (): BrowserFixture => {
      if (started === undefined) throw new Error("the browser has not started");
      return started;
    };
    beforeAll(async () => {
      started = await BrowserFixture.start();
    }, 180_000);
    afterEach(() => started?.closeWindows());
    afterAll(() => started?.close(), 30_000);
    tests(fixture);
  });
}
