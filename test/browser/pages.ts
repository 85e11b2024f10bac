import { loadEnvironment } from "../../environments/load";
import { accessibilityProblems } from "./accessibility";
import type { FixtureOf } from "./fixture";

const { apps } = loadEnvironment("dev").gateway;

/** Evaluated in a page: tries what its policy forbids. */
const forbidden = `(async () => {
  const violations = new Set();
  document.addEventListener("securitypolicyviolation", (event) => violations.add(event.effectiveDirective));
  const add = (name, attributes) => document.body.append(Object.assign(document.createElement(name), attributes));
  add("script", { textContent: "document.title = 'taken over'" });
  add("iframe", { src: "/" });
  add("img", { src: "https://elsewhere.example/x.png" });
  await fetch("https://elsewhere.example/").catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 200));
  return { title: document.title, violations: [...violations].sort() };
})()`;

export const everyPage: FixtureOf = (fixture) => {
  it.each([
    ["in light colours on a wide screen", { colorScheme: "light", viewport: { width: 1280, height: 900 } }],
    ["in dark colours on a telephone", { colorScheme: "dark", viewport: { width: 360, height: 780 } }],
  ] as const)(
    "%s has landmarks, labels and contrast, and asks for nothing that its policy forbids",
    async (_what, options) => {
      const visitor = await fixture().visitor(options);
      await visitor.signIn("administrator", "/");
      for (const { path } of apps) {
        expect(await visitor.open(path)).toBe(200);
        await visitor.screenshot(`${options.colorScheme}-${path.slice(1) || "landing"}`);
        const overflow = await visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth");
        const problems = await accessibilityProblems(visitor.page);
        expect({ path, problems, overflow }).toEqual({ path, problems: [], overflow: 0 });
      }
      expect(await visitor.open("/service-desk/tickets/999999")).toBe(404);
      expect(await accessibilityProblems(visitor.page)).toEqual([]);
      expect(visitor.complaints).toEqual([]);
    },
  );

  it("would be found out if it were otherwise", async () => {
    const { page } = await fixture().visitor();
    await page.setContent(
      '<p style="color: #999">grey</p><h3>low</h3><input><a href="/"></a><table><th>x</th></table>',
    );
    const problems = (await accessibilityProblems(page)).join("\n");
    for (const wrong of [
      "language",
      "title",
      "<main>",
      "skip",
      "level 3",
      "no label",
      "says nothing",
      "scope",
      "no name",
      "contrast",
    ])
      expect(problems).toContain(wrong);
  });

  it("names the group to ask for", async () => {
    const visitor = await fixture().visitor();
    await visitor.signIn("desk-agent", "/");
    const tile = visitor.page.getByRole("main").getByRole("listitem").filter({ hasText: "Asset scanning" });
    expect(await tile.innerText()).toContain("For members of asset-management");
  });

  it("is used by keyboard alone", async () => {
    const visitor = await fixture().visitor();
    await visitor.signIn("desk-agent", "/service-desk");
    await visitor.page.keyboard.press("Tab");
    await visitor.page.keyboard.press("Enter");
    expect(await visitor.page.evaluate("document.activeElement.id")).toBe("content");
    await visitor.page.getByLabel("Subject").focus();
    await visitor.page.keyboard.type("By keyboard");
    await visitor.page.keyboard.press("Enter");
    await visitor.page.getByRole("heading", { name: "By keyboard" }).waitFor();
  });

  it("runs no script but its own, frames nothing and loads nothing from elsewhere", async () => {
    const visitor = await fixture().visitor();
    await visitor.signIn("desk-agent", "/service-desk");
    expect(await visitor.page.evaluate(forbidden)).toEqual({
      title: "Service desk",
      violations: ["connect-src", "frame-src", "img-src", "script-src-elem"],
    });
  });
};
