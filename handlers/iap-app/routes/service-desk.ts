import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { basePath } from "../config";
import { issueFormToken } from "../csrf";
import { typedText } from "../form";
import { type FormState, freshForm } from "../pages/form-fields";
import type { PageContext } from "../pages/layout";
import { problemPage } from "../pages/problem";
import { type RefusedComment, ticketPage } from "../pages/ticket";
import { ticketsPage } from "../pages/tickets";
import { type Person, withoutMembership } from "../person";
import { replyPage } from "../reply-page";
import type { TicketRepository } from "../rows/ticket-repository";
import { identityOf } from "../verification";
import { createFormReader } from "./own-forms";
import type { RouteSurroundings } from "./surroundings";

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

/** The tickets that a person may see, their own and their reports': list, create, view, comment, close. */
export function serviceDeskRoutes(
  app: FastifyInstance,
  surroundings: RouteSurroundings,
  tickets: TicketRepository,
): void {
  const { config, findPerson } = surroundings;
  const base = basePath(config);
  const readForm = createFormReader(config);
  const contextOf = (request: FastifyRequest): PageContext => ({ config, identity: identityOf(request) });

  /** Where the directory cannot be asked who reports to a person, they have their own tickets all the same. */
  const personOf = async (request: FastifyRequest): Promise<{ person: Person; reportsUnknown: boolean }> => {
    const identity = identityOf(request);
    const answer = await findPerson?.(identity);
    if (answer?.ok === true) return { person: answer.person, reportsUnknown: false };
    return { person: withoutMembership(identity), reportsUnknown: answer !== undefined };
  };

  const showList = async (request: FastifyRequest, reply: FastifyReply, form: FormState, status = 200) => {
    const { person, reportsUnknown } = await personOf(request);
    const token = issueFormToken(request, reply, person.principal);
    const view = { tickets: await tickets.list(person), form: { ...form, token }, reportsUnknown };
    return replyPage(reply, ticketsPage(contextOf(request), view), status);
  };
  const showTicket = async (request: FastifyRequest, reply: FastifyReply, id: number, refused?: RefusedComment) => {
    const { person } = await personOf(request);
    const found = await tickets.find(person, id);
    if (!found) return notFound(request, reply);
    const token = issueFormToken(request, reply, person.principal);
    return replyPage(reply, ticketPage(contextOf(request), found, token, refused), refused === undefined ? 200 : 422);
  };
  /** The same for a ticket that the person may not see as for one that never was. */
  const notFound = (request: FastifyRequest, reply: FastifyReply) =>
    replyPage(reply, problemPage(contextOf(request), "No such ticket", "You have no ticket of that number."), 404);
  const ticketId = (request: FastifyRequest): number | undefined => ticketParameters.safeParse(request.params).data?.id;

  app.get(config.path, (request, reply) => showList(request, reply, freshForm));

  app.post(`${base}/tickets`, async (request, reply) => {
    const fields = readForm(request, reply);
    if (!fields) return reply;
    const form = newTicketSchema.safeParse(fields);
    if (!form.success) {
      return showList(request, reply, { errors: z.flattenError(form.error).fieldErrors, values: fields }, 422);
    }
    const id = await tickets.create((await personOf(request)).person, form.data);
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
    if (!form.success) {
      const error = form.error.issues[0]?.message ?? "The comment is not as it should be.";
      return showTicket(request, reply, id, { error, body: fields["body"] ?? "" });
    }
    const added = await tickets.comment((await personOf(request)).person, id, form.data.body);
    return added ? reply.redirect(`${base}/tickets/${id}`, 303) : notFound(request, reply);
  });

  app.post(`${base}/tickets/:id/close`, async (request, reply) => {
    if (!readForm(request, reply)) return reply;
    const id = ticketId(request);
    const closed = id !== undefined && (await tickets.close((await personOf(request)).person, id));
    return closed ? reply.redirect(`${base}/tickets/${id}`, 303) : notFound(request, reply);
  });
}
