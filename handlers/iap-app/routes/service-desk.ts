import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { basePath, type IapAppConfig } from "../config";
import { formTokenField, isOwnForm, issueFormToken } from "../csrf";
import { formFields, typedText } from "../form";
import type { PageContext } from "../pages/layout";
import { problemPage } from "../pages/problem";
import { ticketPage } from "../pages/ticket";
import { type TicketForm, ticketsPage } from "../pages/tickets";
import { replyPage } from "../reply-page";
import type { TicketRepository } from "../rows/ticket-repository";
import { identityOf } from "../verified-identity";

const newTicketSchema = z.object({
  subject: typedText("The subject", 1, 200).refine(
    (text) => !text.includes("\n"),
    "The subject is more than one line.",
  ),
  description: typedText("The description", 0, 5000),
});
const newCommentSchema = z.object({ body: typedText("The comment", 1, 5000) });
const ticketParameters = z.object({
  id: z
    .string()
    .regex(/^[1-9]\d{0,8}$/)
    .transform(Number),
});

/** A person's own tickets: list, create, view, comment, close. */
export function serviceDeskRoutes(app: FastifyInstance, config: IapAppConfig, tickets: TicketRepository): void {
  const base = basePath(config);
  const contextOf = (request: FastifyRequest): PageContext => ({ config, identity: identityOf(request) });

  const showList = async (request: FastifyRequest, reply: FastifyReply, form: TicketForm, status = 200) => {
    const context = contextOf(request);
    const own = await tickets.list(context.identity);
    const token = issueFormToken(request, reply, context.identity.principal);
    return replyPage(reply, ticketsPage(context, own, { ...form, token }), status);
  };
  const showTicket = async (request: FastifyRequest, reply: FastifyReply, id: number, error?: string) => {
    const context = contextOf(request);
    const found = await tickets.find(context.identity, id);
    if (!found) return notFound(request, reply);
    const token = issueFormToken(request, reply, context.identity.principal);
    return replyPage(reply, ticketPage(context, found, { token, error }), error === undefined ? 200 : 422);
  };
  /** The same for a ticket of somebody else's as for one that never was. */
  const notFound = (request: FastifyRequest, reply: FastifyReply) =>
    replyPage(reply, problemPage(contextOf(request), "No such ticket", "You have no ticket of that number."), 404);

  /** The fields of a form that our own page sent, or the page that refuses it. */
  const readForm = (request: FastifyRequest, reply: FastifyReply): Record<string, string> | undefined => {
    const fields = formFields(request.body);
    if (isOwnForm(request, identityOf(request).principal, fields[formTokenField])) return fields;
    const message = "The form did not come from this app's own page, or the page was too old. Open it again and retry.";
    replyPage(reply, problemPage(contextOf(request), "Form refused", message), 403);
    return undefined;
  };
  const ticketId = (request: FastifyRequest): number | undefined => ticketParameters.safeParse(request.params).data?.id;

  app.get(config.path, (request, reply) => showList(request, reply, { errors: {}, values: {} }));

  app.post(`${base}/tickets`, async (request, reply) => {
    const fields = readForm(request, reply);
    if (!fields) return reply;
    const form = newTicketSchema.safeParse(fields);
    if (!form.success) {
      return showList(request, reply, { errors: z.flattenError(form.error).fieldErrors, values: fields }, 422);
    }
    const id = await tickets.create(identityOf(request), form.data);
    return reply.redirect(`${base}/tickets/${id}`, 303);
  });

  app.get(`${base}/tickets/:id`, (request, reply) => {
    const id = ticketId(request);
    return id === undefined ? notFound(request, reply) : showTicket(request, reply, id);
  });

  app.post(`${base}/tickets/:id/comments`, async (request, reply) => {
    const fields = readForm(request, reply);
    if (!fields) return reply;
    const id = ticketId(request);
    if (id === undefined) return notFound(request, reply);
    const form = newCommentSchema.safeParse(fields);
    if (!form.success) return showTicket(request, reply, id, form.error.issues[0]?.message);
    const added = await tickets.comment(identityOf(request), id, form.data.body);
    return added ? reply.redirect(`${base}/tickets/${id}`, 303) : notFound(request, reply);
  });

  app.post(`${base}/tickets/:id/close`, async (request, reply) => {
    if (!readForm(request, reply)) return reply;
    const id = ticketId(request);
    const closed = id !== undefined && (await tickets.close(identityOf(request), id));
    return closed ? reply.redirect(`${base}/tickets/${id}`, 303) : notFound(request, reply);
  });
}
