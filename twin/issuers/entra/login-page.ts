import type { IncomingMessage, ServerResponse } from "node:http";
import type { DecisionLog } from "../../events";
import { mediaType, parseForm, readBody } from "../message";
import type { EntraDirectory } from "./directory";
import { type EntraError, entraErrors, entraErrorText } from "./error";
import type { LoginProvider } from "./login-provider";
import { errorPage, loginPage, sendPage } from "./pages";
import { type EntraPerson, isAssigned } from "./people";

export interface LoginPageOptions {
  readonly provider: LoginProvider;
  readonly directory: EntraDirectory;
  readonly people: readonly EntraPerson[];
  /** Names of groups by object id, for the list. */
  readonly groupNames: Readonly<Record<string, string>>;
  readonly decisions: DecisionLog;
}

/** Bytes; the form has one field. */
const bodyLimit = 4096;

/** The page on which a person picks their account, and what follows from the pick. */
export async function serveLoginPage(
  options: LoginPageOptions,
  request: IncomingMessage,
  response: ServerResponse,
  target: URL,
): Promise<void> {
  const interaction = await findInteraction(options.provider, request, response);
  const application = options.directory.findByClientId(String(interaction?.params["client_id"] ?? ""));
  // The page belongs to the sign-in that its cookie names, not to whichever address is opened with it.
  if (interaction === undefined || application === undefined || !target.pathname.endsWith(`/${interaction.uid}`)) {
    return sendPage(response, 400, errorPage(entraErrors.endedSession()));
  }
  if (request.method === "POST") return finish(options, request, response);
  if (request.method !== "GET") return sendPage(response, 400, errorPage(entraErrors.malformedRequest()));

  const current = options.people.find((person) => person.entraObjectId === interaction.session?.accountId);
  if (current !== undefined && interaction.prompt.name === "assignment" && !target.searchParams.has("choose")) {
    if (!isAssigned(options.directory, application, current)) {
      const error = entraErrors.personNotAssigned(application.clientId, application.displayName, current.email);
      record(options, application.displayName, current, error);
      return sendPage(response, 403, errorPage(error, "?choose"));
    }
  }
  const people = options.people.map((person) => ({
    key: person.key,
    displayName: person.displayName,
    email: person.email,
    belongsTo: person.entraGroups.map((group) => options.groupNames[group] ?? group),
    signedIn: person === current,
  }));
  sendPage(response, 200, loginPage(application.displayName, people));
}

async function finish(options: LoginPageOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const form =
    mediaType(request) === "application/x-www-form-urlencoded"
      ? parseForm(await readBody(request, bodyLimit))
      : undefined;
  const provider = options.provider.current();
  if (form?.has("cancel") === true) {
    const declined = "AADSTS65004: User declined to consent to access the app.";
    return provider.interactionFinished(request, response, { error: "access_denied", error_description: declined });
  }
  const person = options.people.find((candidate) => candidate.key === form?.get("person"));
  if (person === undefined) return sendPage(response, 400, errorPage(entraErrors.malformedRequest()));
  options.decisions.record({
    by: "entra",
    request: "sign-in",
    outcome: "allowed",
    reason: `${person.displayName} signed in`,
  });
  await provider.interactionFinished(request, response, {
    login: { accountId: person.entraObjectId, amr: ["pwd", "mfa"] },
    select_account: {},
  });
}

async function findInteraction(login: LoginProvider, request: IncomingMessage, response: ServerResponse) {
  try {
    return await login.current().interactionDetails(request, response);
  } catch {
    // Without its cookie, or after its end, there is no sign-in to show.
    return undefined;
  }
}

function record(options: LoginPageOptions, application: string, person: EntraPerson, error: EntraError): void {
  options.decisions.record({
    by: "entra",
    request: `sign-in to ${application}`,
    outcome: "refused",
    reason: entraErrorText(error),
    explanation: `${person.displayName} is not assigned to the application, directly or through a group.`,
  });
}
