import { basePath } from "../config";
import { type Campaign, campaignStates } from "../rows/campaign-repository";
import { describedBy, fieldError, formNotice, groupSelect, type ShownForm, tokenField } from "./form-fields";
import { type Html, html } from "./html";
import { layout, type PageContext } from "./layout";
import { table } from "./table";
import { dayOf } from "./time";

interface Group {
  readonly id: string;
  readonly name: string;
}

/** The campaigns of the reader's groups, and a form for a new one. @param groups The reader's, by name. */
export function campaignsPage(
  context: PageContext,
  groups: readonly Group[],
  campaigns: readonly Campaign[],
  form: ShownForm,
): Html {
  const { title } = context.config;
  const base = basePath(context.config);
  const wrong = Object.keys(form.errors).length > 0;
  return layout(context, {
    title: wrong ? "The campaign was not created" : title,
    content: html`<h1>${title}</h1>
<p class="lead">The campaigns of your groups: ${groups.map(({ name }) => name).join(", ")}. The database shows a campaign to the
members of its group only.</p>
${formNotice("The campaign was not created.", "new", form)}
<h2 id="campaigns">Campaigns</h2>
${campaigns.length === 0 ? html`<p>There are none yet.</p>` : campaignTable(base, groups, campaigns, form.token)}
<h2 id="new">New campaign</h2>
<form class="card" method="post" action="${base}/campaigns" aria-labelledby="new">${tokenField(form.token)}
<label for="title">Title</label>
<input type="text" id="title" name="title" required maxlength="200" autocomplete="off" value="${form.values["title"]}"${describedBy("title", form)}>
${fieldError("title", form)}
<label for="place">Place</label>
<input type="text" id="place" name="place" maxlength="200" autocomplete="off" value="${form.values["place"]}"${describedBy("place", form)}>
${fieldError("place", form)}
<div class="pair"><div>
<label for="starts_on">First day</label>
<input type="date" id="starts_on" name="starts_on" required value="${form.values["starts_on"]}"${describedBy("starts_on", form)}>
${fieldError("starts_on", form)}
</div><div>
<label for="ends_on">Last day</label>
<input type="date" id="ends_on" name="ends_on" required value="${form.values["ends_on"]}"${describedBy("ends_on", form)}>
${fieldError("ends_on", form)}
</div></div>
${groupSelect(groups, form)}
<button class="button" type="submit">Create campaign</button>
</form>`,
  });
}

const campaignTable = (base: string, groups: readonly Group[], campaigns: readonly Campaign[], token: string): Html => {
  const groupOf = ({ group_id }: Campaign) => groups.find(({ id }) => id === group_id)?.name;
  return table(
    "campaigns",
    [
      { heading: "Campaign", cell: ({ title }) => title, namesRow: true },
      { heading: "Place", cell: ({ place }) => place },
      { heading: "Days", cell: ({ starts_on, ends_on }) => html`${dayOf(starts_on)} to ${dayOf(ends_on)}` },
      { heading: "Group", cell: (campaign) => html`<span class="badge">${groupOf(campaign)}</span>` },
      { heading: "State", cell: (campaign) => stateForm(base, campaign, token) },
    ],
    campaigns,
  );
};

const stateForm = (base: string, { id, title, state }: Campaign, token: string): Html => html`
<form class="inline" method="post" action="${base}/campaigns/${id}/state">${tokenField(token)}
<select name="state" aria-label="State of ${title}">${campaignStates.map(
  (one) => html`<option${one === state ? html` selected` : undefined}>${one}</option>`,
)}</select>
<button class="button secondary small" type="submit" aria-label="Save the state of ${title}">Save</button></form>`;
