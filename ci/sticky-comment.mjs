/**
 * Writes a report as the one comment of ours on a pull request: made the first time, updated afterwards.
 *
 *   node ci/sticky-comment.mjs --pull NUMBER --body FILE
 */
import { readFile } from "node:fs/promises";
import { githubApi, isOurs, main, markerOf, option } from "./github-api.mjs";

await main(async (parameters, environment) => {
  const pull = option(parameters, "pull");
  if (!/^[1-9][0-9]{0,9}$/.test(pull)) throw new Error("--pull: expected the number of a pull request");
  const body = await readFile(option(parameters, "body"), "utf8");
  const marker = markerOf(body);
  const github = githubApi(environment);
  for await (const comment of github.list(`/issues/${pull}/comments`)) {
    if (!isOurs(comment, marker)) continue;
    if (comment.body.trimEnd() === body.trimEnd()) return "The comment says this already.";
    await github.patch(`/issues/comments/${Number(comment.id)}`, { body });
    return "Updated the comment.";
  }
  await github.post(`/issues/${pull}/comments`, { body });
  return "Wrote the comment.";
});
