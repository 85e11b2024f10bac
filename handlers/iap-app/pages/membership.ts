import { ownGroupNames } from "../config";
import { type DirectoryProblem, directoryProblems } from "../directory";
import { type Html, html } from "./html";
import { layout, type PageContext } from "./layout";

/** The person's groups are not known, so nothing that belongs to groups is shown. */
export function membershipPage(context: PageContext, problem: DirectoryProblem): Html {
  const { message, remedy, status } = directoryProblems[problem];
  const title = status === 503 ? "Temporarily unavailable" : "Your groups are not known";
  return layout(context, {
    title,
    content: html`<h1>${title}</h1>
<p class="lead">${message}</p>
<div class="card">
<dl><dt>What to do</dt><dd>${remedy}</dd><dt>Reason</dt><dd><code>${problem}</code></dd></dl>
</div>`,
  });
}

/** The person is in none of the groups whose rows the app keeps. */
export function noGroupPage(context: PageContext): Html {
  const { config, identity } = context;
  const names = ownGroupNames(config);
  const wanted = names.length > 0 ? names : config.groups.map(({ name }) => name);
  return layout(context, {
    title: "You need a group",
    content: html`<h1>You need a group</h1>
<p class="lead">You are signed in as ${identity.email}, but you are in none of the groups that ${config.title} is for.</p>
<div class="card">
<dl><dt>What to ask for</dt><dd>Membership of ${listOf(wanted)}</dd>
<dt>Whom to ask</dt><dd>Whoever looks after the group in the company's directory. A new membership counts here within five
minutes.</dd></dl>
</div>`,
  });
}

/** Names as code, joined by "or". */
export const listOf = (names: readonly string[]): Html =>
  html`${names.map((name, index) => html`${index > 0 ? " or " : ""}<code>${name}</code>`)}`;
