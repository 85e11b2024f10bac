import type { FixtureOf } from "./fixture";

export const threePeople: FixtureOf = (fixture) => {
  it("each see their own tickets, and a manager those of the people who report to them", async () => {
    const agent = await fixture().visitor();
    await agent.signIn("desk-agent", "/service-desk");
    expect(await agent.heading()).toBe("Service desk");
    await agent.page.getByLabel("Subject").fill("Projector <flickers>");
    await agent.page.getByLabel("Description").fill("Since Monday.");
    await agent.page.getByRole("button", { name: "Create ticket" }).click();
    await agent.page.getByRole("heading", { name: "Projector <flickers>" }).waitFor();
    const ticket = new URL(agent.page.url()).pathname;
    await agent.screenshot("ticket");
    await agent.page.getByLabel("Add a comment").fill("Still so.");
    await agent.page.getByRole("button", { name: "Add comment" }).click();
    await agent.page.getByText("Still so.").waitFor();
    await agent.open("/service-desk");
    expect(await agent.rowHeadings("Your tickets")).toContain("Projector <flickers>");
    await agent.screenshot("service-desk");

    const colleague = await fixture().visitor();
    await colleague.signIn("second-desk-agent", "/service-desk");
    const theirs = await colleague.rowHeadings("Your tickets");
    expect(theirs).toHaveLength(2);
    expect(theirs).not.toContain("Projector <flickers>");
    expect(await colleague.open(ticket)).toBe(404);
    expect(await colleague.heading()).toBe("No such ticket");

    const manager = await fixture().visitor();
    await manager.signIn("administrator", "/service-desk");
    expect(await manager.rowHeadings("Tickets of the people who report to you")).toContain("Projector <flickers>");
    expect(await manager.rowHeadings("Your tickets")).not.toContain("Projector <flickers>");
    await manager.screenshot("service-desk-manager");
    await manager.open(ticket);
    expect(await manager.page.getByText("Still so.").isVisible()).toBe(true);
    expect(await manager.page.getByRole("button", { name: "Close ticket" }).count()).toBe(0);
    expect([...agent.complaints, ...colleague.complaints, ...manager.complaints]).toEqual([]);
  });

  it("see the campaigns of their groups", async () => {
    const marketer = await fixture().visitor();
    await marketer.signIn("marketing-manager", "/marketing-immersion");
    expect(await marketer.page.getByLabel("Group").locator("option").allInnerTexts()).toEqual([
      "employees",
      "marketing",
    ]);
    await marketer.page.getByLabel("Title").fill("Only for marketing");
    await marketer.page.getByLabel("First day").fill("2027-05-03");
    await marketer.page.getByLabel("Last day").fill("2027-05-01");
    await marketer.page.getByLabel("Group").selectOption("marketing");
    await marketer.page.getByRole("button", { name: "Create campaign" }).click();
    await marketer.page.getByText("The last day is before the first.").waitFor();
    await marketer.screenshot("campaigns-refused");
    expect(await marketer.page.getByLabel("Title").inputValue()).toBe("Only for marketing");
    await marketer.page.getByLabel("Last day").fill("2027-05-07");
    await marketer.page.getByRole("button", { name: "Create campaign" }).click();
    await marketer.page.getByRole("rowheader", { name: "Only for marketing" }).waitFor();
    await marketer.page.getByRole("combobox", { name: "State of Only for marketing" }).selectOption("running");
    const saved = marketer.page.waitForEvent("load");
    await marketer.page.getByRole("button", { name: "Save the state of Only for marketing" }).click();
    await saved;
    await marketer.screenshot("campaigns");

    const administrator = await fixture().visitor();
    await administrator.signIn("administrator", "/marketing-immersion");
    expect(await administrator.rowHeadings("Campaigns")).toContain("Only for marketing");
    expect(await administrator.page.getByRole("combobox", { name: "State of Only for marketing" }).inputValue()).toBe(
      "running",
    );
    expect(await administrator.page.getByLabel("Group").locator("option").count()).toBe(5);
    expect([...marketer.complaints, ...administrator.complaints]).toEqual([]);
  });

  it("upload an inventory, and are told what is wrong with one", async () => {
    const administrator = await fixture().visitor();
    await administrator.signIn("administrator", "/asset-scanning");
    const upload = async (content: string) => {
      await administrator.page
        .getByLabel("File", { exact: true })
        .setInputFiles({ name: "list.csv", mimeType: "text/csv", buffer: Buffer.from(content) });
      await administrator.page.getByLabel("Group").selectOption("asset-management");
      await administrator.page.getByRole("button", { name: "Upload" }).click();
    };
    await upload("name,kind,network,last_scan,findings\n=1+1,Switch,Delft,2026-11-01,0\n");
    await administrator.page.getByText("Line 2: The name begins as a formula does").waitFor();
    await administrator.screenshot("assets-refused");
    await upload("name,kind,network,last_scan,findings\nbrowser-switch,Switch,Delft,2026-11-01,3\n");
    await administrator.page.getByRole("rowheader", { name: "browser-switch" }).waitFor();
    expect(await administrator.rowHeadings("Uploaded files")).toContain("list.csv");
    await administrator.screenshot("assets");
    expect(administrator.complaints).toEqual([]);
  });

  it("are refused where they are in no group of an app, by IAP, and at Entra where they are in none at all", async () => {
    const marketer = await fixture().visitor();
    await marketer.signIn("marketing-manager", "/service-desk");
    expect(await marketer.heading()).toBe("You don't have access");
    expect(await marketer.page.getByRole("main").innerText()).toContain("membership of service-desk");
    await marketer.screenshot("access-denied");
    await marketer.open("/");
    await marketer.page.getByText("For members of service-desk").waitFor();
    await marketer.screenshot("landing");

    const guest = await fixture().visitor();
    await guest.signIn("guest", "/");
    await guest.page.getByText("AADSTS50105").waitFor();
    await guest.screenshot("entra-refusal");
  });
};
