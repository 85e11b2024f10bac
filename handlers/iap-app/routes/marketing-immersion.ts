import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { basePath } from "../config";
import { issueFormToken } from "../csrf";
import { typedText } from "../form";
import { campaignsPage } from "../pages/campaigns";
import { type FormState, freshForm } from "../pages/form-fields";
import { problemPage } from "../pages/problem";
import type { Person } from "../person";
import { replyPage } from "../reply-page";
import { type CampaignRepository, campaignStates } from "../rows/campaign-repository";
import { isDate } from "../uploads/inventory-file";
import { identityOf } from "../verification";
import { createMemberCheck } from "./group-members";
import { createFormReader } from "./own-forms";
import type { RouteSurroundings } from "./surroundings";

const day = (what: string) =>
  z.string(`${what} is missing.`).refine(isDate, `${what} is no date: expected YYYY-MM-DD.`);
const newCampaignSchema = z
  .object({
    title: typedText("The title", 1, 200).refine((text) => !text.includes("\n"), "The title is more than one line."),
    place: typedText("The place", 0, 200).refine((text) => !text.includes("\n"), "The place is more than one line."),
    starts_on: day("The first day"),
    ends_on: day("The last day"),
    group: z.string("The group is missing."),
  })
  .refine(({ starts_on, ends_on }) => starts_on <= ends_on, {
    path: ["ends_on"],
    error: "The last day is before the first.",
    when: ({ issues }) => issues.length === 0,
  });
const stateSchema = z.object({ state: z.enum(campaignStates) });
const campaignNumber = z
  .string()
  .regex(/^[1-9]\d{0,8}$/)
  .transform(Number);

/** The campaigns of a person's groups: list, create, change the state. */
export function marketingRoutes(
  app: FastifyInstance,
  surroundings: RouteSurroundings,
  campaigns: CampaignRepository,
): void {
  const { config } = surroundings;
  const base = basePath(config);
  const requireMember = createMemberCheck(surroundings);
  const readForm = createFormReader(config);
  const groupsOf = (person: Person) => config.groups.filter(({ id }) => person.groups.includes(id));

  const showList = async (
    request: FastifyRequest,
    reply: FastifyReply,
    person: Person,
    form: FormState,
    status = 200,
  ) => {
    const token = issueFormToken(request, reply, person.principal);
    const shown = await campaigns.list(person);
    return replyPage(
      reply,
      campaignsPage({ config, identity: person }, groupsOf(person), shown, { ...form, token }),
      status,
    );
  };
  const notFound = (request: FastifyRequest, reply: FastifyReply) => {
    const context = { config, identity: identityOf(request) };
    return replyPage(
      reply,
      problemPage(context, "No such campaign", "Your groups have no campaign of that number."),
      404,
    );
  };

  app.get(config.path, async (request, reply) => {
    const person = await requireMember(request, reply);
    return person === undefined ? reply : showList(request, reply, person, freshForm);
  });

  app.post(`${base}/campaigns`, async (request, reply) => {
    const fields = readForm(request, reply);
    const person = fields && (await requireMember(request, reply));
    if (!fields || !person) return reply;
    const form = newCampaignSchema.safeParse(fields);
    if (!form.success) {
      const { fieldErrors } = z.flattenError(form.error);
      return showList(request, reply, person, { errors: fieldErrors, values: fields }, 422);
    }
    const { title, place, starts_on: startsOn, ends_on: endsOn, group } = form.data;
    if (!person.groups.includes(group)) {
      const errors = { group: ["You are not a member of that group."] };
      return showList(request, reply, person, { errors, values: fields }, 422);
    }
    await campaigns.create(person, { group, title, place, startsOn, endsOn });
    return reply.redirect(config.path, 303);
  });

  app.post<{ Params: { id: string } }>(`${base}/campaigns/:id/state`, async (request, reply) => {
    const fields = readForm(request, reply);
    const person = fields && (await requireMember(request, reply));
    if (!fields || !person) return reply;
    const id = campaignNumber.safeParse(request.params.id);
    const form = stateSchema.safeParse(fields);
    if (!form.success) return showList(request, reply, person, freshForm, 422);
    const changed = id.success && (await campaigns.setState(person, id.data, form.data.state));
    return changed ? reply.redirect(config.path, 303) : notFound(request, reply);
  });
}
