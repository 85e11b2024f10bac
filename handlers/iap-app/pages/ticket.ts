import { basePath } from "../config";
import { formTokenField } from "../csrf";
import type { TicketWithComments } from "../rows/ticket-repository";
import { type Html, html } from "./html";
import { layout, type PageContext } from "./layout";
import { timeOf } from "./tickets";

/** One ticket of the reader's own, with its comments and what can be done about it. */
export function ticketPage(
  context: PageContext,
  { ticket, comments }: TicketWithComments,
  form: { readonly token: string; readonly error: string | undefined },
): Html {
  const address = `${basePath(context.config)}/tickets/${ticket.id}`;
  const token = html`<input type="hidden" name="${formTokenField}" value="${form.token}">`;
  const close = html`<form method="post" action="${address}/close">${token}
<button class="button" type="submit">Close ticket</button></form>`;
  return layout(context, {
    title: `Ticket ${ticket.id}`,
    content: html`<p><a href="${context.config.path}">All your tickets</a></p>
<h1>${ticket.subject}</h1>
<p class="quiet">Ticket ${ticket.id}, created ${timeOf(ticket.created_at)} <span class="badge">${ticket.state}</span></p>
<div class="card"><p class="text">${ticket.description || "No description."}</p></div>
<h2>Comments</h2>
${comments.length === 0 ? html`<p>None yet.</p>` : comments.map(({ body, created_at }) => html`<article class="card"><p class="quiet">${timeOf(created_at)}</p><p class="text">${body}</p></article>`)}
<form method="post" action="${address}/comments">${token}
<label for="body">Add a comment</label>
<textarea id="body" name="body" rows="3" required maxlength="5000"${form.error && html` aria-invalid="true" aria-describedby="body-error"`}></textarea>
${form.error && html`<p class="error" id="body-error" role="alert">${form.error}</p>`}
<button class="button" type="submit">Add comment</button></form>
${ticket.state === "open" ? close : undefined}`,
  });
}
