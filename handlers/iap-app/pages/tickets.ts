import { basePath } from "../config";
import { formTokenField } from "../csrf";
import type { Ticket } from "../rows/ticket-repository";
import { type Html, html } from "./html";
import { layout, type PageContext } from "./layout";

/** What the person typed last time and what was wrong with it; both empty for a fresh form. */
export interface TicketForm {
  readonly errors: { readonly [field in "subject" | "description"]?: readonly string[] };
  readonly values: Readonly<Record<string, string>>;
}

export function ticketsPage(
  context: PageContext,
  tickets: readonly Ticket[],
  form: TicketForm & { readonly token: string },
): Html {
  const { title } = context.config;
  const base = basePath(context.config);
  const wrong = Object.keys(form.errors).length > 0;
  return layout(context, {
    title: wrong ? "The ticket was not created" : title,
    content: html`<h1>${title}</h1>
<p class="lead">These are the tickets of ${context.identity.email}. The database shows each person their own rows only.</p>
${wrong ? html`<p class="notice" role="alert">The ticket was not created: see the fields below.</p>` : undefined}
<h2 id="own">Your tickets</h2>
${tickets.length === 0 ? html`<p>You have no tickets.</p>` : table(base, tickets)}
<h2 id="new">New ticket</h2>
${newTicketForm(base, form)}`,
  });
}

export const timeOf = (date: Date): Html =>
  html`<time datetime="${date.toISOString()}">${date.toISOString().slice(0, 16).replace("T", " ")} UTC</time>`;

const table = (
  base: string,
  tickets: readonly Ticket[],
): Html => html`<div class="card scroll" role="region" aria-labelledby="own" tabindex="0">
<table aria-labelledby="own">
<thead><tr><th scope="col">Number</th><th scope="col">Subject</th><th scope="col">State</th><th scope="col">Created</th></tr></thead>
<tbody>${tickets.map(
  ({ id, subject, state, created_at }) => html`<tr>
<td>${id}</td><th scope="row"><a href="${base}/tickets/${id}">${subject}</a></th>
<td><span class="badge">${state}</span></td><td>${timeOf(created_at)}</td></tr>`,
)}</tbody>
</table>
</div>`;

function newTicketForm(base: string, { errors, values, token }: TicketForm & { readonly token: string }): Html {
  return html`<form class="card" method="post" action="${base}/tickets" aria-labelledby="new">
<input type="hidden" name="${formTokenField}" value="${token}">
<label for="subject">Subject</label>
<input type="text" id="subject" name="subject" required maxlength="200" autocomplete="off" value="${values["subject"]}"${describedBy("subject", errors.subject)}>
${fieldError("subject", errors.subject)}
<label for="description">Description</label>
<textarea id="description" name="description" rows="5" maxlength="5000"${describedBy("description", errors.description)}>
${values["description"]}</textarea>
${fieldError("description", errors.description)}
<button class="button" type="submit">Create ticket</button>
</form>`;
}

const describedBy = (field: string, errors: readonly string[] | undefined): Html | undefined =>
  errors && html` aria-invalid="true" aria-describedby="${field}-error"`;

const fieldError = (field: string, errors: readonly string[] | undefined): Html | undefined =>
  errors && html`<p class="error" id="${field}-error">${errors[0]}</p>`;
