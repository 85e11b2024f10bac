import { basePath } from "../config";
import type { TicketWithComments } from "../rows/ticket-repository";
import { tokenField } from "./form-fields";
import { type Html, html } from "./html";
import { layout, type PageContext } from "./layout";
import { timeOf } from "./time";

/** A comment that was not taken: why, and what was typed. */
export interface RefusedComment {
  readonly error: string;
  readonly body: string;
}

/** One ticket that the reader sees, with its comments and what the reader may do about it. */
export function ticketPage(
  context: PageContext,
  { ticket, comments }: TicketWithComments,
  formToken: string,
  refused?: RefusedComment,
): Html {
  const address = `${basePath(context.config)}/tickets/${ticket.id}`;
  const token = tokenField(formToken);
  const isOwn = ticket.principal === context.identity.principal;
  const close = html`<form method="post" action="${address}/close">${token}
<button class="button secondary" type="submit">Close ticket</button></form>`;
  return layout(context, {
    title: `Ticket ${ticket.id}`,
    content: html`<p><a href="${context.config.path}">All tickets</a></p>
<h1>${ticket.subject}</h1>
<p class="quiet">Ticket ${ticket.id} of ${ticket.email}, created ${timeOf(ticket.created_at)} <span class="badge">${ticket.state}</span></p>
<div class="card"><p class="text">${ticket.description || "No description."}</p></div>
<h2>Comments</h2>
${comments.length === 0 ? html`<p>None yet.</p>` : comments.map(({ email, body, created_at }) => html`<article class="card"><p class="quiet">${email}, ${timeOf(created_at)}</p><p class="text">${body}</p></article>`)}
<form method="post" action="${address}/comments">${token}
<label for="body">Add a comment</label>
<textarea id="body" name="body" rows="3" required maxlength="5000"${refused && html` aria-invalid="true" aria-describedby="body-error"`}>
${refused?.body}</textarea>
${refused && html`<p class="error" id="body-error" role="alert">${refused.error}</p>`}
<button class="button" type="submit">Add comment</button></form>
${isOwn && ticket.state === "open" ? close : undefined}`,
  });
}
