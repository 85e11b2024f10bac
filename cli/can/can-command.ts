import { explainAccess, type ReadCredential, readCertificate, readClaims, readToken } from "../../analysis";
import { explained, readDocument } from "../read-plans";
import { UserError } from "../user-error";
import { canReport } from "./can-report";
import { loadModel, type ModelSource } from "./model-source";

export interface CanCommandOptions extends ModelSource {
  /** File with the token; `-` is standard input. */
  readonly token?: string | undefined;
  /** Claims as JSON. */
  readonly claims?: string | undefined;
  /** File with a client certificate in PEM. */
  readonly certificate?: string | undefined;
  /** Whose providers are asked; those of all stacks unless given. */
  readonly environment?: string | undefined;
  /** The one provider to ask. */
  readonly audience?: string | undefined;
  /** An account that the credential should become. */
  readonly account?: string | undefined;
  readonly json?: boolean | undefined;
  readonly now?: Date | undefined;
  readonly output?: { write(text: string): unknown };
}

/** What the command ends with. */
export const canExitCodes = { admitted: 0, error: 1, refused: 2 } as const;

/**
 * Says what somebody with a credential can do, and if nothing, why. The credential is read and never repeated.
 * @returns 0 where it is admitted and becomes the account that was asked for, else 2
 * @throws {UserError} in one line
 */
export async function canCommand(options: CanCommandOptions): Promise<number> {
  const { json = false, now = new Date(), output = process.stdout } = options;
  const credential = await readCredential(options, now);
  const { model, documents, stacks, named, assumedNumbers } = await loadModel(options);
  const { audience, account, environment: stack } = options;
  if (stack !== undefined && !stacks.includes(stack))
    throw new UserError(`there is no ${stack} here; there are: ${stacks.join(", ")}`);
  const explanation = explainAccess(model, credential, { now, audience, account, stack });
  const assumptions = documents.flatMap((document) => document.assumptions);
  const complete = documents.every((document) => document.complete);
  const text = json
    ? `${JSON.stringify({ ...explanation, assumptions, complete, assumedNumbers: Object.fromEntries(assumedNumbers) }, null, 2)}\n`
    : canReport(explanation, { assumptions, complete, assumedNumbers });
  output.write(named(text));
  const becomes = account === undefined || explanation.identities.some((each) => each.account?.becomes === true);
  return explanation.admitted && becomes ? canExitCodes.admitted : canExitCodes.refused;
}

async function readCredential({ token, claims, certificate }: CanCommandOptions, now: Date): Promise<ReadCredential> {
  const given = [token, claims, certificate].filter((option) => option !== undefined);
  if (given.length !== 1) throw new UserError("give one of --token FILE, --claims JSON and --certificate FILE");
  if (token !== undefined) return readToken(await explained(() => readDocument(token)), now);
  if (certificate !== undefined) return readCertificate(await explained(() => readDocument(certificate)), now);
  return readClaims(claims ?? "", now);
}
