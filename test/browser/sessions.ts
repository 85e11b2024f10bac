import { loadEnvironment } from "../../environments/load";
import type { FixtureOf } from "./fixture";

const { sessionSeconds } = loadEnvironment("dev").workforce;

export const aSession: FixtureOf = (fixture) => {
  it("begins at the page that was asked for, and ends at the request", async () => {
    const visitor = await fixture().visitor();
    await visitor.signIn("desk-agent", "/service-desk?from=here");
    expect(visitor.page.url()).toBe(`${fixture().origin}/service-desk?from=here`);
    await visitor.page.getByRole("link", { name: "Sign out" }).click();
    await visitor.page.getByRole("heading", { name: "Sign out" }).waitFor();
    await visitor.screenshot("logout");
    await visitor.page.getByRole("main").getByRole("link", { name: "Sign out" }).click();
    await visitor.page.getByRole("heading", { name: "Pick an account" }).waitFor();
    await visitor.screenshot("pick-account");
    await visitor.open("/service-desk");
    await visitor.page.getByRole("heading", { name: "Pick an account" }).waitFor();
    expect(visitor.complaints).toEqual([]);
  });

  it("shows nothing more to the back button once it has ended", async () => {
    const visitor = await fixture().visitor();
    await visitor.signIn("desk-agent", "/service-desk");
    const [ticket = ""] = await visitor.rowHeadings("Your tickets");
    await visitor.page.getByRole("link", { name: ticket }).click();
    await visitor.page.getByRole("heading", { name: ticket }).waitFor();
    await visitor.open("/?gcp-iap-mode=CLEAR_LOGIN_COOKIE");
    await visitor.page.getByRole("heading", { name: "Pick an account" }).waitFor();
    await visitor.page.goBack();
    await visitor.page.waitForLoadState();
    expect(await visitor.heading()).toBe("Pick an account");
    expect(await visitor.page.getByText(ticket).count()).toBe(0);
  });

  it("leads from one app to the next by their links, and back, without another sign-in", async () => {
    const visitor = await fixture().visitor();
    const { page } = visitor;
    await visitor.signIn("administrator", "/");
    await page.getByRole("main").getByRole("link", { name: "Service desk" }).click();
    await page.waitForURL(`${fixture().origin}/service-desk`);
    const apps = page.getByRole("navigation", { name: "Apps" });
    for (const [name, path] of [
      ["Marketing immersion", "/marketing-immersion"],
      ["Asset scanning", "/asset-scanning"],
      ["AI Lab", "/"],
    ] as const) {
      await apps.getByRole("link", { name }).click();
      await page.waitForURL(`${fixture().origin}${path}`);
      expect(await page.locator("[aria-current=page]").innerText()).toBe(name);
    }
    await page.goBack();
    expect(await visitor.heading()).toBe("Asset scanning");
    expect(visitor.complaints).toEqual([]);
  });

  it("takes the forms of two tabs that were opened at once", async () => {
    const visitor = await fixture().visitor();
    await visitor.signIn("desk-agent", "/");
    const tabs = await Promise.all([1, 2].map(() => visitor.context.newPage()));
    await Promise.all(tabs.map((tab) => visitor.open("/service-desk", tab)));
    for (const [index, tab] of tabs.entries()) {
      await tab.bringToFront();
      await tab.getByLabel("Subject").fill(`From tab ${index}`);
      await tab.getByRole("button", { name: "Create ticket" }).click();
      await tab.getByRole("heading", { name: `From tab ${index}` }).waitFor();
    }
    expect(visitor.complaints).toEqual([]);
  });

  it("of one person gives way to another's, with another's rows", async () => {
    const visitor = await fixture().visitor();
    await visitor.signIn("desk-agent", "/service-desk");
    const first = await visitor.rowHeadings("Your tickets");
    await visitor.open("/?gcp-iap-mode=CLEAR_LOGIN_COOKIE");
    await visitor.pick("second-desk-agent");
    await visitor.open("/service-desk");
    await visitor.page.getByText("Signed in as second-desk-agent@ailab.com").waitFor();
    const addresses = await visitor.page
      .getByRole("table")
      .getByRole("link")
      .evaluateAll((links) => links.map((link) => link.getAttribute("href")));
    await visitor.open("/?gcp-iap-mode=CLEAR_LOGIN_COOKIE");
    await visitor.pick("desk-agent");
    for (const address of addresses) expect(await visitor.open(address ?? "")).toBe(404);
    expect(first.length).toBeGreaterThan(0);
  });

  it("is one in all tabs, and a form of the person before is not sent in the name of the next", async () => {
    const visitor = await fixture().visitor();
    await visitor.signIn("desk-agent", "/service-desk");
    await visitor.page.getByLabel("Subject").fill("Written by the first person");
    const second = await visitor.context.newPage();
    await visitor.open("/service-desk", second);
    expect(await second.getByText("Signed in as desk-agent@ailab.com").isVisible()).toBe(true);
    await visitor.open("/?gcp-iap-mode=CLEAR_LOGIN_COOKIE", second);
    await visitor.pick("second-desk-agent", second);

    await visitor.page.getByRole("button", { name: "Create ticket" }).click();
    await visitor.page.getByText("Another person has signed in").waitFor();
    await visitor.screenshot("another-person");
    expect(await visitor.page.getByLabel("Subject").inputValue()).toBe("Written by the first person");
    await visitor.open("/service-desk", second);
    expect(await visitor.rowHeadings("Your tickets", second)).not.toContain("Written by the first person");
  });

  it("of another person refuses such a form also where no script runs", async () => {
    const visitor = await fixture().visitor({ javaScriptEnabled: false });
    await visitor.signIn("desk-agent", "/service-desk");
    await visitor.page.getByLabel("Subject").fill("Written by the first person");
    const second = await visitor.context.newPage();
    await visitor.open("/?gcp-iap-mode=CLEAR_LOGIN_COOKIE", second);
    await visitor.pick("second-desk-agent", second);
    // A script would send this form, by which Entra ends the first person's session.
    await second.getByRole("button", { name: "Continue" }).click();
    await second.getByText("Signed in as second-desk-agent@ailab.com", { exact: true }).waitFor();
    await visitor.page.bringToFront();
    await visitor.page.getByRole("button", { name: "Create ticket" }).click();
    await visitor.page.getByRole("heading", { name: "Form refused" }).waitFor();
    await visitor.open("/service-desk", second);
    expect(await visitor.rowHeadings("Your tickets", second)).not.toContain("Written by the first person");
  });

  it("that has run out keeps what was typed, and goes on after signing in in another tab", async () => {
    const visitor = await fixture().visitor();
    await visitor.signIn("desk-agent", "/service-desk");
    await visitor.page.getByLabel("Subject").fill("Typed over lunch");
    fixture().twin.clock.advance((sessionSeconds + 60) * 1000);
    await visitor.page.getByRole("button", { name: "Create ticket" }).click();
    await visitor.page.getByText("Your session has ended.").waitFor();
    await visitor.screenshot("session-ended");
    expect(await visitor.page.getByLabel("Subject").inputValue()).toBe("Typed over lunch");

    const [tab] = await Promise.all([
      visitor.context.waitForEvent("page"),
      visitor.page.getByRole("link", { name: "Sign in again" }).click(),
    ]);
    // Entra still knows the person, so nothing is asked.
    await tab.waitForURL("**/service-desk");
    await tab.close();
    await visitor.page.getByRole("button", { name: "Create ticket" }).click();
    await visitor.page.getByRole("heading", { name: "Typed over lunch" }).waitFor();
    expect(visitor.complaints).toEqual([]);
  });

  it("that has run out is noticed when the page is looked at again", async () => {
    const visitor = await fixture().visitor();
    await visitor.page.clock.install();
    await visitor.signIn("desk-agent", "/service-desk");
    fixture().twin.clock.advance((sessionSeconds + 60) * 1000);
    await visitor.page.clock.fastForward(20_000);
    await visitor.page.evaluate("dispatchEvent(new Event('focus'))");
    await visitor.page.getByText("Your session has ended.").waitFor();
    expect(await visitor.page.getByRole("alert").innerText()).toContain("Sign in again");
  });

  it("answers a background request that comes too late with 401, not with a sign-in page", async () => {
    const visitor = await fixture().visitor();
    await visitor.signIn("desk-agent", "/service-desk");
    const ask = () =>
      visitor.page.evaluate(async () => {
        const response = await fetch("/service-desk/identity", { headers: { accept: "application/json" } });
        return { status: response.status, type: response.headers.get("content-type"), body: await response.text() };
      });
    expect(await ask()).toMatchObject({ status: 200, body: expect.stringContaining("desk-agent@ailab.com") });
    fixture().twin.clock.advance((sessionSeconds + 60) * 1000);
    expect(await ask()).toMatchObject({ status: 401, type: expect.stringContaining("application/json") });
  });
};
