import { shortReach } from "./short-reach";

const email = "deployer@ailab.iam.gserviceaccount.com";
const provider = "google_iam_workload_identity_pool_provider.ci";
const nothing = { differences: [], audiences: [], rewritten: [], undecided: [] };
const opened = (accounts: string[]) => ({
  change: "gained" as const,
  target: { kind: "account" as const, email },
  provider,
  explanation: "A token that could not before.",
  witness: { audience: "//iam.googleapis.com/x", claims: { ref: "refs/heads/a" }, subject: "s", accounts },
});

describe("what a plan opens, on a terminal", () => {
  it("is silent where nobody has looked, and says that nothing changes where it is proved", () => {
    expect(shortReach(undefined)).toEqual([]);
    expect(shortReach(nothing)).toEqual(["who can become what: unchanged, as proved"]);
  });

  it("names account, provider, the way there and a token that shows it", () => {
    expect(shortReach({ ...nothing, differences: [opened(["first@x", email])] })).toEqual([
      "who can become what:",
      `  opened: ${email} through ${provider}, by way of first@x`,
      '    by {"ref":"refs/heads/a"}',
    ]);
  });

  it("never says that nothing changes where something was not decided", () => {
    const lines = shortReach({ ...nothing, undecided: [{ subject: provider, reason: "not decided in time" }] });
    expect(lines).toEqual(["who can become what:", `  not decided: ${provider}: not decided in time`]);
  });

  it("counts what is too much to show", () => {
    const lines = shortReach({ ...nothing, differences: Array.from({ length: 11 }, () => opened([email])) });
    expect(lines).toHaveLength(18);
    expect(lines.at(-1)).toBe("  (and 3 more; --markdown FILE writes all of it)");
  });
});
