/**
 * Keeps one issue about drift: opened when there is some, updated while it changes, closed when it is gone.
 *
 *   node ci/drift-issue.mjs --body FILE --exit-code CODE     the report and exit code of `keyless drift`
 */
import { readFile } from "node:fs/promises";
import { githubApi, isOurs, main, markerOf, option } from "./github-api.mjs";

const title = "Somebody changed the cloud past Terraform";
const label = "keyless-drift";

await main(async (parameters, environment) => {
  const body = await readFile(option(parameters, "body"), "utf8");
  const exitCode = option(parameters, "exit-code");
  // An error is no proof that all is well: nothing is closed for it.
  if (!["0", "2", "3"].includes(exitCode)) throw new Error(`drift detection ended with exit code ${exitCode}`);
  const marker = markerOf(body);
  const github = githubApi(environment);
  const open = await findOpen(github, marker);
  if (exitCode === "0") {
    if (open === undefined) return "No drift.";
    await github.post(`/issues/${open.number}/comments`, { body: "No drift any more." });
    await github.patch(`/issues/${open.number}`, { state: "closed", state_reason: "completed" });
    return `No drift any more; closed issue ${open.number}.`;
  }
  if (open === undefined) {
    const { number } = await github.post("/issues", { title, body, labels: [label] });
    return `Drift; opened issue ${number}.`;
  }
  if (open.body.trimEnd() === body.trimEnd()) return `Drift as before; issue ${open.number} says so already.`;
  await github.patch(`/issues/${open.number}`, { body });
  return `Drift; updated issue ${open.number}.`;
});

async function findOpen(github, marker) {
  for await (const issue of github.list(`/issues?state=open&labels=${label}`)) {
    // The list holds pull requests too.
    if (issue.pull_request === undefined && isOurs(issue, marker)) return issue;
  }
  return undefined;
}
